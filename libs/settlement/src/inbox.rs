//! The inbox as its rows: claiming, marking, waking, and what admins see of it.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::SettlementError;

/// An event that this worker alone is handling.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Claimed {
    pub(crate) event_id: String,
    pub(crate) body: String,
    /// The trace in which it came.
    pub(crate) traceparent: Option<String>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its effect is in the books.
    Done(Option<CoopId>),
    /// It says nothing that the books know of.
    Kept,
    /// It needs this Stripe object first.
    Waiting(String),
    /// It cannot be settled, because of this.
    Parked(Option<CoopId>, String),
}

/// The inbox in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult, serde::Serialize)]
pub struct Inbox {
    /// Not looked at yet.
    pub new: i64,
    /// Waiting for another object.
    pub waiting: i64,
    /// Settled.
    pub done: i64,
    /// Kept and acknowledged.
    pub kept: i64,
    /// Parked.
    pub parked: i64,
}

/// A parked event.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, serde::Serialize)]
pub struct Parked {
    /// `evt_…`
    pub event_id: String,
    /// Its type.
    pub kind: String,
    /// Why it is parked.
    pub reason: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

const NEXT: &str = "
select event_id, body, traceparent from stripe_event where status = 'new' order by seq limit $1 for update skip locked";
const THESE: &str = "
select event_id, body, traceparent from stripe_event where event_id = any ($1::text[]) and status = 'new' order by seq for update skip locked";
const MARK: &str = "
update stripe_event set status = fate.status::inbox_status, waits_for = nullif(fate.waits_for, ''), reason = nullif(fate.reason, ''),
       coop_id = nullif(fate.coop_id, 0), handled_at = now()
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int4[]) as fate (event_id, status, waits_for, reason, coop_id)
where stripe_event.event_id = fate.event_id";
const WAKE: &str = "
update stripe_event set status = 'new', waits_for = null
where status = 'waiting' and (exists (select from balance_transaction known where known.id = waits_for)
                              or exists (select from stripe_ref known where known.object_id = waits_for))";
const COUNT: &str = "
select count(*) filter (where status = 'new') as new, count(*) filter (where status = 'waiting') as waiting,
       count(*) filter (where status = 'done') as done, count(*) filter (where status = 'kept') as kept,
       count(*) filter (where status = 'parked') as parked
from stripe_event";
const PARKED: &str = "
select event_id, kind, reason, received_at from stripe_event where status = 'parked' order by seq limit $1";
const REPLAY: &str = "update stripe_event set status = 'new', reason = null where event_id = $1 and status = 'parked'";
const REPLAY_ALL: &str = "update stripe_event set status = 'new', reason = null where status = 'parked'";

/// How many parked events are listed at once.
const MOST_PARKED: i64 = 500;

pub(crate) async fn claim_next(tx: &db::Tx, limit: u32) -> Result<Vec<Claimed>, DbErr> {
    Claimed::find_by_statement(statement(NEXT, [i64::from(limit).into()])).all(tx).await
}

pub(crate) async fn claim_these(tx: &db::Tx, ids: &[String]) -> Result<Vec<Claimed>, DbErr> {
    Claimed::find_by_statement(statement(THESE, [ids.to_vec().into()])).all(tx).await
}

pub(crate) async fn mark(tx: &db::Tx, fates: &[(String, Fate)]) -> Result<(), DbErr> {
    let column = |of: fn(&Fate) -> String| fates.iter().map(|(_, fate)| of(fate)).collect::<Vec<String>>();
    let status = column(|fate| match fate {
        Fate::Done(_) => "done".to_owned(),
        Fate::Kept => "kept".to_owned(),
        Fate::Waiting(_) => "waiting".to_owned(),
        Fate::Parked(..) => "parked".to_owned(),
    });
    let waits_for = column(|fate| match fate {
        Fate::Waiting(object) => object.clone(),
        Fate::Done(_) | Fate::Kept | Fate::Parked(..) => String::new(),
    });
    let reason = column(|fate| match fate {
        Fate::Parked(_, reason) => reason.clone(),
        Fate::Done(_) | Fate::Kept | Fate::Waiting(_) => String::new(),
    });
    let coops = fates.iter().map(|(_, fate)| match fate {
        Fate::Done(coop) | Fate::Parked(coop, _) => coop.map_or(0, |coop| coop.0),
        Fate::Kept | Fate::Waiting(_) => 0,
    });
    let ids: Vec<String> = fates.iter().map(|(id, _)| id.clone()).collect();
    let values = [ids.into(), status.into(), waits_for.into(), reason.into(), coops.collect::<Vec<i32>>().into()];
    tx.execute_raw(statement(MARK, values)).await?;
    Ok(())
}

/// Makes events new again whose object is known by now. Returns how many.
pub(crate) async fn wake(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Ok(db.execute_raw(statement(WAKE, [])).await?.rows_affected())
}

/// The inbox in numbers.
pub async fn inbox(db: &impl ConnectionTrait) -> Result<Inbox, DbErr> {
    let empty = Inbox { new: 0, waiting: 0, done: 0, kept: 0, parked: 0 };
    Ok(Inbox::find_by_statement(statement(COUNT, [])).one(db).await?.unwrap_or(empty))
}

/// Parked events, oldest first, at most 500.
pub async fn parked(db: &impl ConnectionTrait) -> Result<Vec<Parked>, DbErr> {
    Parked::find_by_statement(statement(PARKED, [MOST_PARKED.into()])).all(db).await
}

/// Makes a parked event new again: once the cause is gone, it is settled like any other.
pub async fn replay(db: &impl ConnectionTrait, event_id: &str) -> Result<(), SettlementError> {
    match db.execute_raw(statement(REPLAY, [event_id.into()])).await?.rows_affected() {
        0 => Err(SettlementError::NotParked(event_id.to_owned())),
        _ => Ok(()),
    }
}

/// Makes every parked event new again. Returns how many.
pub async fn replay_all(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Ok(db.execute_raw(statement(REPLAY_ALL, [])).await?.rows_affected())
}
