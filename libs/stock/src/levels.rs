//! How much there is: sums of sums, for pages of products and lots.

use db::statement;
use kernel::{CoopId, LocationId, LotId, VariantId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::StockError;

/// How many units there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Lying somewhere.
    pub on_hand: i64,
    /// Of them, held by somebody.
    pub reserved: i64,
    /// Of them, set aside for a purpose and not taken.
    pub allocated: i64,
}

impl Level {
    /// Units that nobody holds and nothing is set aside for.
    pub const fn available(&self) -> i64 {
        self.on_hand - self.reserved - self.allocated
    }
}

/// The units of a lot at one location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// How many.
    pub level: Level,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    on_hand: i64,
    reserved: i64,
    allocated: i64,
}

impl Row {
    const fn level(&self) -> Level {
        Level { on_hand: self.on_hand, reserved: self.reserved, allocated: self.allocated }
    }
}

/// How much there is of each variant, over all lots and locations, those included that are not sold any more. One statement; variants
/// of which there is nothing are left out.
pub async fn levels_of_variants(db: &impl ConnectionTrait, coop: CoopId, ids: &[VariantId]) -> Result<Vec<(VariantId, Level)>, StockError> {
    const LEVELS: &str = "
        select wanted.variant_id as id, sums.* from unnest($2::uuid[]) as wanted (variant_id) cross join lateral (
            select sum(on_hand) as on_hand, sum(reserved) as reserved, sum(allocated) as allocated from stock
            where stock.coop_id = $1 and stock.variant_id = wanted.variant_id and stock.stocked having count(*) > 0 offset 0) sums";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(LEVELS, [coop.0.into(), ids.into()])).all(db).await?;
    Ok(rows.into_iter().map(|row| (VariantId(row.id), row.level())).collect())
}

/// How much is left of each lot, over all locations. One statement; lots of which nothing is left are left out.
pub async fn levels_of_lots(db: &impl ConnectionTrait, coop: CoopId, ids: &[LotId]) -> Result<Vec<(LotId, Level)>, StockError> {
    let places = places_of_lots(db, coop, ids).await?;
    let mut levels: Vec<(LotId, Level)> = Vec::new();
    for place in places {
        match levels.last_mut() {
            Some((lot, level)) if *lot == place.lot => {
                level.on_hand += place.level.on_hand;
                level.reserved += place.level.reserved;
                level.allocated += place.level.allocated;
            }
            _ => levels.push((place.lot, place.level)),
        }
    }
    Ok(levels)
}

#[derive(FromQueryResult)]
struct PlaceRow {
    lot_id: Uuid,
    location_id: Uuid,
    on_hand: i64,
    reserved: i64,
    allocated: i64,
}

/// Where the units of these lots lie, in the order of the lots. One statement.
pub async fn places_of_lots(db: &impl ConnectionTrait, coop: CoopId, ids: &[LotId]) -> Result<Vec<Place>, StockError> {
    const PLACES: &str = "
        select here.* from unnest($2::uuid[]) as wanted (lot_id) cross join lateral (
            select lot_id, location_id, on_hand::int8 as on_hand, reserved::int8 as reserved, allocated::int8 as allocated from stock
            where stock.coop_id = $1 and stock.lot_id = wanted.lot_id and stock.stocked offset 0) here
        order by here.lot_id, here.location_id";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = PlaceRow::find_by_statement(statement(PLACES, [coop.0.into(), ids.into()])).all(db).await?;
    let read = |row: PlaceRow| {
        let PlaceRow { lot_id, location_id, on_hand, reserved, allocated } = row;
        Place { lot: LotId(lot_id), location: LocationId(location_id), level: Level { on_hand, reserved, allocated } }
    };
    Ok(rows.into_iter().map(read).collect())
}
