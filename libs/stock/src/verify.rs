//! Recomputes the sums of the stock from its records and names the first thing that differs.

use db::statement;
use kernel::{CoopId, LocationId, LotId, ReservationId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, FromQueryResult};
use uuid::Uuid;

use crate::{AllocationId, StockError};

/// The first thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Sums that are not those of the movements, allocations and reservations.
    #[error(
        "lot {lot} at location {location}: its sums say {sums:?} on hand, reserved and allocated, its movements, reservations and allocations {records:?}"
    )]
    Sums {
        /// Which lot.
        lot: LotId,
        /// Where.
        location: LocationId,
        /// On hand, reserved, allocated, as kept.
        sums: [i64; 3],
        /// The same by the records.
        records: [i64; 3],
    },
    /// An allocation that is not the sum of its movements and of what was taken from it.
    #[error("allocation {allocation}: it says {sums:?} units and taken, its movements and reservations {records:?}")]
    Allocation {
        /// Which one.
        allocation: AllocationId,
        /// Units and taken ones, as kept.
        sums: [i64; 2],
        /// The same by the records.
        records: [i64; 2],
    },
    /// A lot of which other than its quantity was received.
    #[error("lot {lot}: {quantity} units were handed in, its movements received {received}")]
    Lot {
        /// Which one.
        lot: LotId,
        /// As kept.
        quantity: i64,
        /// By its movements.
        received: i64,
    },
    /// A reservation of which other units were sold than it held, or that sold without being confirmed.
    #[error("reservation {0}: other units were sold than it held")]
    Reservation(ReservationId),
}

/// The result of [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Movements looked at.
    pub movements: i64,
    /// The first difference; `None` when everything agrees.
    pub difference: Option<Difference>,
}

#[derive(FromQueryResult)]
struct SumsRow {
    lot_id: Uuid,
    location_id: Uuid,
    on_hand: i64,
    reserved: i64,
    allocated: i64,
    moved: i64,
    held: i64,
    aside: i64,
}

const SUMS: &str = "
with moved as (
    select lot_id, location_id, sum(quantity) filter (where kind <> 'allocated') as moved
    from movement where coop_id = $1 group by lot_id, location_id
), held as (
    select line.lot_id, line.location_id, sum(line.quantity) as held
    from reservation join reservation_line line on line.coop_id = reservation.coop_id and line.reservation_id = reservation.reservation_id
    where reservation.coop_id = $1 and reservation.state = 'held' group by line.lot_id, line.location_id
), aside as (
    select lot_id, location_id, sum(quantity - taken) as aside from stock_allocation where coop_id = $1 group by lot_id, location_id
), sums as (
    select lot_id, location_id, on_hand, reserved, allocated from stock where coop_id = $1
)
select lot_id, location_id, coalesce(on_hand, 0)::int8 as on_hand, coalesce(reserved, 0)::int8 as reserved, coalesce(allocated, 0)::int8 as allocated,
       coalesce(moved, 0)::int8 as moved, coalesce(held, 0)::int8 as held, coalesce(aside, 0)::int8 as aside
from sums full join moved using (lot_id, location_id) full join held using (lot_id, location_id) full join aside using (lot_id, location_id)
where (coalesce(on_hand, 0), coalesce(reserved, 0), coalesce(allocated, 0)) is distinct from (coalesce(moved, 0), coalesce(held, 0), coalesce(aside, 0))
order by lot_id, location_id limit 1";

#[derive(FromQueryResult)]
struct AllocationRow {
    allocation_id: Uuid,
    quantity: i64,
    taken: i64,
    moved: i64,
    held: i64,
}

