//! What can go wrong with co-ops and parties.

use kernel::{Code, Refusal};
use sea_orm::DbErr;

/// Why a co-op, person or party was not found or made.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No co-op goes by that name.
    #[error("there is no co-op {0:?}; `guildhall demo` makes one to look at")]
    NoCoop(String),
    /// Another has the name already.
    #[error("{what} {name:?} exists already; choose another")]
    Taken {
        /// What was to be made.
        what: &'static str,
        /// The name that is taken.
        name: String,
    },
    /// The time zone is not in the IANA database.
    #[error("{0:?} is not a time zone; use an IANA name such as Europe/Amsterdam")]
    TimeZone(String),
    /// The database failed, or holds what this version does not know.
    #[error("the directory could not be reached")]
    Db(#[from] DbErr),
}

impl IdentityError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::NoCoop(_) => Some(Refusal::new(Code::NotFound, self.to_string())),
            Self::Taken { .. } => Some(Refusal::new(Code::Conflict, self.to_string())),
            Self::TimeZone(_) => Some(Refusal::new(Code::InvalidInput, self.to_string())),
            Self::Db(_) => None,
        }
    }
}
