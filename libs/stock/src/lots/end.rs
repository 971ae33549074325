//! The end of lots: what nobody holds of them is returned, donated or pooled.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};
use db::statement;
use kernel::{Clock, CoopId, LocationId, LotId, VariantId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::receive::{Line, insert};
use crate::{AllocationId, Movement, MovementKind, StockError, record};

/// Lots that are ended in one transaction.
const AT_ONCE: i64 = 200;

/// The units of a lot at one location, locked.
#[derive(FromQueryResult)]
struct Here {
    lot_id: Uuid,
    location_id: Uuid,
    variant_id: Uuid,
    on_hand: i32,
    reserved: i32,
    ending: String,
    heir: i64,
}

/// What is still set aside of them.
#[derive(FromQueryResult)]
struct Aside {
    allocation_id: Uuid,
    lot_id: Uuid,
    location_id: Uuid,
    rest: i32,
}

/// Rows are locked in the order of their key, as every writer does.
const LOCK: &str = "
select stock.lot_id, stock.location_id, stock.variant_id, stock.on_hand, stock.reserved,
       case when lot.recalled_at is not null then 'return' else coalesce(version.ending::text, 'return') end as ending,
       coalesce(version.pool_party_id, (select party_id from party where party.coop_id = $1 and kind = 'coop'), 0) as heir
from lock_stock($1, $2, null) stock
join lot on lot.coop_id = stock.coop_id and lot.lot_id = stock.lot_id
left join consignment_version version on version.coop_id = lot.coop_id and version.version_id = lot.version_id
order by stock.lot_id, stock.location_id";
const ASIDE: &str = "
select allocation_id, lot_id, location_id, quantity - taken as rest from stock_allocation
where coop_id = $1 and lot_id = any ($2) and quantity > taken order by allocation_id";
const CLOSE: &str = "
update lot set closed_at = $3
where coop_id = $1 and lot_id = any ($2) and closed_at is null
  and not exists (select from stock where stock.coop_id = $1 and stock.lot_id = lot.lot_id and stock.stocked)
  and not exists (
      select from stock_transfer_line line join stock_transfer transfer on transfer.coop_id = line.coop_id and transfer.transfer_id = line.transfer_id
      where line.coop_id = $1 and line.lot_id = lot.lot_id and transfer.received_at is null)";

/// Ends these lots as far as nobody holds their units: allocations are pulled back, what is free goes. Returns how many units
/// went. Twice: the second time nothing is left to go.
pub(crate) async fn end(tx: &db::Tx, coop: CoopId, lots: &[LotId], now: DateTime<Utc>) -> Result<i64, StockError> {
    if lots.is_empty() {
        return Ok(0);
    }
    let now = now.trunc_subsecs(6);
    let ids: Vec<Uuid> = lots.iter().map(|lot| lot.0).collect();
    let of_lots = || -> [Value; 2] { [coop.0.into(), ids.clone().into()] };
    let here = Here::find_by_statement(statement(LOCK, of_lots())).all(tx).await?;
    let aside = Aside::find_by_statement(statement(ASIDE, of_lots())).all(tx).await?;
    let mut movements: Vec<Movement> = aside.iter().map(|aside| aside.pulled_back(now)).collect();
    let mut heirs = Vec::new();
    let mut gone = 0;
    for row in here.iter().filter(|row| row.on_hand > row.reserved) {
        gone += i64::from(row.on_hand - row.reserved);
        movements.push(row.going(now)?);
        if row.ending == "pool" {
            let (line, received) = row.inherited(now);
            heirs.push(line);
            movements.push(received);
        }
    }
    insert(tx, coop, now, &heirs).await?;
    record(tx, coop, &movements).await?;
    let [coop_id, ids] = of_lots();
    tx.execute_raw(statement(CLOSE, [coop_id, ids, now.into()])).await?;
    Ok(gone)
}

impl Aside {
    fn pulled_back(&self, now: DateTime<Utc>) -> Movement {
        let place = (LotId(self.lot_id), LocationId(self.location_id));
        let allocation = Some(AllocationId(self.allocation_id));
        Movement { allocation, ..Movement::new(MovementKind::Allocated, place, -self.rest, now) }
    }
}

impl Here {
    /// What is free goes.
    fn going(&self, now: DateTime<Utc>) -> Result<Movement, DbErr> {
        let kind = match self.ending.as_str() {
            "return" => MovementKind::Returned,
            "donate" => MovementKind::Donated,
            "pool" => MovementKind::Pooled,
            other => return Err(DbErr::Type(format!("{other} is no ending"))),
        };
        let place = (LotId(self.lot_id), LocationId(self.location_id));
        Ok(Movement::new(kind, place, self.reserved - self.on_hand, now))
    }

    /// What is pooled is a lot of the pool's, at the same place.
    fn inherited(&self, now: DateTime<Utc>) -> (Line, Movement) {
        let (lot, quantity) = (LotId(Uuid::now_v7()), self.on_hand - self.reserved);
        let line = Line {
            lot,
            variant: VariantId(self.variant_id),
            owner: self.heir,
            terms: None,
            quantity,
            expires_at: None,
            ends_at: None,
            from: Some(LotId(self.lot_id)),
        };
        (line, Movement::new(MovementKind::Received, (lot, LocationId(self.location_id)), quantity, now))
    }
}

#[derive(FromQueryResult)]
struct Due {
    coop_id: i32,
    lot_id: Uuid,
}

/// Ends the lots of these co-ops whose time has come, and what has come free of lots that ended or were recalled before.
/// Returns how many units went. For the worker's schedule.
pub async fn end_lots(db: &DatabaseConnection, coops: &[CoopId], clock: &Clock) -> Result<i64, StockError> {
    // Only those of which something can go, or which can be closed: what is held or under way is looked at again later
    const DUE: &str = "
        select lot.coop_id, lot.lot_id from lot
        where lot.coop_id = any ($1) and lot.closed_at is null and lot.ends_at <= $2
          and (exists (select from stock where stock.coop_id = lot.coop_id and stock.lot_id = lot.lot_id and stock.on_hand > stock.reserved)
               or not exists (select from stock where stock.coop_id = lot.coop_id and stock.lot_id = lot.lot_id and stock.stocked)
              and not exists (
                  select from stock_transfer_line line
                  join stock_transfer transfer on transfer.coop_id = line.coop_id and transfer.transfer_id = line.transfer_id
                  where line.coop_id = lot.coop_id and line.lot_id = lot.lot_id and transfer.received_at is null))
        order by lot.ends_at, lot.lot_id limit $3";
    let now = clock.now();
    let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
    let tx = db::begin_many(db, coops).await?;
    let due = Due::find_by_statement(statement(DUE, [ids.into(), now.into(), AT_ONCE.into()])).all(&tx).await?;
    tx.commit().await?;
    let mut of_coops: BTreeMap<i32, Vec<LotId>> = BTreeMap::new();
    for row in due {
        of_coops.entry(row.coop_id).or_default().push(LotId(row.lot_id));
    }
    let mut gone = 0;
    for (coop, lots) in of_coops {
        let tx = db::begin(db, CoopId(coop)).await?;
        gone += end(&tx, CoopId(coop), &lots, now).await?;
        tx.commit().await?;
    }
    Ok(gone)
}
