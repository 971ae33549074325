//! What happened at somebody's door, as they read it.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};

use super::person::SESSION;
use crate::graphql::base::Kind;

const KIND: Kind = Kind("AccessEvent");

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "::access::EventKind")]
pub(crate) enum AccessEventKind {
    /// Somebody signed in on a device that was used before.
    SignedIn,
    /// Somebody signed in on a new device.
    NewDevice,
    /// A wrong password was shown; those that came at once from one address are one event.
    PasswordWrong,
    /// The password was right and the second factor was not, or a factor was shown again and was not right.
    FactorWrong,
    /// A refresh token was shown that had been used before: the session ended.
    Reuse,
    /// The password was changed.
    PasswordChanged,
    /// The password was reset by a letter.
    PasswordReset,
    /// The address is another.
    EmailChanged,
    /// An authenticator app was added.
    TotpAdded,
    /// The authenticator app was removed.
    TotpRemoved,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A recovery code was used in place of a second factor.
    RecoveryCodeUsed,
    /// New recovery codes were made.
    RecoveryCodesMade,
}

/// Something that happened at somebody's door.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct AccessEvent {
    /// Its id.
    id: ID,
    /// What happened.
    kind: AccessEventKind,
    /// The id of the session that began or was meant; null when it was none.
    session_id: Option<ID>,
    /// What the device called itself.
    device: Option<String>,
    /// The network address that it came from.
    from: Option<String>,
    /// When.
    at: DateTime<Utc>,
}

impl From<::access::AccessEvent> for AccessEvent {
    fn from(event: ::access::AccessEvent) -> Self {
        Self {
            id: KIND.id(event.id),
            kind: event.kind.into(),
            session_id: event.session.map(|session| SESSION.id(session)),
            device: event.device,
            from: event.from.map(|from| from.to_string()),
            at: event.at,
        }
    }
}
