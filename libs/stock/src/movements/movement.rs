//! Something that happened to units of a lot.

use chrono::{DateTime, Utc};
use kernel::{ApiKeyId, LocationId, LotId, MovementId, PersonId, ReservationId};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{AllocationId, CountId, TransferId};

/// The most units of anything at once.
pub const MAX_UNITS: i32 = 1_000_000;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Handed in by the owner.
    Received,
    /// Set aside for a purpose, or, with a minus, pulled back. The units stay where they are.
    Allocated,
    /// Sold to a buyer.
    Sold,
    /// Given back by a buyer.
    TakenBack,
    /// Back to its owner.
    Returned,
    /// Broken, stolen, or missing on arrival.
    Lost,
    /// Away to another location, with a minus, or in from there.
    Transferred,
    /// More was there than expected, or less.
    Counted,
    /// Given away.
    Donated,
    /// It has become the pool's.
    Pooled,
}

/// A movement to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Its number, by whoever reports it: the same one twice is one.
    pub id: MovementId,
    /// What happened.
    pub kind: MovementKind,
    /// To which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// Units that it adds there, with a minus when it takes some; of [`MovementKind::Allocated`], that are set aside.
    pub quantity: i32,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Of which allocation.
    pub allocation: Option<AllocationId>,
    /// Of which reservation.
    pub reservation: Option<ReservationId>,
    /// Of which transfer.
    pub transfer: Option<TransferId>,
    /// Of which stock count.
    pub count: Option<CountId>,
}

impl Movement {
    /// A movement of its own, with a number of ours.
    pub fn new(kind: MovementKind, (lot, location): (LotId, LocationId), quantity: i32, at: DateTime<Utc>) -> Self {
        Self {
            id: MovementId(Uuid::now_v7()),
            kind,
            lot,
            location,
            quantity,
            at,
            reason: None,
            allocation: None,
            reservation: None,
            transfer: None,
            count: None,
        }
    }
}

/// A movement as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What happened.
    pub movement: Movement,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// The person who said so.
    pub person: Option<PersonId>,
    /// The key that said so.
    pub key: Option<ApiKeyId>,
}

/// One of our enumerations, by the word that the database knows it by.
pub(crate) fn word<T: DeserializeOwned>(text: String) -> Result<T, DbErr> {
    serde_json::from_value(text.into()).map_err(|error| DbErr::Json(error.to_string()))
}
