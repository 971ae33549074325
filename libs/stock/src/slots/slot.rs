//! Making, changing and reading slots.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::statement;
use kernel::{Actor, CoopId, LocationId, Permission, VariantId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{
    drops::{below_taken, no_such_thing},
    promises::{PromiseError, Promises, SlotId, name, positive},
};

const MAX_PLACES: i32 = 100_000;

/// A slot to be made.
#[derive(Clone, Debug)]
pub struct NewSlot {
    /// Its number: making it again with it is the same slot.
    pub id: SlotId,
    /// What people call it.
    pub name: String,
    /// What is sold with a place, if anything.
    pub variant: Option<VariantId>,
    /// Where.
    pub location: Option<LocationId>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Places.
    pub capacity: i32,
}

/// What of a slot is to be different.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeSlot {
    /// From when.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when.
    pub ends_at: Option<DateTime<Utc>>,
    /// Places.
    pub capacity: Option<i32>,
}

/// Something with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its number.
    pub id: SlotId,
    /// What people call it.
    pub name: String,
    /// What is sold with a place, if anything.
    pub variant: Option<VariantId>,
    /// Where.
    pub location: Option<LocationId>,
    /// From when.
    pub starts_at: DateTime<Utc>,
    /// Until when.
    pub ends_at: DateTime<Utc>,
    /// Places.
    pub capacity: i32,
    /// Places that are taken.
    pub taken: i32,
}

#[derive(FromQueryResult)]
struct Row {
    slot_id: Uuid,
    name: String,
    variant_id: Option<Uuid>,
    location_id: Option<Uuid>,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    capacity: i32,
    taken: i32,
}

const READ: &str = "select slot_id, name, variant_id, location_id, starts_at, ends_at, capacity, taken from slot";

impl From<Row> for Slot {
    fn from(row: Row) -> Self {
        Self {
            id: SlotId(row.slot_id),
            name: row.name,
            variant: row.variant_id.map(VariantId),
            location: row.location_id.map(LocationId),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            capacity: row.capacity,
            taken: row.taken,
        }
    }
}

impl Promises {
    /// Makes a slot. Again with the same number: the same slot.
    #[tracing::instrument(name = "slots.create", skip_all, fields(coop.id = %actor.coop, slot.id = %new.id))]
    pub async fn create_slot(&self, actor: &Actor, new: NewSlot) -> Result<Slot, PromiseError> {
        const INSERT: &str = "
            insert into slot (coop_id, slot_id, name, variant_id, location_id, starts_at, ends_at, capacity, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
        actor.require(Permission::StockWrite)?;
        let (starts_at, ends_at) = (new.starts_at.trunc_subsecs(6), new.ends_at.trunc_subsecs(6));
        let NewSlot { id, variant, location, capacity, .. } = new;
        let wanted = Slot { id, name: name(&new.name)?, variant, location, starts_at, ends_at, capacity, taken: 0 };
        positive("the number of places", capacity, MAX_PLACES)?;
        in_order(starts_at, ends_at)?;
        let values = [
            actor.coop.0.into(),
            id.0.into(),
            wanted.name.as_str().into(),
            variant.map(|variant| variant.0).into(),
            location.map(|location| location.0).into(),
            starts_at.into(),
            ends_at.into(),
            capacity.into(),
            self.clock.now().into(),
        ];
        let tx = db::begin(&self.db, actor.coop).await?;
        tx.execute_raw(statement(INSERT, values)).await.map_err(no_such_thing)?;
        let made = get(&tx, actor.coop, id).await?;
        tx.commit().await?;
        if wanted == (Slot { taken: 0, ..made.clone() }) { Ok(made) } else { Err(PromiseError::Taken) }
    }

    /// Moves a slot, or gives it more or fewer places: never fewer than are taken.
    #[tracing::instrument(name = "slots.change", skip_all, fields(coop.id = %actor.coop, slot.id = %id))]
    pub async fn change_slot(&self, actor: &Actor, id: SlotId, change: ChangeSlot) -> Result<Slot, PromiseError> {
        const CHANGE: &str = "update slot set starts_at = $3, ends_at = $4, capacity = $5 where coop_id = $1 and slot_id = $2";
        actor.require(Permission::StockWrite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = get(&tx, actor.coop, id).await?;
        let (starts_at, ends_at) = (change.starts_at.unwrap_or(was.starts_at), change.ends_at.unwrap_or(was.ends_at));
        let capacity = positive("the number of places", change.capacity.unwrap_or(was.capacity), MAX_PLACES)?;
        in_order(starts_at, ends_at)?;
        let values = [actor.coop.0.into(), id.0.into(), starts_at.into(), ends_at.into(), capacity.into()];
        tx.execute_raw(statement(CHANGE, values)).await.map_err(below_taken)?;
        let changed = get(&tx, actor.coop, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// A slot.
    pub async fn slot(&self, coop: CoopId, id: SlotId) -> Result<Slot, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = get(&tx, coop, id).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The slots after that one, by when they start, latest first.
    pub async fn slots_page(&self, coop: CoopId, limit: i64, after: Option<(DateTime<Utc>, SlotId)>) -> Result<Vec<Slot>, PromiseError> {
        let sql = format!(
            "{READ} where coop_id = $1 and ($3::timestamptz is null or (starts_at, slot_id) < ($3, $4)) order by starts_at desc, slot_id desc limit $2"
        );
        let (at, id) = after.map_or((None, None), |(at, id)| (Some(at), Some(id.0)));
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, [coop.0.into(), limit.into(), at.into(), id.into()])).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Slot::from).collect())
    }
}

fn in_order(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> Result<(), PromiseError> {
    if starts_at < ends_at { Ok(()) } else { Err(PromiseError::Invalid("a slot ends after it starts".to_owned())) }
}

/// The slot.
pub(super) async fn get(db: &impl ConnectionTrait, coop: CoopId, id: SlotId) -> Result<Slot, PromiseError> {
    let sql = format!("{READ} where coop_id = $1 and slot_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    row.map(Slot::from).ok_or(PromiseError::NoSlot(id))
}
