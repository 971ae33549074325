//! What can go wrong with the books.

use kernel::{Code, Month, Refusal};
use sea_orm::DbErr;

use crate::Unbalanced;

/// Why something was not posted, read or closed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The legs do not sum to zero: a fault of the caller.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// The same kind and source was posted before with other amounts.
    #[error("{kind} of {source_id} was posted before with a total of {posted}, and now came with {asked}")]
    SourceReused {
        /// The posting's kind.
        kind: String,
        /// What caused it.
        source_id: String,
        /// The total in the books.
        posted: i64,
        /// The total that was asked for.
        asked: i64,
    },
    /// The month before it is still open.
    #[error("{month} cannot be closed before {first}: months are closed in order")]
    OutOfOrder {
        /// The month asked for.
        month: Month,
        /// The month that comes first.
        first: Month,
    },
    /// The month is not over.
    #[error("{0} is not over yet")]
    NotOver(Month),
    /// Somebody's transaction is still running from before the close.
    #[error("{0} is closed, but a transaction from before is still running: ask again in a moment")]
    StillSettling(Month),
    /// The database failed.
    #[error("the books could not be reached")]
    Db(#[from] DbErr),
}

impl LedgerError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::OutOfOrder { .. } | Self::NotOver(_) | Self::StillSettling(_) => Some(Refusal::new(Code::NotNow, self.to_string())),
            Self::SourceReused { .. } => Some(Refusal::new(Code::Conflict, self.to_string())),
            Self::Unbalanced(_) | Self::Db(_) => None,
        }
    }
}
