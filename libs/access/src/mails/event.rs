//! What happens at a person's door: kept for them to read, and mailed.

use kernel::SessionId;
use serde::{Deserialize, Serialize};

use super::{Letter, promise};
use crate::{AccessError, EventKind, Visitor, access::Inner, events::keep, people::Known};

/// Something that its owner should know of at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    NewDevice,
    Reuse,
    PasswordChanged,
    PasswordReset,
    EmailChanged,
    TotpAdded,
    TotpRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    RecoveryCodeUsed,
    RecoveryCodesMade,
}

impl Event {
    const fn kind(self) -> EventKind {
        match self {
            Self::NewDevice => EventKind::NewDevice,
            Self::Reuse => EventKind::Reuse,
            Self::PasswordChanged => EventKind::PasswordChanged,
            Self::PasswordReset => EventKind::PasswordReset,
            Self::EmailChanged => EventKind::EmailChanged,
            Self::TotpAdded => EventKind::TotpAdded,
            Self::TotpRemoved => EventKind::TotpRemoved,
            Self::PasskeyAdded => EventKind::PasskeyAdded,
            Self::PasskeyRemoved => EventKind::PasskeyRemoved,
            Self::RecoveryCodeUsed => EventKind::RecoveryCodeUsed,
            Self::RecoveryCodesMade => EventKind::RecoveryCodesMade,
        }
    }
}

/// Keeps an event and promises the letter about it, to the address that the person has in `known`.
pub(crate) async fn tell(
    inner: &Inner,
    tx: &db::Tx,
    known: &Known,
    event: Event,
    seen: Option<(Option<SessionId>, &Visitor)>,
) -> Result<(), AccessError> {
    keep(inner, tx, known.id(), event.kind(), seen).await?;
    let visitor = seen.map(|(_, visitor)| visitor);
    let letter = Letter::News {
        email: known.email.clone(),
        name: known.name.clone(),
        event,
        at: inner.clock.now(),
        device: visitor.map(|visitor| visitor.device.clone()),
        from: visitor.and_then(|visitor| visitor.address),
    };
    promise(inner, tx, &letter).await
}
