//! The statements that write runs and their payouts, many rows at a time, each with its step.

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::CoopId;
use sea_orm::{ColumnTrait as _, EntityTrait};
use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult, QueryFilter as _, QuerySelect as _, Value};
use uuid::Uuid;

use crate::{PayoutId, PayoutStatus, PayoutsError, Run, RunId, entity::run};

/// What is decided for a payout.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) payout: PayoutId,
    pub(crate) party: i64,
    pub(crate) owed: i64,
    pub(crate) amount: i64,
    pub(crate) status: PayoutStatus,
    pub(crate) destination: Option<String>,
    /// Why it is less than is owed.
    pub(crate) rest: Option<String>,
    /// Why it is not paid.
    pub(crate) reason: Option<String>,
}

/// Absent texts travel as '': the driver has no arrays of optional values.
fn texts(rows: &[Decided]) -> [Value; 4] {
    [
        column(rows, |row| row.status.name().to_owned()),
        column(rows, |row| row.destination.clone().unwrap_or_default()),
        column(rows, |row| row.rest.clone().unwrap_or_default()),
        column(rows, |row| row.reason.clone().unwrap_or_default()),
    ]
}

const INSERT_RUN: &str = "
insert into payout_run (coop_id, run_id, currency, cutoff, drafted_by, drafted_at) values ($1, $2, $3, $4, $5, $6)
on conflict (coop_id, run_id) do nothing";

/// Writes a draft. `false` when the run exists; a unique violation when another draft waits.
pub(crate) async fn insert_run(tx: &db::Tx, coop: CoopId, run: &Run) -> Result<bool, DbErr> {
    let values =
        [coop.0.into(), run.id.0.into(), run.currency.code().into(), run.cutoff.into(), run.drafted_by.0.into(), run.drafted_at.into()];
    Ok(tx.execute_raw(statement(INSERT_RUN, values)).await?.rows_affected() > 0)
}

const KEEP_TRACE: &str = "update payout_run set traceparent = $3 where coop_id = $1 and run_id = $2";
const TRACE: &str = "select traceparent from payout_run where coop_id = $1 and run_id = $2";

/// Keeps the trace in which a run is approved, if there is one: what is sent later belongs to it.
pub(crate) async fn keep_trace(tx: &db::Tx, (coop, run): (CoopId, RunId)) -> Result<(), DbErr> {
    if let Some(traceparent) = telemetry::traceparent() {
        tx.execute_raw(statement(KEEP_TRACE, [coop.0.into(), run.0.into(), traceparent.into()])).await?;
    }
    Ok(())
}

/// The trace in which a run was approved.
pub(crate) async fn trace(tx: &db::Tx, (coop, run): (CoopId, RunId)) -> Result<Option<String>, DbErr> {
    let row = tx.query_one_raw(statement(TRACE, [coop.0.into(), run.0.into()])).await?;
    row.map_or(Ok(None), |row| row.try_get("", "traceparent"))
}

const INSERT: &str = "
with added as (
    insert into payout (coop_id, payout_id, run_id, party_id, currency, owed, amount, status, destination, rest, reason, changed_at)
    select $1, payout_id, $2, party_id, $3, owed, amount, status::payout_status, nullif(destination, ''), nullif(rest, ''),
           nullif(reason, ''), $4
    from unnest($5::uuid[], $6::int8[], $7::int8[], $8::int8[], $9::text[], $10::text[], $11::text[], $12::text[])
        as planned (payout_id, party_id, owed, amount, status, destination, rest, reason)
    returning payout_id, status, coalesce(reason, rest) as note
)
insert into payout_step (coop_id, payout_id, step, status, at, note) select $1, payout_id, 1, status, $4, note from added";

/// Writes the payouts of a draft.
pub(crate) async fn insert_payouts(tx: &db::Tx, coop: CoopId, run: &Run, rows: &[Decided]) -> Result<(), DbErr> {
    let head: [Value; 4] = [coop.0.into(), run.id.0.into(), run.currency.code().into(), run.drafted_at.into()];
    let numbers =
        [column(rows, |row| row.payout.0), column(rows, |row| row.party), column(rows, |row| row.owed), column(rows, |row| row.amount)];
    tx.execute_raw(statement(INSERT, head.into_iter().chain(numbers).chain(texts(rows)))).await?;
    Ok(())
}

