//! Money that leaves a Stripe balance for a bank.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{AnyObject, BalanceTransaction, Expandable, Metadata, nullable, open_enum::open_enum};

open_enum! {
    /// How far a payout has come. `Failed` can follow `Paid`.
    PayoutStatus {
        /// Not yet sent.
        Pending = "pending",
        /// Sent to the bank.
        InTransit = "in_transit",
        /// Arrived.
        Paid = "paid",
        /// Came back.
        Failed = "failed",
        /// Given up before it was sent.
        Canceled = "canceled",
    }
}

/// One payout to a bank account or a card.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Payout {
    /// `po_…`
    pub id: String,
    /// How much; negative when Stripe collects.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// How far it has come.
    pub status: PayoutStatus,
    /// When it is expected, or came.
    #[serde(default, with = "ts_seconds_option")]
    pub arrival_date: Option<DateTime<Utc>>,
    /// Whether Stripe's schedule made it; only then Stripe can say which transactions are inside.
    #[serde(default)]
    pub automatic: bool,
    /// The bank account or card.
    pub destination: Option<Expandable<AnyObject>>,
    /// How it moved the balance.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// How its failure moved the balance back.
    pub failure_balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// Stripe's code, such as `account_closed`.
    pub failure_code: Option<String>,
    /// The failure in a sentence for people.
    pub failure_message: Option<String>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    /// False for test mode.
    #[serde(default)]
    pub livemode: bool,
}
