//! What can go wrong with the audit.

use kernel::Refusal;
use sea_orm::DbErr;

/// Why the audit was not read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error("the audit could not be reached")]
    Db(#[from] DbErr),
}

impl AuditError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal.clone()),
            Self::Db(_) => None,
        }
    }
}
