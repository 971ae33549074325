//! An invitation, as the graph shows it. Its token is in its letter and nowhere else.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};

use super::role::KIND as ROLE;
use crate::graphql::{
    base::{Answer, Kind},
    people::Person,
};

pub(crate) const KIND: Kind = Kind("Invitation");

/// How far an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::InvitationStatus")]
pub(crate) enum InvitationStatus {
    /// It can be accepted.
    Open,
    /// Its time is over; another letter gives it more.
    Expired,
    /// Somebody became a member by it.
    Accepted,
    /// It was taken back.
    Revoked,
}

/// A letter that makes somebody a member, once.
#[derive(Clone, Debug)]
pub(crate) struct Invitation(pub(crate) identity::Invitation);

/// A letter that makes somebody a member, once.
#[Object]
impl Invitation {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Where the letter goes.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Whether whoever has the letter may accept it, not only the owner of the address.
    async fn anyone(&self) -> bool {
        self.0.anyone
    }

    /// The id of the role that it gives.
    async fn role_id(&self) -> ID {
        ROLE.id(self.0.role)
    }

    /// How far it has come.
    async fn status(&self) -> InvitationStatus {
        self.0.status.into()
    }

    /// How many letters were asked for; the latest counts.
    async fn letters(&self) -> i32 {
        self.0.letters
    }

    /// Who invites; null for a partner's key.
    async fn invited_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.invited_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// Since when.
    async fn invited_at(&self) -> DateTime<Utc> {
        self.0.invited_at
    }

    /// Until when it can be accepted.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Who accepted it.
    async fn accepted_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.accepted_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }
}
