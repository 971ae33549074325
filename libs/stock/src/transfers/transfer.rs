//! Goods on their way.

use chrono::{DateTime, Utc};
use kernel::{LocationId, LotId, PersonId};

use crate::TransferId;

/// Goods to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransfer {
    /// Its number: sending it again with it is the same transfer.
    pub id: TransferId,
    /// Where the goods lie.
    pub from: LocationId,
    /// Where they go.
    pub to: LocationId,
    /// Which lots, and how many units of each.
    pub lines: Vec<(LotId, i32)>,
    /// What there is to say of it.
    pub note: Option<String>,
}

/// Goods on their way, or arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its number.
    pub id: TransferId,
    /// Where the goods lay.
    pub from: LocationId,
    /// Where they go.
    pub to: LocationId,
    /// What there is to say of it.
    pub note: Option<String>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// By whom.
    pub sent_by: Option<PersonId>,
    /// When it arrived.
    pub received_at: Option<DateTime<Utc>>,
    /// Who took it in.
    pub received_by: Option<PersonId>,
    /// Which lots.
    pub lines: Vec<TransferLine>,
}

/// Units of a lot on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferLine {
    /// Which lot.
    pub lot: LotId,
    /// Units that were sent.
    pub sent: i32,
    /// Units that arrived; nobody knows before.
    pub received: Option<i32>,
}

impl TransferLine {
    /// Units that were sent and did not arrive.
    pub fn missing(&self) -> Option<i32> {
        self.received.map(|received| self.sent - received)
    }
}
