//! The door: an event is kept, durably, before anyone looks at it.

use chrono::{DateTime, Utc};
use db::statement;
use sea_orm::{ConnectionTrait, DbErr};
use stripe_gateway::{Event, ParseError};

use crate::SettlementError;

/// Where workers listen for new events.
pub const CHANNEL: &str = "stripe_event";

/// The largest body that is taken in: Stripe's largest events stay well under it.
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// The longest id or type of an event that is kept, in bytes: Stripe's have a few dozen.
const MAX_NAME_BYTES: usize = 255;

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is kept.
    Fresh,
    /// It was kept before.
    Again,
}

const KEEP: &str = "
insert into stripe_event (event_id, connect, kind, body, traceparent) values ($1, $2, $3, $4, $5)
on conflict (event_id) do nothing";

const COUNT: &str = "
insert into refused_delivery as before (day, reason, count) values ($1, $2, 1)
on conflict (day, reason) do update set count = before.count + 1";

/// Keeps a delivery whose signature was found good. One round trip; once it returns, the event is on disk.
pub async fn accept(db: &impl ConnectionTrait, body: &str, connect: bool) -> Result<Accepted, SettlementError> {
    let event = Event::parse(body.as_bytes())?;
    let (id, kind) = (name("id", &event.id)?, name("type", &event.kind)?);
    let values = [id.into(), connect.into(), kind.into(), body.into(), telemetry::traceparent().into()];
    let kept = db.execute_raw(statement(KEEP, values)).await?.rows_affected();
    Ok(if kept == 1 { Accepted::Fresh } else { Accepted::Again })
}

/// A name as the inbox can hold it: the database takes no NUL, and its index no long texts.
fn name<'a>(field: &str, text: &'a str) -> Result<&'a str, ParseError> {
    if text.is_empty() || text.len() > MAX_NAME_BYTES || text.contains('\0') {
        return Err(ParseError::new(field, format!("expected 1 to {MAX_NAME_BYTES} bytes without NUL")));
    }
    Ok(text)
}

/// Counts a delivery that was refused at the door; nothing else of it is kept.
pub async fn count_refusal(db: &impl ConnectionTrait, reason: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    db.execute_raw(statement(COUNT, [now.date_naive().into(), reason.into()])).await?;
    Ok(())
}
