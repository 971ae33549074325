//! One movement of what the co-op owes a party.

use chrono::NaiveDate;
use kernel::{AgreementVersionId, SaleId};
use serde::{Deserialize, Serialize};

/// A movement. Amounts are minor units of the statement's currency, seen from the party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place in the statement, from 1.
    pub number: u32,
    /// The day it was booked for, in the co-op's time zone.
    pub on: NaiveDate,
    /// What sort of movement.
    pub kind: Kind,
    /// The sale it comes from.
    pub sale: Option<SaleRef>,
    /// What was sold, or what happened.
    pub description: String,
    /// The agreements that decided it: `Co-op default v3, Winter market v1`.
    pub agreement: Option<String>,
    /// Their versions.
    pub versions: Vec<AgreementVersionId>,
    /// How the amount came about.
    pub arithmetic: Option<String>,
    /// What the buyer paid for it.
    pub gross: Option<i64>,
    /// The processor's fee on that, whoever carries it.
    pub fee: Option<i64>,
    /// What it did to the balance, held or not.
    pub amount: i64,
    /// What it did to the part that is held.
    pub held: i64,
    /// The posting in the books.
    pub posting: i64,
}

/// The sale that a line comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleRef {
    /// Its number.
    pub id: SaleId,
    /// Its name in the system it came from.
    pub reference: Option<String>,
    /// The line of the sale; `None` when the movement concerns all of it.
    pub line: Option<i16>,
}

impl SaleRef {
    /// What people call it.
    pub fn name(&self) -> String {
        self.reference.clone().unwrap_or_else(|| self.id.to_string())
    }
}

/// The sorts of movement, in the order in which totals list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A share of a sale.
    Sale,
    /// A part of money given back to a buyer.
    Refund,
    /// A refund that did not reach the buyer.
    RefundFailed,
    /// Set aside while a dispute is open: the total stays, the held part grows.
    DisputeHold,
    /// No longer set aside.
    DisputeReleased,
    /// Given back to the buyer by the bank.
    DisputeLost,
    /// A minimum guarantee, topped up or recouped.
    Guarantee,
    /// A share of the surplus, paid in cash.
    Patronage,
    /// Paid ahead of sales.
    Advance,
    /// Anything else that was booked.
    Adjustment,
    /// Money sent to the party.
    Payout,
    /// Money that was to be sent, or was, and came back.
    PayoutReturned,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Sale,
        Self::Refund,
        Self::RefundFailed,
        Self::DisputeHold,
        Self::DisputeReleased,
        Self::DisputeLost,
        Self::Guarantee,
        Self::Patronage,
        Self::Advance,
        Self::Adjustment,
        Self::Payout,
        Self::PayoutReturned,
    ];

    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::RefundFailed => "refund_failed",
            Self::DisputeHold => "dispute_hold",
            Self::DisputeReleased => "dispute_released",
            Self::DisputeLost => "dispute_lost",
            Self::Guarantee => "guarantee",
            Self::Patronage => "patronage",
            Self::Advance => "advance",
            Self::Adjustment => "adjustment",
            Self::Payout => "payout",
            Self::PayoutReturned => "payout_returned",
        }
    }

    /// The kind of line that a posting of this kind makes for a party whose balance it moves by `amount`.
    pub(crate) fn of_posting(kind: &str, amount: i64) -> Self {
        match kind {
            "settlement" => Self::Sale,
            "refund" => Self::Refund,
            "refund_failed" => Self::RefundFailed,
            "dispute_hold" => Self::DisputeHold,
            "dispute_released" => Self::DisputeReleased,
            "dispute_lost" => Self::DisputeLost,
            "guarantee" => Self::Guarantee,
            "patronage" => Self::Patronage,
            payout if payout.starts_with("payout") && amount > 0 => Self::PayoutReturned,
            payout if payout.starts_with("payout") => Self::Payout,
            advance if advance.starts_with("advance") => Self::Advance,
            _ => Self::Adjustment,
        }
    }

    /// Whether it is money on its way out, or back.
    pub const fn is_payout(self) -> bool {
        matches!(self, Self::Payout | Self::PayoutReturned)
    }
}
