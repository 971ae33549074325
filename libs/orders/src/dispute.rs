//! A buyer's bank asks for the money back. Opened is not lost.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{Currency, PartyId};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use crate::RefundedLine;

/// How a dispute stands; it never goes back to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "dispute_status")]
pub enum DisputeStatus {
    /// The bank has not decided: shares are held.
    #[sea_orm(string_value = "open")]
    Open,
    /// The co-op keeps the money: what was held is released.
    #[sea_orm(string_value = "won")]
    Won,
    /// The buyer keeps the money: the shares go back as in a refund.
    #[sea_orm(string_value = "lost")]
    Lost,
}

/// A balance transaction of a dispute: money withdrawn (negative) or reinstated, and Stripe's fee for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Minor units; negative when withdrawn.
    pub amount: i64,
    /// Minor units; positive when Stripe takes it.
    pub fee: i64,
    /// The currency of the balance.
    pub currency: Currency,
    /// When the balance moved.
    pub at: DateTime<Utc>,
}

/// What is held of a party while a dispute is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) party: PartyId,
    pub(crate) amount: i64,
}

/// A dispute over a part or all of a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Stripe's `dp_…` or `du_…`.
    pub id: String,
    /// What is disputed, in minor units of the sale's currency.
    pub amount: i64,
    /// The bank's reason.
    pub reason: Option<String>,
    /// How it stands.
    pub status: DisputeStatus,
    /// The balance transactions seen so far, by id; they only grow in number.
    pub movements: BTreeMap<String, Movement>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was seen to be closed.
    pub closed_at: Option<DateTime<Utc>>,
    pub(crate) held: Option<Vec<Held>>,
    pub(crate) applied: Option<Vec<RefundedLine>>,
}

impl Dispute {
    /// A dispute as it was just seen; nothing of it is in the books.
    pub fn seen(id: String, amount: i64, status: DisputeStatus, opened_at: DateTime<Utc>) -> Self {
        Self { id, amount, reason: None, status, movements: BTreeMap::new(), opened_at, closed_at: None, held: None, applied: None }
    }

    /// Adds what another sight of the same dispute knows; says whether anything is new.
    pub(crate) fn merge(&mut self, seen: Self) -> bool {
        let known = self.movements.len();
        for (id, movement) in seen.movements {
            self.movements.entry(id).or_insert(movement);
        }
        let later = self.status == DisputeStatus::Open && seen.status != DisputeStatus::Open;
        if later {
            self.status = seen.status;
            self.closed_at = seen.closed_at;
        }
        later || self.movements.len() > known
    }
}
