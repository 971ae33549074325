//! What happened at a person's door, kept for them to read. Rows are only added.
//!
//! What succeeds is written in its own transaction. Wrong passwords and wrong factors are noted in memory and written a few
//! seconds later, in one statement for all of them: were they written at once, an answer would take longer when the address is
//! known. A process that dies takes the last of them along.

mod failures;
mod kind;
mod read;

use db::statement;
use kernel::{PersonId, SessionId};
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

pub(crate) use failures::Failures;
pub use kind::EventKind;
pub use read::{AccessEvent, MAX_EVENTS};

use crate::{Visitor, access::Inner};

/// Keeps what happened.
pub(crate) async fn keep(
    inner: &Inner,
    db: &impl ConnectionTrait,
    person: PersonId,
    kind: EventKind,
    seen: Option<(Option<SessionId>, &Visitor)>,
) -> Result<(), DbErr> {
    const INSERT: &str = "
        insert into access_event (person_id, event_id, kind, session_id, device, happened_from, at)
        values ($1, $2, $3, $4, $5, nullif($6, '')::inet, $7)";
    let (session, visitor) = seen.unzip();
    let values: [Value; 7] = [
        person.0.into(),
        Uuid::now_v7().into(),
        kind.name().into(),
        session.flatten().map(|session| session.0).into(),
        visitor.map(|visitor| visitor.device.clone()).into(),
        visitor.map(Visitor::inet).unwrap_or_default().into(),
        inner.clock.now().into(),
    ];
    db.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}
