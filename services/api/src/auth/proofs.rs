//! What proves who somebody is: until the rooms of access and partners are there, whoever starts the api brings it.

use std::fmt::Debug;

use async_graphql::futures_util::future::BoxFuture;
use chrono::{DateTime, Utc};
use kernel::{Actor, PersonId, SessionId};

/// A person who signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who they are.
    pub person: PersonId,
    /// The session that they signed in with.
    pub session: SessionId,
    /// When they last showed a second factor in it.
    pub factor_at: Option<DateTime<Utc>>,
}

/// A proof could not be looked at.
pub type Unproved = Box<dyn std::error::Error + Send + Sync>;

/// Where proofs are looked at.
pub trait Proofs: Debug + Send + Sync {
    /// The person whose token it is.
    fn person<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Signed>, Unproved>>;
    /// The key's actor.
    fn key<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<Actor>, Unproved>>;
}
