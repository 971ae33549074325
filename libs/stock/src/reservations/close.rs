//! The end of a hold: sold, let go, or run out.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use db::statement;
use kernel::{CoopId, LocationId, LotId, ReservationId};
use sea_orm::ConnectionTrait as _;

use super::{Reservation, ReservationState, read};
use crate::{Movement, MovementKind, StockError, record};

/// Reservations that are freed with one statement.
const FREED_AT_ONCE: i64 = 500;

/// Sells what is held, in the transaction that makes the sale. Again: the same answer and nothing more.
///
/// # Errors
/// [`StockError::Over`] when the hold has ended by then, whether or not a job has freed it already.
#[tracing::instrument(name = "stock.confirm", skip_all, fields(coop.id = %coop, reservation.id = %id))]
pub async fn confirm(tx: &db::Tx, coop: CoopId, id: ReservationId, now: DateTime<Utc>) -> Result<Reservation, StockError> {
    const CONFIRM: &str = "
        update reservation set state = 'confirmed', closed_at = $3
        where coop_id = $1 and reservation_id = $2 and state = 'held' and expires_at > $3";
    let now = now.trunc_subsecs(6);
    let is_now = tx.execute_raw(statement(CONFIRM, [coop.0.into(), id.0.into(), now.into()])).await?.rows_affected() > 0;
    let found = read::get(tx, coop, id).await?;
    match found.state {
        ReservationState::Confirmed if is_now => {
            record(tx, coop, &sold(&found, now)).await?;
            Ok(found)
        }
        ReservationState::Confirmed => Ok(found),
        ReservationState::Held | ReservationState::Expired => Err(StockError::Over { id, state: ReservationState::Expired }),
        ReservationState::Released => Err(StockError::Over { id, state: ReservationState::Released }),
    }
}

/// One movement for each lot and location.
fn sold(reservation: &Reservation, now: DateTime<Utc>) -> Vec<Movement> {
    let mut sums: BTreeMap<(LotId, LocationId), i32> = BTreeMap::new();
    for line in &reservation.lines {
        *sums.entry((line.lot, line.location)).or_default() += line.quantity;
    }
    let movement = |(place, quantity): ((LotId, LocationId), i32)| Movement {
        reservation: Some(reservation.id),
        ..Movement::new(MovementKind::Sold, place, -quantity, now)
    };
    sums.into_iter().map(movement).collect()
}

/// Lets go of what is held: it is free again, or set aside as before. What has ended otherwise stays as it is.
///
/// # Errors
/// [`StockError::Over`] when it was sold.
#[tracing::instrument(name = "stock.release", skip_all, fields(coop.id = %coop, reservation.id = %id))]
pub async fn release(tx: &db::Tx, coop: CoopId, id: ReservationId, now: DateTime<Utc>) -> Result<Reservation, StockError> {
    const RELEASE: &str = "
        update reservation set state = 'released', closed_at = $3 where coop_id = $1 and reservation_id = $2 and state = 'held'";
    tx.execute_raw(statement(RELEASE, [coop.0.into(), id.0.into(), now.trunc_subsecs(6).into()])).await?;
    let found = read::get(tx, coop, id).await?;
    match found.state {
        ReservationState::Confirmed => Err(StockError::Over { id, state: ReservationState::Confirmed }),
        ReservationState::Held | ReservationState::Released | ReservationState::Expired => Ok(found),
    }
}

/// Frees what has run out in these co-ops, and says how many reservations that were: a full batch means that there may be
/// more. Any number may do so at once.
pub async fn expire(tx: &db::Tx, coops: &[CoopId], now: DateTime<Utc>) -> Result<Vec<(CoopId, ReservationId)>, StockError> {
    const EXPIRE: &str = "
        update reservation set state = 'expired', closed_at = $2
        from (select coop_id, reservation_id from reservation where coop_id = any ($1) and state = 'held' and expires_at <= $2
              order by coop_id, expires_at limit $3 for update skip locked) due
        where reservation.coop_id = due.coop_id and reservation.reservation_id = due.reservation_id
        returning reservation.coop_id, reservation.reservation_id";
    let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
    let rows = tx.query_all_raw(statement(EXPIRE, [ids.into(), now.trunc_subsecs(6).into(), FREED_AT_ONCE.into()])).await?;
    let read = |row: &sea_orm::QueryResult| Ok((CoopId(row.try_get("", "coop_id")?), ReservationId(row.try_get("", "reservation_id")?)));
    rows.iter().map(read).collect()
}
