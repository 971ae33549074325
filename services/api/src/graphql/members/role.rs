//! A role, as the graph shows it.

use async_graphql::{Enum, ID, Object};
use kernel::{Code, Permission, Permissions};

use crate::graphql::base::{Answer, Failure, Kind, at};

pub(crate) const KIND: Kind = Kind("Role");

/// One of the roles that every co-op has from its founding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::BuiltIn")]
pub(crate) enum BuiltInRole {
    /// The founder's: everything, for ever.
    Admin,
    /// Sees the money, drafts and approves payouts, closes months.
    Treasurer,
    /// Brings people in and runs markets.
    Organiser,
    /// What everybody is.
    Member,
}

/// What a member may do.
#[derive(Clone, Debug)]
pub(crate) struct Role(pub(crate) identity::Role);

/// What a member may do.
#[Object]
impl Role {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Its name, unique in the co-op.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it allows: names such as `payouts.read`.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions.iter().map(Permission::name).collect()
    }

    /// Which of the co-op's first roles it is; null for those it made itself. First roles are not deleted.
    async fn built_in(&self) -> Option<BuiltInRole> {
        self.0.built_in.map(BuiltInRole::from)
    }
}

/// The permissions of these names; the first that is none is told with its place.
pub(super) fn permissions(names: &[String]) -> Answer<Permissions> {
    let read = |(place, name): (usize, &String)| -> Result<Permission, Failure> {
        let place = place.to_string();
        name.parse::<Permission>().map_err(|error| at(&["input", "permissions", &place], Code::InvalidInput, error.to_string()))
    };
    names.iter().enumerate().map(read).collect()
}
