//! Reading reservations.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, LocationId, LotId, PartyId, ReservationId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{Held, Reservation, ReservationState, Wanted, demand::due};
use crate::{AllocationId, StockError, TermsId, movements::word};

#[derive(FromQueryResult)]
struct Row {
    reservation_id: Uuid,
    state: String,
    source: String,
    held_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
pub(super) struct LineRow {
    pub(super) reservation_id: Uuid,
    variant_id: Uuid,
    lot_id: Uuid,
    location_id: Uuid,
    allocation_id: Option<Uuid>,
    quantity: i32,
    party_id: i64,
    version_id: Option<i64>,
    owner_share: Option<i32>,
    owner_price: Option<i64>,
    currency: Option<String>,
}

/// The units of reservations, with whose they are and what is due for them.
const LINES: &str = "
select line.reservation_id, line.variant_id, line.lot_id, line.location_id, line.allocation_id, line.quantity, lot.party_id, lot.version_id,
       version.owner_share, version.owner_price, version.currency::text as currency
from unnest($2::uuid[]) as wanted (reservation_id)
cross join lateral (select * from reservation_line line
    where line.coop_id = $1 and line.reservation_id = wanted.reservation_id order by line.line offset 0) line
cross join lateral (select party_id, version_id from lot where lot.coop_id = $1 and lot.lot_id = line.lot_id offset 0) lot
left join lateral (select owner_share, owner_price, currency from consignment_version
    where consignment_version.coop_id = $1 and consignment_version.version_id = lot.version_id offset 0) version on true
order by line.reservation_id, line.line";

impl TryFrom<LineRow> for Held {
    type Error = DbErr;

    fn try_from(row: LineRow) -> Result<Self, DbErr> {
        Ok(Self {
            variant: VariantId(row.variant_id),
            lot: LotId(row.lot_id),
            location: LocationId(row.location_id),
            allocation: row.allocation_id.map(AllocationId),
            quantity: row.quantity,
            owner: PartyId(row.party_id),
            terms: row.version_id.map(TermsId),
            due: due(row.owner_share, row.owner_price, row.currency)?,
        })
    }
}

/// The reservations of these numbers; those that are not there are left out.
pub async fn reservations_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[ReservationId]) -> Result<Vec<Reservation>, StockError> {
    const OF: &str = "
        select reservation_id, state::text as state, source, held_at, expires_at, closed_at from reservation
        where coop_id = $1 and reservation_id = any ($2) order by reservation_id";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(OF, [coop.0.into(), ids.into()])).all(db).await?;
    with_lines(db, coop, rows).await
}

/// Reservations in the order of their numbers, after that one; those in one state, if that is asked.
pub async fn reservations_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    state: Option<ReservationState>,
    (limit, after): (i64, Option<ReservationId>),
) -> Result<Vec<Reservation>, StockError> {
    const PAGE: &str = "
        select reservation_id, state::text as state, source, held_at, expires_at, closed_at from reservation
        where coop_id = $1 and ($2 = '' or state::text = $2) and reservation_id > $3 order by reservation_id limit $4";
    let state = state.map(|state| state.to_string()).unwrap_or_default();
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows = Row::find_by_statement(statement(PAGE, [coop.0.into(), state.into(), after.into(), limit.into()])).all(db).await?;
    with_lines(db, coop, rows).await
}

/// A reservation.
pub async fn reservation(db: &impl ConnectionTrait, coop: CoopId, id: ReservationId) -> Result<Reservation, StockError> {
    get(db, coop, id).await
}

pub(super) async fn get(db: &impl ConnectionTrait, coop: CoopId, id: ReservationId) -> Result<Reservation, StockError> {
    reservations_of(db, coop, &[id]).await?.pop().ok_or(StockError::NoReservation(id))
}

/// What was asked for with that number.
pub(super) async fn demand(db: &impl ConnectionTrait, coop: CoopId, id: ReservationId) -> Result<Option<Vec<Wanted>>, StockError> {
    const DEMAND: &str = "select demand::text as demand from reservation where coop_id = $1 and reservation_id = $2";
    let row = db.query_one_raw(statement(DEMAND, [coop.0.into(), id.0.into()])).await?;
    Ok(row.map(|row| db::json(&row, "demand")).transpose()?)
}

async fn with_lines(db: &impl ConnectionTrait, coop: CoopId, rows: Vec<Row>) -> Result<Vec<Reservation>, StockError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.reservation_id).collect();
    let mut lines = lines(db, coop, ids).await?;
    let read = |row: Row| -> Result<Reservation, StockError> {
        let state: ReservationState = word(row.state)?;
        let own: Vec<LineRow> = lines.extract_if(.., |line| line.reservation_id == row.reservation_id).collect();
        Ok(Reservation {
            id: ReservationId(row.reservation_id),
            state,
            source: row.source,
            held_at: row.held_at,
            expires_at: row.expires_at,
            closed_at: row.closed_at,
            lines: own.into_iter().map(Held::try_from).collect::<Result<_, _>>()?,
        })
    };
    rows.into_iter().map(read).collect()
}

pub(super) async fn lines(db: &impl ConnectionTrait, coop: CoopId, ids: Vec<Uuid>) -> Result<Vec<LineRow>, StockError> {
    Ok(LineRow::find_by_statement(statement(LINES, [coop.0.into(), ids.into()])).all(db).await?)
}
