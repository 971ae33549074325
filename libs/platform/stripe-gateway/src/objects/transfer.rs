//! Money that goes from the platform to a connected account, and back.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{Account, BalanceTransaction, Charge, Expandable, Metadata, Page, Refund, nullable};

/// One transfer to a connected account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Transfer {
    /// `tr_…`
    pub id: String,
    /// What was sent.
    pub amount: i64,
    /// How much of it was taken back so far.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_reversed: i64,
    /// The currency of both.
    pub currency: String,
    /// The account it went to.
    pub destination: Option<Expandable<Account>>,
    /// The `py_…` charge as which it arrived there.
    pub destination_payment: Option<Expandable<Charge>>,
    /// The charge whose funds it waits for.
    pub source_transaction: Option<Expandable<Charge>>,
    /// Our name for what it belongs to.
    pub transfer_group: Option<String>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Whether all of it was taken back.
    #[serde(default)]
    pub reversed: bool,
    /// The reversals, newest first; the first ten when it is not a list of its own.
    pub reversals: Option<Page<TransferReversal>>,
    /// How it moved our balance.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// A sentence for people.
    pub description: Option<String>,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    /// False for test mode.
    #[serde(default)]
    pub livemode: bool,
}

/// All or a part of a transfer, taken back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TransferReversal {
    /// `trr_…`
    pub id: String,
    /// How much was taken back; positive.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// The transfer it takes back.
    pub transfer: Expandable<Transfer>,
    /// How it moved our balance.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// The refund that caused it, if one did.
    pub source_refund: Option<Expandable<Refund>>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
}
