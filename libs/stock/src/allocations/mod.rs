//! Allocations: units of a lot that are set aside where they lie, for a stall, the web, a stream or boxes. Only who sells for that
//! purpose takes them; what is not taken can be pulled back.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{statement, word_of};
use kernel::{Actor, CoopId, LocationId, LotId, MovementId, Permission};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AllocationId, Movement, MovementKind, Stock, StockError, lots, movements::word, record, words};

/// What units are set aside for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To be sold at a stall.
    Stall,
    /// To be sold on the web.
    Web,
    /// To be sold on a live stream.
    Stream,
    /// To go into boxes.
    Box,
}

/// Units to be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAllocation {
    /// Its number: allocating again with it, and another movement, adds to it.
    pub id: AllocationId,
    /// The number of the movement: allocating again with it is the same.
    pub movement: MovementId,
    /// Of which lot.
    pub lot: LotId,
    /// Where they lie, and stay.
    pub location: LocationId,
    /// For what.
    pub purpose: Purpose,
    /// Which stall, which stream; may be empty.
    pub name: String,
    /// How many units.
    pub quantity: i32,
}

/// Units to be pulled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullBack {
    /// The number of the movement: pulling back again with it is the same.
    pub movement: MovementId,
    /// Out of which allocation.
    pub allocation: AllocationId,
    /// How many units; whatever is not taken when there is no number.
    pub quantity: Option<i32>,
}

/// Units that are set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Its number.
    pub id: AllocationId,
    /// Of which lot.
    pub lot: LotId,
    /// Where they lie.
    pub location: LocationId,
    /// For what.
    pub purpose: Purpose,
    /// Which stall, which stream.
    pub name: String,
    /// Units that were set aside and not pulled back.
    pub quantity: i32,
    /// Units of them that somebody holds, or that were sold.
    pub taken: i32,
    /// When they were set aside first.
    pub created_at: DateTime<Utc>,
}

impl Allocation {
    /// Units that nobody has taken.
    pub const fn rest(&self) -> i32 {
        self.quantity - self.taken
    }
}

#[derive(FromQueryResult)]
struct Row {
    allocation_id: Uuid,
    lot_id: Uuid,
    location_id: Uuid,
    purpose: String,
    name: String,
    quantity: i32,
    taken: i32,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Allocation {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: AllocationId(row.allocation_id),
            lot: LotId(row.lot_id),
            location: LocationId(row.location_id),
            purpose: word(row.purpose)?,
            name: row.name,
            quantity: row.quantity,
            taken: row.taken,
            created_at: row.created_at,
        })
    }
}

/// The allocations of these numbers; those that are not there are left out.
pub async fn allocations_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[AllocationId]) -> Result<Vec<Allocation>, StockError> {
    const OF: &str = "
        select allocation_id, lot_id, location_id, purpose::text as purpose, name, quantity, taken, created_at
        from stock_allocation where coop_id = $1 and allocation_id = any ($2)";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(OF, [coop.0.into(), ids.into()])).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

/// Allocations in the order of their numbers, after that one; of one lot, if that is asked.
pub async fn allocations_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    lot: Option<LotId>,
    (limit, after): (i64, Option<AllocationId>),
) -> Result<Vec<Allocation>, StockError> {
    const PAGE: &str = "
        select allocation_id, lot_id, location_id, purpose::text as purpose, name, quantity, taken, created_at
        from stock_allocation
        where coop_id = $1 and ($2::uuid is null or lot_id = $2) and allocation_id > $3 order by allocation_id limit $4";
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows =
        Row::find_by_statement(statement(PAGE, [coop.0.into(), lot.map(|lot| lot.0).into(), after.into(), limit.into()])).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

async fn get(db: &impl ConnectionTrait, coop: CoopId, id: AllocationId) -> Result<Allocation, StockError> {
    allocations_of(db, coop, &[id]).await?.pop().ok_or(StockError::NoAllocation(id))
}

impl Stock {
    /// Sets units aside out of what is free. The same movement again changes nothing.
    #[tracing::instrument(name = "stock.allocate", skip_all, fields(coop.id = %actor.coop, allocation.id = %new.id))]
    pub async fn allocate(&self, actor: &Actor, new: &NewAllocation) -> Result<Allocation, StockError> {
        const LIES: &str = "select 1 as here from stock where coop_id = $1 and lot_id = $2 and location_id = $3";
        const INSERT: &str = "
            insert into stock_allocation (coop_id, allocation_id, lot_id, location_id, purpose, name)
            values ($1, $2, $3, $4, $5::allocation_purpose, $6) on conflict (coop_id, allocation_id) do nothing";
        actor.require(Permission::StockWrite)?;
        let quantity = words::units(new.quantity)?;
        let name = if new.name.trim().is_empty() { String::new() } else { words::name("an allocation", &new.name)? };
        let (coop, now) = (actor.coop, self.clock.now().trunc_subsecs(6));
        let tx = db::begin(&self.db, coop).await?;
        lots::known(&tx, coop, &[new.lot]).await?;
        let place = [coop.0.into(), new.lot.0.into(), new.location.0.into()];
        tx.query_one_raw(statement(LIES, place)).await?.ok_or(StockError::NoLocation(new.location))?;
        let values =
            [coop.0.into(), new.id.0.into(), new.lot.0.into(), new.location.0.into(), word_of(new.purpose)?.into(), name.as_str().into()];
        tx.execute_raw(statement(INSERT, values)).await?;
        let movement = Movement {
            id: new.movement,
            allocation: Some(new.id),
            ..Movement::new(MovementKind::Allocated, (new.lot, new.location), quantity, now)
        };
        record(&tx, coop, &[movement]).await?;
        let made = get(&tx, coop, new.id).await?;
        if (made.lot, made.location, made.purpose, &made.name) != (new.lot, new.location, new.purpose, &name) {
            return Err(StockError::taken("allocation", new.id));
        }
        tx.commit().await?;
        Ok(made)
    }

    /// Pulls units back that nobody has taken: they are free again. Nothing left: nothing happens.
    #[tracing::instrument(name = "stock.pull_back", skip_all, fields(coop.id = %actor.coop, allocation.id = %ask.allocation))]
    pub async fn pull_back(&self, actor: &Actor, ask: PullBack) -> Result<Allocation, StockError> {
        const SEEN: &str = "select 1 as seen from movement where coop_id = $1 and movement_id = $2 and allocation_id = $3 and quantity < 0";
        actor.require(Permission::StockWrite)?;
        let quantity = ask.quantity.map(words::units).transpose()?;
        let (coop, now) = (actor.coop, self.clock.now().trunc_subsecs(6));
        let tx = db::begin(&self.db, coop).await?;
        let was = get(&tx, coop, ask.allocation).await?;
        let seen = [coop.0.into(), ask.movement.0.into(), ask.allocation.0.into()];
        // All of it was pulled back under this number already: what has come free since is another matter
        if quantity.is_none() && tx.query_one_raw(statement(SEEN, seen)).await?.is_some() {
            return Ok(was);
        }
        let quantity = quantity.unwrap_or_else(|| was.rest());
        if quantity == 0 {
            return Ok(was);
        }
        let movement = Movement {
            id: ask.movement,
            allocation: Some(ask.allocation),
            ..Movement::new(MovementKind::Allocated, (was.lot, was.location), -quantity, now)
        };
        record(&tx, coop, &[movement]).await?;
        let left = get(&tx, coop, ask.allocation).await?;
        tx.commit().await?;
        Ok(left)
    }
}