const ALLOCATIONS: &str = "
with moved as (
    select allocation_id, sum(quantity) as moved from movement where coop_id = $1 and kind = 'allocated' group by allocation_id
), held as (
    select line.allocation_id, sum(line.quantity) as held
    from reservation join reservation_line line on line.coop_id = reservation.coop_id and line.reservation_id = reservation.reservation_id
    where reservation.coop_id = $1 and reservation.state in ('held', 'confirmed') and line.allocation_id is not null group by line.allocation_id
), kept as (
    select allocation_id, quantity, taken from stock_allocation where coop_id = $1
)
select allocation_id, coalesce(quantity, 0)::int8 as quantity, coalesce(taken, 0)::int8 as taken, coalesce(moved, 0)::int8 as moved,
       coalesce(held, 0)::int8 as held
from kept full join moved using (allocation_id) full join held using (allocation_id)
where (coalesce(quantity, 0), coalesce(taken, 0)) is distinct from (coalesce(moved, 0), coalesce(held, 0))
order by allocation_id limit 1";

#[derive(FromQueryResult)]
struct LotRow {
    lot_id: Uuid,
    quantity: i64,
    received: i64,
}

const LOTS: &str = "
select lot.lot_id, lot.quantity::int8 as quantity, coalesce(moved.received, 0)::int8 as received
from lot left join (
    select lot_id, sum(quantity) as received from movement where coop_id = $1 and kind = 'received' group by lot_id
) moved on moved.lot_id = lot.lot_id
where lot.coop_id = $1 and moved.received is distinct from lot.quantity
order by lot.lot_id limit 1";

const RESERVATIONS: &str = "
with held as (
    select reservation.reservation_id, line.lot_id, line.location_id, sum(line.quantity) as quantity
    from reservation join reservation_line line on line.coop_id = reservation.coop_id and line.reservation_id = reservation.reservation_id
    where reservation.coop_id = $1 and reservation.state = 'confirmed' group by 1, 2, 3
), sold as (
    select reservation_id, lot_id, location_id, -sum(quantity) as quantity from movement
    where coop_id = $1 and kind = 'sold' and reservation_id is not null group by 1, 2, 3
)
select reservation_id from held full join sold using (reservation_id, lot_id, location_id)
where held.quantity is distinct from sold.quantity order by reservation_id limit 1";

/// Recomputes all sums, allocations, lots and sold reservations of a co-op, in one snapshot.
pub async fn verify(db: &DatabaseConnection, coop: CoopId) -> Result<Verdict, StockError> {
    const COUNT: &str = "select count(*) as movements from movement where coop_id = $1";
    let tx = db::begin_snapshot(db, coop).await?;
    let movements = match tx.query_one_raw(statement(COUNT, [coop.0.into()])).await? {
        Some(row) => row.try_get("", "movements")?,
        None => 0,
    };
    let difference = first(&tx, coop).await?;
    tx.commit().await?;
    Ok(Verdict { movements, difference })
}

async fn first(tx: &db::Tx, coop: CoopId) -> Result<Option<Difference>, StockError> {
    let of = |sql| statement(sql, [coop.0.into()]);
    if let Some(row) = SumsRow::find_by_statement(of(SUMS)).one(tx).await? {
        let (lot, location) = (LotId(row.lot_id), LocationId(row.location_id));
        let (sums, records) = ([row.on_hand, row.reserved, row.allocated], [row.moved, row.held, row.aside]);
        return Ok(Some(Difference::Sums { lot, location, sums, records }));
    }
    if let Some(row) = AllocationRow::find_by_statement(of(ALLOCATIONS)).one(tx).await? {
        let (sums, records) = ([row.quantity, row.taken], [row.moved, row.held]);
        return Ok(Some(Difference::Allocation { allocation: AllocationId(row.allocation_id), sums, records }));
    }
    if let Some(row) = LotRow::find_by_statement(of(LOTS)).one(tx).await? {
        return Ok(Some(Difference::Lot { lot: LotId(row.lot_id), quantity: row.quantity, received: row.received }));
    }
    let row = tx.query_one_raw(of(RESERVATIONS)).await?;
    Ok(row.map(|row| row.try_get("", "reservation_id").map(|id| Difference::Reservation(ReservationId(id)))).transpose()?)
}
