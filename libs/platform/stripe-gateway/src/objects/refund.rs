//! Money given back to a buyer.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{BalanceTransaction, Charge, Expandable, Metadata, PaymentIntent, TransferReversal, nullable, open_enum::open_enum};

open_enum! {
    /// How far a refund has come.
    RefundStatus {
        /// On its way.
        Pending = "pending",
        /// Waits for the buyer.
        RequiresAction = "requires_action",
        /// Given back.
        Succeeded = "succeeded",
        /// Came back to us, or never left.
        Failed = "failed",
        /// Given up.
        Canceled = "canceled",
    }
}

/// One refund of all or a part of a charge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refund {
    /// `re_…`, or `pyr_…`.
    pub id: String,
    /// How much is given back; positive.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// How far it has come.
    pub status: Option<RefundStatus>,
    /// The charge it gives back.
    pub charge: Option<Expandable<Charge>>,
    /// The intent it gives back.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// How it moved our balance.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// How its failure moved our balance back.
    pub failure_balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Why it was made: `duplicate`, `fraudulent`, `requested_by_customer`.
    pub reason: Option<String>,
    /// The reversal that it made at once, if asked to.
    pub transfer_reversal: Option<Expandable<TransferReversal>>,
    /// The reversal that made it: not a buyer's refund.
    pub source_transfer_reversal: Option<Expandable<TransferReversal>>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
}
