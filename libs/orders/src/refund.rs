//! Money on its way back to a buyer.

use chrono::{DateTime, Utc};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// How far a refund has come; it never goes back. A refund that succeeded can still fail, when the buyer's bank returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "refund_status")]
pub enum RefundStatus {
    /// On its way.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// Given back.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// It never left, or came back to us.
    #[sea_orm(string_value = "failed")]
    Failed,
}

/// A line's part of a refund, in minor units of the sale's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundedLine {
    /// The line.
    pub line: i16,
    /// How much of it.
    pub amount: i64,
}

/// A refund of a part or all of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Stripe's `re_…`, or the caller's own.
    pub id: String,
    /// How much goes back, in minor units of the sale's currency.
    pub amount: i64,
    /// For which lines; `None`: over the whole sale.
    pub lines: Option<Vec<RefundedLine>>,
    /// How far it has come.
    pub status: RefundStatus,
    /// Why it was made.
    pub reason: Option<String>,
    /// Who made it.
    pub actor: Option<String>,
    /// When it was made.
    pub refunded_at: DateTime<Utc>,
    /// How it lies over the lines in the books; `None` while it is not in them.
    pub applied: Option<Vec<RefundedLine>>,
}

impl Refund {
    /// Takes the later of two sights of the same refund; says whether anything is new.
    pub(crate) fn merge(&mut self, seen: &Self) -> bool {
        let later = seen.status > self.status;
        if later {
            self.status = seen.status;
        }
        let told = self.lines.is_none() && seen.lines.is_some() && self.applied.is_none();
        if told {
            self.lines.clone_from(&seen.lines);
        }
        later || told
    }
}
