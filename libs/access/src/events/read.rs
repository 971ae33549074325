//! Reading what happened at one's own door.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use db::statement;
use kernel::SessionId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::EventKind;
use crate::{Access, AccessError, Signed};

/// The longest page.
pub const MAX_EVENTS: i64 = 200;

/// Something that happened at somebody's door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessEvent {
    /// Its number; a later one is greater.
    pub id: Uuid,
    /// What happened.
    pub kind: EventKind,
    /// The session that began or was meant.
    pub session: Option<SessionId>,
    /// What the device called itself.
    pub device: Option<String>,
    /// From where.
    pub from: Option<IpAddr>,
    /// When.
    pub at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    event_id: Uuid,
    kind: String,
    session_id: Option<Uuid>,
    device: Option<String>,
    address: Option<String>,
    at: DateTime<Utc>,
}

impl Access {
    /// What happened at the door of whoever asks, the latest first, from the one before `after` on.
    pub async fn events(&self, signed: Signed, after: Option<Uuid>, limit: i64) -> Result<Vec<AccessEvent>, AccessError> {
        const EVENTS: &str = "
            select event_id, kind, session_id, device, host(happened_from) as address, at
            from access_event where person_id = $1 and event_id < $2 order by event_id desc limit $3";
        self.inner.failures.write(&self.inner.db).await?;
        let values = [signed.person.0.into(), after.unwrap_or(Uuid::max()).into(), limit.clamp(0, MAX_EVENTS).into()];
        let rows = Row::find_by_statement(statement(EVENTS, values)).all(&self.inner.db).await?;
        rows.into_iter()
            .map(|row| {
                Ok(AccessEvent {
                    id: row.event_id,
                    kind: EventKind::parse(&row.kind)?,
                    session: row.session_id.map(SessionId),
                    device: row.device,
                    from: row.address.and_then(|address| address.parse().ok()),
                    at: row.at,
                })
            })
            .collect()
    }

    /// Writes down what failed and waits in memory: now and then, and once more before a process ends.
    pub async fn write_failures(&self, db: &impl ConnectionTrait) -> Result<(), AccessError> {
        Ok(self.inner.failures.write(db).await?)
    }
}
