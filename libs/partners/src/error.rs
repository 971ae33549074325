//! What can go wrong with keys.

use kernel::{ApiKeyId, Code, Permissions, Refusal};
use sea_orm::DbErr;

use crate::{MAX_KEYS, MAX_LIFETIME_DAYS, MAX_OVERLAP_DAYS, MAX_SECRETS};

/// Why a key was not made, rotated, revoked or looked up.
#[derive(Debug, thiserror::Error)]
pub enum PartnersError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The co-op has no such key.
    #[error("there is no API key {0}")]
    NoKey(ApiKeyId),
    /// A name that is empty, too long, or has line breaks in it.
    #[error("a key's name has 1 to 60 letters in one line; say who uses it, and where")]
    Name,
    /// Another key that is not revoked has the name.
    #[error("a key named {0:?} exists already; rotate it for a new secret, revoke it, or choose another name")]
    NameTaken(String),
    /// A key that may do nothing.
    #[error("a key without permissions is of no use; give it at least one")]
    NoPermissions,
    /// The key would let its maker do what they may not.
    #[error("a key cannot be given, or rotated with, what you may not do yourself: {}", names(*.0))]
    BeyondMaker(Permissions),
    /// It would end in the past, or too late.
    #[error("a key ends after now and within {MAX_LIFETIME_DAYS} days; choose a day in between")]
    Expiry,
    /// The earlier secret would work for too long, or for less than no time.
    #[error("after a rotation the earlier secrets work for at most {MAX_OVERLAP_DAYS} more days")]
    Overlap,
    /// The co-op has as many keys as it may have.
    #[error("the co-op has {MAX_KEYS} keys already; revoke one that is no longer used")]
    TooManyKeys,
    /// The key was rotated too often within the time that its earlier secrets still work.
    #[error("{MAX_SECRETS} secrets of this key still work; wait until one has ended, or revoke the key and make another")]
    TooManySecrets,
    /// The key is revoked or has expired.
    #[error("the key {0:?} is revoked or has expired and cannot be rotated; make another")]
    Ended(String),
    /// The system gave no random numbers.
    #[error("the system gave no random numbers")]
    Random(#[from] getrandom::Error),
    /// The database failed.
    #[error("the keys could not be reached")]
    Db(#[from] DbErr),
}

fn names(permissions: Permissions) -> String {
    permissions.iter().map(kernel::Permission::name).collect::<Vec<_>>().join(", ")
}

impl PartnersError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::NoKey(_) => Code::NotFound,
            Self::Name | Self::NoPermissions | Self::Expiry | Self::Overlap => Code::InvalidInput,
            Self::NameTaken(_) => Code::Conflict,
            Self::BeyondMaker(_) => Code::Forbidden,
            Self::TooManyKeys | Self::TooManySecrets | Self::Ended(_) => Code::NotNow,
            Self::Random(_) | Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}
