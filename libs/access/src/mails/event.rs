//! What happens at a person's door: kept for them to read, and mailed.

use db::statement;
use kernel::SessionId;
use sea_orm::{ConnectionTrait as _, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Letter, promise};
use crate::{AccessError, Visitor, access::Inner, people::Known};

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
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::NewDevice => "new_device",
            Self::Reuse => "reuse",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::EmailChanged => "email_changed",
            Self::TotpAdded => "totp_added",
            Self::TotpRemoved => "totp_removed",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesMade => "recovery_codes_made",
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
    const INSERT: &str = "
        insert into access_event (person_id, event_id, kind, session_id, device, happened_from, at)
        values ($1, $2, $3, $4, $5, nullif($6, '')::inet, $7)";
    let now = inner.clock.now();
    let (session, visitor) = seen.unzip();
    let values: [Value; 7] = [
        known.id().0.into(),
        Uuid::now_v7().into(),
        event.name().into(),
        session.flatten().map(|session| session.0).into(),
        visitor.map(|visitor| visitor.device.clone()).into(),
        visitor.map(Visitor::inet).unwrap_or_default().into(),
        now.into(),
    ];
    tx.execute_raw(statement(INSERT, values)).await?;
    let letter = Letter::News {
        email: known.email.clone(),
        name: known.name.clone(),
        event,
        at: now,
        device: visitor.map(|visitor| visitor.device.clone()),
        from: visitor.and_then(|visitor| visitor.address),
    };
    promise(inner, tx, &letter).await
}
