//! Roles: named sets of permissions, each co-op's own.
//!
//! Every co-op has four from its founding. The admin's holds every permission there is and never changes; the other three
//! may be renamed and given other permissions, but not deleted, since the house hands them out by these names. Whoever
//! defines or gives roles can pass on what they hold themselves, and nothing else.

mod built_in;
mod define;
mod repo;

use kernel::{Permission, Permissions};
use serde::{Deserialize, Serialize};

pub use built_in::BuiltIn;
pub use define::MAX_ROLES;
pub(crate) use define::to_give;
pub(crate) use repo::{find, insert_built_in};

use crate::entity::role;

/// A role, unique in the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleId(pub i32);

impl std::fmt::Display for RoleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a member may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its number.
    pub id: RoleId,
    /// Its name, unique in the co-op.
    pub name: String,
    /// What it allows.
    pub permissions: Permissions,
    /// Which of the co-op's first roles it is; `None` for those it made itself.
    pub built_in: Option<BuiltIn>,
}

/// What defining a role takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRole {
    /// Its name, unique in the co-op.
    pub name: String,
    /// What it is to allow.
    pub permissions: Permissions,
}

impl From<role::Model> for Role {
    fn from(row: role::Model) -> Self {
        role_of(RoleId(row.role_id), row.name, &row.permissions, row.built_in.as_deref())
    }
}

/// The role that was read beside something else.
pub(crate) fn role_of(id: RoleId, name: String, permissions: &[String], built_in: Option<&str>) -> Role {
    Role { id, name, permissions: granted(permissions), built_in: built_in.and_then(BuiltIn::parse) }
}

/// The permissions that a stored list grants: `*` is all of them, a name that this version does not know is none.
pub(crate) fn granted(names: &[String]) -> Permissions {
    if names.iter().any(|name| name == built_in::EVERYTHING) {
        return Permissions::all();
    }
    names.iter().filter_map(|name| name.parse::<Permission>().ok()).collect()
}
