//! What can go wrong with stock.

use kernel::{Code, LocationId, LotId, MovementId, Refusal, ReservationId, VariantId};
use sea_orm::{DbErr, RuntimeErr};
use serde::Deserialize;
use sqlx::postgres::PgDatabaseError;

use crate::{AllocationId, ConsignmentId, CountId, ReservationState, TermsId, TransferId};

/// What the database says of a lot that has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Shortage {
    /// Which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// Units that were to be taken or set aside.
    pub wanted: i64,
    /// Units that lie there.
    pub on_hand: i32,
    /// Those of them that somebody holds.
    pub reserved: i32,
    /// Those of them that are set aside.
    pub allocated: i32,
}

/// Why something was not done to stock.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The input cannot be used as it is; the sentence says why.
    #[error("{0}")]
    Invalid(String),
    /// The co-op has no such location, or it takes nothing in any more.
    #[error("there is no location {0}, or it is archived")]
    NoLocation(LocationId),
    /// Another location that is not archived has the name.
    #[error("a location named {0:?} exists already; choose another name, or archive it")]
    LocationTaken(String),
    /// The location cannot be archived.
    #[error("something still lies at location {0}; transfer it, or return it, first")]
    LocationInUse(LocationId),
    /// The co-op has as many as it may have.
    #[error("the co-op has {most} {what} already")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        most: u64,
    },
    /// The co-op has no such consignment terms.
    #[error("there are no consignment terms {0}")]
    NoTerms(TermsId),
    /// The co-op has no such consignment.
    #[error("there are no consignment terms {0}")]
    NoConsignment(ConsignmentId),
    /// The co-op has no such variant.
    #[error("there is no variant {0}")]
    NoVariant(VariantId),
    /// The co-op has no such lot, or it is another's and the actor may see their own alone.
    #[error("there is no lot {0}")]
    NoLot(LotId),
    /// The owner of a lot is no party of the co-op.
    #[error("the owner of lot {0} is no party of the co-op")]
    NoOwner(LotId),
    /// The co-op has no such allocation.
    #[error("there is no allocation {0}")]
    NoAllocation(AllocationId),
    /// The co-op has no such transfer.
    #[error("there is no transfer {0}")]
    NoTransfer(TransferId),
    /// The co-op has no such reservation.
    #[error("there is no reservation {0}")]
    NoReservation(ReservationId),
    /// The number is another thing's.
    #[error("{what} {id} exists already and says something else; use a new id")]
    Taken {
        /// What it is.
        what: &'static str,
        /// Its number.
        id: String,
    },
    /// Fewer units are free than were asked for.
    #[error("{wanted} of variant {variant} are wanted and {free} are free; ask for fewer")]
    Short {
        /// Which variant.
        variant: VariantId,
        /// Units asked for, over all lines.
        wanted: i64,
        /// Units that could be had.
        free: i64,
    },
    /// A lot has fewer units than were to be taken from it.
    #[error("{}", told(.0))]
    LotShort(Shortage),
    /// The hold is over: it cannot be sold, or let go, any more.
    #[error("reservation {id} is {state}; reserve again with a new id")]
    Over {
        /// Which one.
        id: ReservationId,
        /// What has become of it.
        state: ReservationState,
    },
    /// Others were faster, several times.
    #[error("many want the same just now; try again")]
    Crowded,
    /// The database failed.
    #[error("the stock could not be reached")]
    Db(DbErr),
}

fn told(short: &Shortage) -> String {
    let Shortage { lot, location, wanted, on_hand, reserved, allocated } = short;
    let free = i64::from(*on_hand) - i64::from(*reserved) - i64::from(*allocated);
    format!(
        "lot {lot} at location {location} has {on_hand} on hand, {reserved} of them reserved and {allocated} allocated: {free} are free and \
         {wanted} are wanted; release reservations or pull allocations back first"
    )
}

impl From<DbErr> for StockError {
    fn from(error: DbErr) -> Self {
        shortage(&error).map_or(Self::Db(error), Self::LotShort)
    }
}

/// What the triggers of the sums say when they refuse: SQLSTATE 23514 on `stock`, the facts in the DETAIL.
fn shortage(error: &DbErr) -> Option<Shortage> {
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) = error else {
        return None;
    };
    let said = inner.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    if said.code() != "23514" || said.table() != Some("stock") {
        return None;
    }
    serde_json::from_str(said.detail()?).ok()
}

impl StockError {
    /// A number that is another thing's already.
    pub(crate) fn taken(what: &'static str, id: impl std::fmt::Display) -> Self {
        Self::Taken { what, id: id.to_string() }
    }

    pub(crate) fn taken_movement(id: MovementId) -> Self {
        Self::taken("movement", id)
    }

    pub(crate) fn taken_count(id: CountId) -> Self {
        Self::taken("stock count", id)
    }

    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::Invalid(_) => Code::InvalidInput,
            Self::NoLocation(_)
            | Self::NoTerms(_)
            | Self::NoConsignment(_)
            | Self::NoVariant(_)
            | Self::NoLot(_)
            | Self::NoOwner(_)
            | Self::NoAllocation(_)
            | Self::NoTransfer(_)
            | Self::NoReservation(_) => Code::NotFound,
            Self::LocationTaken(_) | Self::Taken { .. } => Code::Conflict,
            Self::LocationInUse(_) | Self::TooMany { .. } | Self::Short { .. } | Self::LotShort(_) | Self::Over { .. } | Self::Crowded => {
                Code::NotNow
            }
            Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}