const SETTLE_PLANNED: &str = "
with changed as (
    update payout set status = decided.status::payout_status, owed = decided.owed, amount = decided.amount,
        rest = nullif(decided.rest, ''), reason = nullif(decided.reason, ''), changed_at = $2
    from unnest($3::uuid[], $4::int8[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::text[])
        as decided (payout_id, owed, amount, status, destination, rest, reason)
    where payout.coop_id = $1 and payout.payout_id = decided.payout_id and payout.status = 'planned'
    returning payout.payout_id, payout.status, coalesce(payout.reason, payout.rest) as note
)
insert into payout_step (coop_id, payout_id, step, status, at, note)
select $1, payout_id, 1 + (select max(step) from payout_step taken where taken.coop_id = $1 and taken.payout_id = changed.payout_id),
       status, $2, note
from changed";

/// Reserves planned payouts, or skips them after all.
pub(crate) async fn settle_planned(tx: &db::Tx, coop: CoopId, at: DateTime<Utc>, rows: &[Decided]) -> Result<(), DbErr> {
    let head: [Value; 2] = [coop.0.into(), at.into()];
    let numbers = [column(rows, |row| row.payout.0), column(rows, |row| row.owed), column(rows, |row| row.amount)];
    tx.execute_raw(statement(SETTLE_PLANNED, head.into_iter().chain(numbers).chain(texts(rows)))).await?;
    Ok(())
}

const CANCEL: &str = "
with open as materialized (
    select payout_id, status from payout where coop_id = $1 and run_id = $2 and status in ('planned', 'reserved')
    order by payout_id for update
), changed as (
    update payout set status = 'cancelled', reason = $3, changed_at = $4
    from open where payout.coop_id = $1 and payout.payout_id = open.payout_id
    returning payout.payout_id, payout.party_id, payout.amount, payout.status, payout.reason, open.status as was
), stepped as (
    insert into payout_step (coop_id, payout_id, step, status, at, note)
    select $1, payout_id, 1 + (select max(step) from payout_step taken where taken.coop_id = $1 and taken.payout_id = changed.payout_id),
           status, $4, reason
    from changed
)
select payout_id, party_id, amount from changed where was = 'reserved'";

/// A payout whose reservation is to be given back.
#[derive(FromQueryResult)]
pub(crate) struct Reserved {
    pub(crate) payout_id: Uuid,
    pub(crate) party_id: i64,
    pub(crate) amount: i64,
}

/// Cancels what was not sent, and returns what had reserved money.
pub(crate) async fn cancel(tx: &db::Tx, (coop, run): (CoopId, RunId), reason: &str, at: DateTime<Utc>) -> Result<Vec<Reserved>, DbErr> {
    let values = [coop.0.into(), run.0.into(), reason.into(), at.into()];
    Reserved::find_by_statement(statement(CANCEL, values)).all(tx).await
}

const SENT: &str = "
select count(*) as sent from payout
where coop_id = $1 and run_id = $2 and status not in ('skipped', 'planned', 'reserved', 'cancelled')";

/// How many payouts of a run were sent, or perhaps.
pub(crate) async fn count_sent(tx: &db::Tx, (coop, run): (CoopId, RunId)) -> Result<i64, DbErr> {
    let row = tx.query_one_raw(statement(SENT, [coop.0.into(), run.0.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "sent"))
}

const FINISH: &str = "
update payout_run set status = 'finished', finished_at = $3
where coop_id = $1 and run_id = $2 and status = 'approved' and not exists (
    select from payout where coop_id = $1 and run_id = $2 and status in ('reserved', 'sent', 'unknown'))";

/// Finishes an approved run that has nothing open. Only a transaction that began after the last payout was settled is
/// sure to see that.
pub(crate) async fn finish(tx: &db::Tx, (coop, run): (CoopId, RunId), at: DateTime<Utc>) -> Result<bool, DbErr> {
    Ok(tx.execute_raw(statement(FINISH, [coop.0.into(), run.0.into(), at.into()])).await?.rows_affected() > 0)
}

/// The run, for readers.
pub(crate) async fn get_run(tx: &db::Tx, (coop, id): (CoopId, RunId)) -> Result<Run, PayoutsError> {
    let row = run::Entity::in_coop(coop).filter(run::Column::RunId.eq(id.0)).one(tx).await?;
    Ok(row.ok_or(PayoutsError::NoRun(id))?.try_into()?)
}

/// The run, locked: whoever sends its payouts or changes it waits.
pub(crate) async fn lock_run(tx: &db::Tx, (coop, id): (CoopId, RunId)) -> Result<Run, PayoutsError> {
    let row = run::Entity::in_coop(coop).filter(run::Column::RunId.eq(id.0)).lock_exclusive().one(tx).await?;
    Ok(row.ok_or(PayoutsError::NoRun(id))?.try_into()?)
}

/// Writes what a run has become.
pub(crate) async fn update_run(tx: &db::Tx, coop: CoopId, changed: &Run) -> Result<(), DbErr> {
    use sea_orm::ActiveValue::{Set, Unchanged};
    let row = run::ActiveModel {
        coop_id: Unchanged(coop.0),
        run_id: Unchanged(changed.id.0),
        status: Set(changed.status),
        approved_by: Set(changed.approved.map(|(by, _)| by.0)),
        approved_at: Set(changed.approved.map(|(_, at)| at)),
        held_reason: Set(changed.held_reason.clone()),
        cancelled_reason: Set(changed.cancelled_reason.clone()),
        ..Default::default()
    };
    run::Entity::update(row).exec(tx).await?;
    Ok(())
}
