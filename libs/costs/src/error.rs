//! What can go wrong with shared costs.

use kernel::{Code, Month, PartyId, Refusal};
use ledger::{LedgerError, Unbalanced};
use sea_orm::DbErr;

use crate::{MAX_SHARERS, PoolId};

/// Why a cost was not shared.
#[derive(Debug, thiserror::Error)]
pub enum CostsError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The co-op has no such pool.
    #[error("there is no cost pool {0}")]
    NoPool(PoolId),
    /// A sharer is no party of the co-op.
    #[error("party {0} is none of this co-op")]
    NoParty(PartyId),
    /// A name that is empty or too long.
    #[error("the name of a cost pool has 1 to 120 letters in one line")]
    Name,
    /// Too few, too many, or one of them twice.
    #[error(
        "a cost is shared by 1 to {MAX_SHARERS} parties, each named once; where a measure counts, each has one of at least 0, and one has more"
    )]
    Sharers,
    /// The number is another pool's.
    #[error("cost pool {0} exists already and says something else; use a new id")]
    Taken(PoolId),
    /// Nothing, or too much.
    #[error("a cost is 1 to 1000000000000 minor units")]
    Amount,
    /// The month is not over: sales would still come.
    #[error("{0} is not over yet; charge it when it is")]
    NotOver(Month),
    /// The month was charged with another amount.
    #[error("{month} was charged to this pool already, with {charged} minor units; a correction is a pool of its own")]
    Charged {
        /// Which month.
        month: Month,
        /// With how much.
        charged: i64,
    },
    /// Nobody sold anything.
    #[error("none of the sharers sold anything in {0}: there is nothing to share by")]
    NothingSold(Month),
    /// The books refused, or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database failed.
    #[error("the shared costs could not be reached")]
    Db(#[from] DbErr),
}

impl From<Unbalanced> for CostsError {
    fn from(unbalanced: Unbalanced) -> Self {
        Self::Ledger(unbalanced.into())
    }
}

impl CostsError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::NoPool(_) | Self::NoParty(_) => Code::NotFound,
            Self::Name | Self::Sharers | Self::Amount => Code::InvalidInput,
            Self::Taken(_) | Self::Charged { .. } => Code::Conflict,
            Self::NotOver(_) | Self::NothingSold(_) => Code::NotNow,
            Self::Ledger(error) => return error.refusal(),
            Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}
