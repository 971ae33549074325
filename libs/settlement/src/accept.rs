//! The door: an event is kept, durably, before anyone looks at it.

use chrono::NaiveDate;
use db::{column, statement};
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
insert into refused_delivery as before (day, reason, count)
select $1, new.reason, new.count from unnest($2::text[], $3::int8[]) as new (reason, count) order by new.reason
on conflict (day, reason) do update set count = before.count + excluded.count";

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

/// Counts the deliveries of a day that were refused at the door, by reason, each reason once; nothing else of them is kept.
pub async fn count_refusals(db: &impl ConnectionTrait, refused: &[(&str, i64)], day: NaiveDate) -> Result<(), DbErr> {
    let columns = [day.into(), column(refused, |(reason, _)| (*reason).to_owned()), column(refused, |(_, count)| *count)];
    db.execute_raw(statement(COUNT, columns)).await?;
    Ok(())
}
