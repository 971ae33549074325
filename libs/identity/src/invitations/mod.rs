//! Invitations: a letter with a token that makes whoever it was meant for a member, once.
//!
//! The token is made when the letter is written and stands in no row, job or log: the database keeps its hash. It names its
//! co-op, so that it can be looked up behind the wall. Asking for another letter makes the last one void at once.

mod accept;
mod desk;
mod invite;
mod repo;
mod token;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::PersonId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use accept::Joined;
pub(crate) use accept::{NewMember, admit};
pub use desk::SendInvitation;
pub(crate) use desk::send;
pub(crate) use repo::revoke_of;
pub use token::InvitationToken;

use crate::RoleId;

/// How long a letter may be answered.
pub const INVITATION_LASTS: TimeDelta = TimeDelta::days(14);
/// Invitations that a co-op may have open: more than any assembly invites, less than a mailing list.
pub const MAX_OPEN_INVITATIONS: i64 = 200;
/// Letters of one invitation; who has not read ten will not read more.
pub const MAX_LETTERS: i32 = 10;
/// Invitations that are read at once at most: a page of a hundred, and one to see that there are more.
pub const MAX_INVITATIONS: u32 = 101;

/// An invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationId(pub Uuid);

impl std::fmt::Display for InvitationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What inviting somebody takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    /// Where the letter goes.
    pub email: String,
    /// The role that it gives.
    pub role: RoleId,
    /// Whoever has the letter may accept it, also under another address.
    pub anyone: bool,
}

/// How far an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvitationStatus {
    /// It can be accepted.
    Open,
    /// Its time is over; another letter gives it more.
    Expired,
    /// Somebody became a member by it.
    Accepted,
    /// It was taken back.
    Revoked,
}

/// An invitation as the co-op sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its number.
    pub id: InvitationId,
    /// Where the letter goes.
    pub email: String,
    /// Whoever has the letter may accept it.
    pub anyone: bool,
    /// The role that it gives.
    pub role: RoleId,
    /// How far it has come.
    pub status: InvitationStatus,
    /// Letters that were asked for.
    pub letters: i32,
    /// Who invites; `None`: a partner's key.
    pub invited_by: Option<PersonId>,
    /// Since when.
    pub invited_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// Who accepted it.
    pub accepted_by: Option<PersonId>,
}
