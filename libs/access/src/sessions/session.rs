//! What a session is, and what whoever begins one is given.

use std::{fmt, net::IpAddr};

use chrono::{DateTime, Utc};
use kernel::{PersonId, SessionId, Who};

/// Somebody whose access token is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Who they are.
    pub person: PersonId,
    /// The session that they signed in with.
    pub session: SessionId,
    /// When they last showed a second factor in it.
    pub factor_at: Option<DateTime<Utc>>,
}

impl From<Signed> for Who {
    fn from(signed: Signed) -> Self {
        Self::Person { person: signed.person, session: signed.session, factor_at: signed.factor_at }
    }
}

/// What lets somebody in. Shown once; never written into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who it is for.
    pub signed: Signed,
    /// Goes with each request.
    pub access_token: String,
    /// Until when the access token is good.
    pub expires_at: DateTime<Utc>,
    /// Good once, for the next grant.
    pub refresh_token: String,
}

/// What a right password leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// They are in.
    Done(Grant),
    /// They have a second factor and show it next.
    Challenge(Challenge),
}

/// A sign-in that waits for a second factor.
#[derive(Clone, PartialEq)]
pub struct Challenge {
    /// Names it, once.
    pub token: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// Whether a code of an authenticator app answers it.
    pub takes_totp: bool,
    /// What a passkey is asked to sign, as `navigator.credentials.get` takes it, when they have one.
    pub passkey_options: Option<serde_json::Value>,
}

impl Eq for Challenge {}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: SessionId,
    /// What the device called itself.
    pub device: String,
    /// When they signed in.
    pub started_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: DateTime<Utc>,
    /// From where it was last used.
    pub last_used_from: Option<IpAddr>,
    /// Until when it stays when it is not used.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("signed", &self.signed).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge").field("expires_at", &self.expires_at).field("takes_totp", &self.takes_totp).finish_non_exhaustive()
    }
}
