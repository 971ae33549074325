//! Writing movements down, and reading them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use db::{column, statement, word_of};
use kernel::{ApiKeyId, CoopId, LocationId, LotId, MovementId, PersonId, ReservationId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{Moved, Movement, movement::word};
use crate::{AllocationId, CountId, StockError, TransferId};

const INSERT: &str = "
insert into movement (coop_id, movement_id, kind, lot_id, location_id, quantity, at, reason, allocation_id, reservation_id, transfer_id, count_id)
select $1, movement_id, kind::movement_kind, lot_id, location_id, quantity, at, nullif(reason, ''), nullif(allocation_id, $13),
       nullif(reservation_id, $13), nullif(transfer_id, $13), nullif(count_id, $13)
from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::int4[], $7::timestamptz[], $8::text[], $9::uuid[], $10::uuid[], $11::uuid[],
    $12::uuid[]) as new (movement_id, kind, lot_id, location_id, quantity, at, reason, allocation_id, reservation_id, transfer_id, count_id)
on conflict (coop_id, movement_id) do nothing
returning movement_id";

#[derive(FromQueryResult)]
struct Id {
    movement_id: Uuid,
}

#[derive(FromQueryResult)]
struct Row {
    movement_id: Uuid,
    kind: String,
    lot_id: Uuid,
    location_id: Uuid,
    quantity: i32,
    at: DateTime<Utc>,
    recorded_at: DateTime<Utc>,
    person_id: Option<Uuid>,
    key_id: Option<Uuid>,
    reason: Option<String>,
    allocation_id: Option<Uuid>,
    reservation_id: Option<Uuid>,
    transfer_id: Option<Uuid>,
    count_id: Option<Uuid>,
}

impl TryFrom<Row> for Moved {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let movement = Movement {
            id: MovementId(row.movement_id),
            kind: word(row.kind)?,
            lot: LotId(row.lot_id),
            location: LocationId(row.location_id),
            quantity: row.quantity,
            at: row.at,
            reason: row.reason,
            allocation: row.allocation_id.map(AllocationId),
            reservation: row.reservation_id.map(ReservationId),
            transfer: row.transfer_id.map(TransferId),
            count: row.count_id.map(CountId),
        };
        Ok(Self { movement, recorded_at: row.recorded_at, person: row.person_id.map(PersonId), key: row.key_id.map(ApiKeyId) })
    }
}

/// Writes movements down with one statement; the sums follow. A number that is known already is not written again.
///
/// # Errors
/// [`StockError::LotShort`] when a lot would have less than nothing, or less than is promised of it: nothing is written then.
/// [`StockError::Taken`] when a number is another movement's.
pub async fn record(tx: &db::Tx, coop: CoopId, movements: &[Movement]) -> Result<(), StockError> {
    if movements.is_empty() {
        return Ok(());
    }
    let written = Id::find_by_statement(statement(INSERT, values(coop, movements)?)).all(tx).await?;
    if written.len() == movements.len() {
        return Ok(());
    }
    let written: BTreeSet<Uuid> = written.into_iter().map(|row| row.movement_id).collect();
    let known: Vec<&Movement> = movements.iter().filter(|movement| !written.contains(&movement.id.0)).collect();
    refuse_others(tx, coop, &known).await
}

fn values(coop: CoopId, rows: &[Movement]) -> Result<Vec<Value>, DbErr> {
    let kinds: Vec<String> = rows.iter().map(|row| word_of(row.kind)).collect::<Result<_, _>>()?;
    Ok(vec![
        coop.0.into(),
        column(rows, |row| row.id.0),
        kinds.into(),
        column(rows, |row| row.lot.0),
        column(rows, |row| row.location.0),
        column(rows, |row| row.quantity),
        column(rows, |row| row.at),
        column(rows, |row| row.reason.clone().unwrap_or_default()),
        column(rows, |row| row.allocation.map_or(Uuid::nil(), |id| id.0)),
        column(rows, |row| row.reservation.map_or(Uuid::nil(), |id| id.0)),
        column(rows, |row| row.transfer.map_or(Uuid::nil(), |id| id.0)),
        column(rows, |row| row.count.map_or(Uuid::nil(), |id| id.0)),
        Uuid::nil().into(),
    ])
}

/// What was reported before has to be the same as now, but for the moment and the words.
async fn refuse_others(tx: &db::Tx, coop: CoopId, known: &[&Movement]) -> Result<(), StockError> {
    const KNOWN: &str = "
        select movement_id, kind::text as kind, lot_id, location_id, quantity, at, recorded_at, person_id, key_id, reason, allocation_id,
               reservation_id, transfer_id, count_id
        from movement where coop_id = $1 and movement_id = any ($2)";
    let ids: Vec<Uuid> = known.iter().map(|movement| movement.id.0).collect();
    let rows = Row::find_by_statement(statement(KNOWN, [coop.0.into(), ids.into()])).all(tx).await?;
    let stored: Vec<Moved> = rows.into_iter().map(Moved::try_from).collect::<Result<_, _>>()?;
    let what = |movement: &Movement| (movement.id, movement.kind, movement.lot, movement.location, movement.quantity, movement.allocation);
    let other = known.iter().find(|movement| !stored.iter().any(|moved| what(&moved.movement) == what(movement)));
    other.map_or(Ok(()), |movement| Err(StockError::taken_movement(movement.id)))
}

/// What happened to a lot, or to all of them, oldest first, after that movement.
pub async fn movements_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    lot: Option<LotId>,
    (limit, after): (i64, Option<MovementId>),
) -> Result<Vec<Moved>, StockError> {
    const PAGE: &str = "
        select movement_id, kind::text as kind, lot_id, location_id, quantity, at, recorded_at, person_id, key_id, reason, allocation_id,
               reservation_id, transfer_id, count_id
        from movement where coop_id = $1 and ($2::uuid is null or lot_id = $2) and movement_id > $3
        order by movement_id limit $4";
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows =
        Row::find_by_statement(statement(PAGE, [coop.0.into(), lot.map(|lot| lot.0).into(), after.into(), limit.into()])).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}
