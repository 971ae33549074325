//! Everything a monthly payout statement shows, as plain values. Amounts are minor units of the statement's currency,
//! seen from the party: positive is owed to it, negative is taken or paid out.

use chrono::NaiveDate;
use kernel::{Currency, Month};
use serde::{Deserialize, Serialize};

/// A party's account of one month.
///
/// `opening_minor` plus the amounts of all `lines` is `closing_minor`; [`crate::render_pdf`] refuses anything else. Totals by
/// kind and the chart of the month are computed from the lines, so that they cannot disagree with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementDocument {
    /// The co-op's name.
    pub co_op: String,
    /// The party's full name.
    pub party: String,
    /// How the party is addressed inside the co-op, such as `@ana`; shown as it is.
    pub handle: Option<String>,
    /// The statement's number, the same for all its revisions.
    pub number: String,
    /// 1 for the first issue.
    pub revision: u32,
    /// The issue that this one takes the place of, if any.
    pub replaces: Option<Replaced>,
    /// The month accounted for.
    pub month: Month,
    /// The day of issue, in the co-op's time zone.
    pub issued_on: NaiveDate,
    /// The currency of every amount.
    pub currency: Currency,
    /// What the co-op owed the party when the month began.
    pub opening_minor: i64,
    /// What it owed when the month ended.
    pub closing_minor: i64,
    /// The part of that which is held while a dispute is open.
    #[serde(default)]
    pub held_minor: i64,
    /// Every movement of the balance, in the order in which they are to be read; payouts are among them.
    pub lines: Vec<StatementLine>,
    /// Where the money paid out went. It explains the lines of kind [`LineKind::Payout`] and is not added to them.
    pub payouts: Vec<StatementPayout>,
    /// The hash over the frozen content of the statement, as hexadecimal digits; shown at the foot of each page.
    pub content_hash: String,
}

/// An earlier revision that no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its revision.
    pub revision: u32,
    /// The day it was issued.
    pub issued_on: NaiveDate,
}

/// One movement of the party's balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// The day it was booked for, in the co-op's time zone. A day outside the month is listed, and left out of the chart.
    pub on: NaiveDate,
    /// What sort of movement.
    pub kind: LineKind,
    /// The sale it belongs to, as people refer to it.
    pub sale: Option<String>,
    /// What was sold, or what happened.
    pub description: String,
    /// The agreement and its version, such as `Co-op default v3`.
    pub agreement: Option<String>,
    /// The amount that the arithmetic starts from; `None` where there is none.
    pub gross_minor: Option<i64>,
    /// How the amount came about, such as `8.50 × 85 % = 7.23, +0.01 rounding`.
    pub arithmetic: Option<String>,
    /// What it did to the balance.
    pub amount_minor: i64,
}

/// The sorts of movement, in the order in which the totals list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The party's share of a sale.
    SalesShare,
    /// A fee taken from it.
    Fee,
    /// Its part of money given back to a buyer.
    Refund,
    /// Money held, lost or won back in a dispute.
    Dispute,
    /// A correction, a recovery or a charge from a cost pool.
    Adjustment,
    /// A minimum guarantee topped up or recouped.
    Guarantee,
    /// Money sent to the party (negative), or come back (positive).
    Payout,
}

/// One transfer of money to the party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementPayout {
    /// The day it was sent, in the co-op's time zone.
    pub on: NaiveDate,
    /// The transfer's identifier at the payment provider.
    pub transfer: String,
    /// The amount sent, positive.
    pub amount_minor: i64,
    /// What became of it, such as `Confirmed` or `Returned: account closed`.
    pub status: String,
}

impl LineKind {
    /// Every kind, in reading order.
    pub const ALL: [Self; 7] = [Self::SalesShare, Self::Fee, Self::Refund, Self::Dispute, Self::Adjustment, Self::Guarantee, Self::Payout];

    /// What the statement calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SalesShare => "Sales share",
            Self::Fee => "Fee",
            Self::Refund => "Refund",
            Self::Dispute => "Dispute",
            Self::Adjustment => "Adjustment",
            Self::Guarantee => "Guarantee",
            Self::Payout => "Payout",
        }
    }
}
