//! The books that Stripe keeps for us: what is in the balance, and what moved it.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::Deserialize;
use serde_json::Number;

use super::{AnyObject, Expandable, nullable};

/// One movement of a Stripe balance. Amounts are signed: money that leaves is negative.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BalanceTransaction {
    /// `txn_…`
    pub id: String,
    /// The gross movement, in the currency of the balance.
    pub amount: i64,
    /// What Stripe took of it.
    pub fee: i64,
    /// `amount - fee`.
    pub net: i64,
    /// The currency of the balance; not always the one the buyer paid in.
    pub currency: String,
    /// What the fee is made of.
    #[serde(default, deserialize_with = "nullable")]
    pub fee_details: Vec<FeeDetail>,
    /// The rate from the buyer's currency; kept to be shown, never to be computed with.
    pub exchange_rate: Option<Number>,
    /// When the net amount may leave.
    #[serde(deserialize_with = "ts_seconds::deserialize")]
    pub available_on: DateTime<Utc>,
    /// When it moved.
    #[serde(deserialize_with = "ts_seconds::deserialize")]
    pub created: DateTime<Utc>,
    /// The category to report by: `charge`, `refund`, `dispute`, `transfer`, … Prefer it to `kind`.
    pub reporting_category: Option<String>,
    /// Stripe's `type`, finer and older than the category.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The charge, refund, dispute, transfer or payout that moved it.
    pub source: Option<Expandable<AnyObject>>,
    /// `available` or `pending`.
    pub status: Option<String>,
    /// A sentence for people.
    pub description: Option<String>,
}

/// One part of a fee.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FeeDetail {
    /// How much of the fee.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// `stripe_fee`, `application_fee`, `tax`, …
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// A sentence for people.
    pub description: Option<String>,
}

/// What lies in a Stripe balance.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// What may leave now.
    #[serde(default, deserialize_with = "nullable")]
    pub available: Vec<BalanceAmount>,
    /// What may leave later.
    #[serde(default, deserialize_with = "nullable")]
    pub pending: Vec<BalanceAmount>,
}

/// The part of a balance in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BalanceAmount {
    /// How much; negative when Stripe is owed.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
}
