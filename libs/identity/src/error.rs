//! What can go wrong with co-ops, their people and their parties.

use db::{Sqlstate, sqlstate};
use kernel::{Code, Refusal};
use sea_orm::DbErr;

use crate::RoleId;

/// Why a co-op, person, role or party was not found, made or changed.
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
    /// The co-op has no such role.
    #[error("there is no role {0}")]
    NoRole(RoleId),
    /// The co-op has no role of that name.
    #[error("there is no role called {0:?}; every co-op has admin, treasurer, organiser and member")]
    NoRoleNamed(String),
    /// A role's name that cannot be one.
    #[error("a role's name has 1 to {0} characters on one line")]
    RoleName(usize),
    /// The co-op has enough roles.
    #[error("a co-op has {0} roles at most; delete one that nobody needs")]
    TooManyRoles(i64),
    /// Somebody has the role, or had it.
    #[error("members have the role {0:?}, or had it when they left; give them another first, or rename it")]
    RoleInUse(String),
    /// The admin's role was to be changed.
    #[error("the admin's role holds every permission and stays as it is; define another role beside it")]
    AdminRole,
    /// One of the first roles was to be deleted.
    #[error("the role {0:?} came with the co-op and cannot be deleted; rename it, or give it other permissions")]
    FirstRole(String),
    /// The role holds more than whoever gives it.
    #[error("the role {role:?} holds what you lack: {lacking}; nobody can give what they do not have")]
    NotYoursToGive {
        /// The role.
        role: String,
        /// The permissions that the giver lacks, by name.
        lacking: String,
    },
    /// The co-op would have no admin any more.
    #[error("this is the co-op's last admin; make somebody else an admin first")]
    LastAdmin,
    /// Refused for a reason that is a sentence already.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed, or holds what this version does not know.
    #[error("the directory could not be reached")]
    Db(#[from] DbErr),
}

impl IdentityError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::NoCoop(_) | Self::NoRole(_) | Self::NoRoleNamed(_) => Code::NotFound,
            Self::Taken { .. } => Code::Conflict,
            Self::TimeZone(_) | Self::RoleName(_) => Code::InvalidInput,
            Self::TooManyRoles(_) | Self::RoleInUse(_) | Self::AdminRole | Self::FirstRole(_) | Self::LastAdmin => Code::NotNow,
            Self::NotYoursToGive { .. } => Code::Forbidden,
            Self::Refused(refusal) => return Some(refusal.clone()),
            Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}

/// What a failed insert means when only the name can be at fault.
pub(crate) fn taken(error: DbErr, what: &'static str, name: &str) -> IdentityError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => IdentityError::Taken { what, name: name.to_owned() },
        _ => IdentityError::Db(error),
    }
}
