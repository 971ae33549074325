//! Stock that a file counts: what is free becomes what the file says, by movements.
//!
//! The file's number is what can be sold, not what lies there: units that are promised to somebody or set aside stay beside
//! it. More than is free is counted into the newest lot of that maker there, or handed in as a new lot; less is counted out
//! of the lots, oldest first.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::{CoopId, LocationId, LotId, MovementId, PartyId, VariantId};
use sea_orm::{ConnectionTrait as _, DbErr};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{plan::Shelf, report::Units};

/// A lot that lies on a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lying {
    pub(crate) lot: LotId,
    pub(crate) on_hand: i32,
    pub(crate) free: i32,
}

/// The lots of each shelf, oldest first.
pub(crate) type Lots = HashMap<(VariantId, PartyId, LocationId), Vec<Lying>>;

/// Units that an import moved, as it remembers them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moved {
    pub(crate) movement: MovementId,
    pub(crate) lot: LotId,
    pub(crate) location: LocationId,
    pub(crate) units: i32,
    /// The lot is the import's own.
    pub(crate) made: bool,
}

/// What is written for a shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) what: Moved,
    pub(crate) variant: VariantId,
    pub(crate) maker: PartyId,
    /// What the books expected there.
    pub(crate) expected: i32,
}

const LYING: &str = "
select asked.variant, asked.party, asked.location, lying.lot_id, lying.on_hand, lying.free
from unnest($2::uuid[], $3::int8[], $4::uuid[]) as asked (variant, party, location)
cross join lateral (
    select lot.lot_id, lot.received_at, coalesce(stock.on_hand, 0) as on_hand,
           coalesce(stock.on_hand - stock.reserved - stock.allocated, 0) as free
    from lot join stock on stock.coop_id = $1 and stock.lot_id = lot.lot_id and stock.location_id = asked.location
    where lot.coop_id = $1 and lot.variant_id = asked.variant and lot.party_id = asked.party
      and lot.closed_at is null and lot.recalled_at is null and coalesce(lot.expires_at > $5, true)
    offset 0
) lying
order by lying.received_at, lying.lot_id";
const VARIANTS: &str = "
select variant.sku, variant.variant_id from unnest($2::text[]) as asked (sku)
cross join lateral (select sku, variant_id from variant where coop_id = $1 and sku = asked.sku offset 0) variant";
const NEW_LOTS: &str = "
insert into lot (coop_id, lot_id, variant_id, party_id, quantity, received_at)
select $1, lot, variant, party, units, $6 from unnest($2::uuid[], $3::uuid[], $4::int8[], $5::int4[]) as new (lot, variant, party, units)";
const NEW_COUNTS: &str = "
insert into stock_count (coop_id, count_id, location_id, note, counted_at, counted_by)
select $1, count, location, $4, $5, (nullif(current_setting('guildhall.acting', true), '')::jsonb ->> 'person')::uuid
from unnest($2::uuid[], $3::uuid[]) as new (count, location)";
const COUNT_LINES: &str = "
insert into stock_count_line (coop_id, count_id, lot_id, expected, counted)
select $1, count, lot, expected, counted from unnest($2::uuid[], $3::uuid[], $4::int4[], $5::int4[]) as new (count, lot, expected, counted)";
const MOVEMENTS: &str = "
insert into movement (coop_id, movement_id, kind, lot_id, location_id, quantity, at, reason, count_id)
select $1, movement, kind::movement_kind, lot, location, units, $8, $9, nullif(count, '00000000-0000-0000-0000-000000000000')
from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::int4[], $7::uuid[]) as new (movement, kind, lot, location, units, count)";

/// What lies on these shelves and may be sold.
pub(crate) async fn lying(tx: &db::Tx, coop: CoopId, shelves: &[&Shelf], now: DateTime<Utc>) -> Result<Lots, DbErr> {
    let known: Vec<(VariantId, PartyId, LocationId)> =
        shelves.iter().filter_map(|shelf| Some((shelf.variant?, shelf.maker, shelf.location))).collect();
    let mut lots = Lots::new();
    if known.is_empty() {
        return Ok(lots);
    }
    let values = [
        coop.0.into(),
        column(&known, |shelf| shelf.0.0),
        column(&known, |shelf| shelf.1.0),
        column(&known, |shelf| shelf.2.0),
        now.into(),
    ];
    for row in tx.query_all_raw(statement(LYING, values)).await? {
        let shelf = (VariantId(row.try_get("", "variant")?), PartyId(row.try_get("", "party")?), LocationId(row.try_get("", "location")?));
        let lying = Lying { lot: LotId(row.try_get("", "lot_id")?), on_hand: row.try_get("", "on_hand")?, free: row.try_get("", "free")? };
        lots.entry(shelf).or_default().push(lying);
    }
    Ok(lots)
}

/// How many units are free on a shelf.
pub(crate) fn free(shelf: &Shelf, lots: &Lots) -> i32 {
    let known = shelf.variant.and_then(|variant| lots.get(&(variant, shelf.maker, shelf.location)));
    known.map_or(0, |lots| lots.iter().map(|lot| lot.free).sum())
}

/// The movements that make what is free what the shelf is to have.
pub(crate) fn moves(shelf: &Shelf, variant: VariantId, lots: &Lots) -> Vec<Move> {
    let known = lots.get(&(variant, shelf.maker, shelf.location)).map_or(&[][..], Vec::as_slice);
    let new = |lot, units, expected, made| Move {
        what: Moved { movement: MovementId(Uuid::now_v7()), lot, location: shelf.location, units, made },
        variant,
        maker: shelf.maker,
        expected,
    };
    let difference = shelf.units - known.iter().map(|lot| lot.free).sum::<i32>();
    match (difference, known.last()) {
        (0, _) => Vec::new(),
        (more @ 1.., Some(newest)) => vec![new(newest.lot, more, newest.on_hand, false)],
        (more @ 1.., None) => vec![new(LotId(Uuid::now_v7()), more, 0, true)],
        (less, _) => {
            let mut left = -less;
            let mut moves = Vec::new();
            for lot in known {
                let taken = left.min(lot.free);
                if taken > 0 {
                    moves.push(new(lot.lot, -taken, lot.on_hand, false));
                    left -= taken;
                }
            }
            moves
        }
    }
}

/// The variants of these SKUs.
pub(crate) async fn variants(tx: &db::Tx, coop: CoopId, skus: Vec<String>) -> Result<HashMap<String, VariantId>, DbErr> {
    if skus.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx.query_all_raw(statement(VARIANTS, [coop.0.into(), skus.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "sku")?, VariantId(row.try_get("", "variant_id")?)))).collect()
}

/// Writes movements; what is counted belongs to a stock count of its location. A few statements, however many there are.
pub(crate) async fn write(tx: &db::Tx, coop: CoopId, moves: &[Move], note: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    if moves.is_empty() {
        return Ok(());
    }
    let made: Vec<&Move> = moves.iter().filter(|new| new.what.made && new.what.units > 0).collect();
    if !made.is_empty() {
        let values = [
            coop.0.into(),
            column(&made, |new| new.what.lot.0),
            column(&made, |new| new.variant.0),
            column(&made, |new| new.maker.0),
            column(&made, |new| new.what.units),
            now.into(),
        ];
        tx.execute_raw(statement(NEW_LOTS, values)).await?;
    }
    let counted: Vec<&Move> = moves.iter().filter(|new| !new.what.made).collect();
    let counts: BTreeMap<LocationId, Uuid> = counted.iter().map(|new| (new.what.location, Uuid::now_v7())).collect();
    let count_of = |new: &Move| if new.what.made { Uuid::nil() } else { counts[&new.what.location] };
    if !counted.is_empty() {
        let places: Vec<(LocationId, Uuid)> = counts.iter().map(|(location, count)| (*location, *count)).collect();
        let values = [coop.0.into(), column(&places, |place| place.1), column(&places, |place| place.0.0), note.into(), now.into()];
        tx.execute_raw(statement(NEW_COUNTS, values)).await?;
        let values = [
            coop.0.into(),
            column(&counted, |new| count_of(new)),
            column(&counted, |new| new.what.lot.0),
            column(&counted, |new| new.expected),
            column(&counted, |new| new.expected + new.what.units),
        ];
        tx.execute_raw(statement(COUNT_LINES, values)).await?;
    }
    let kind = |new: &Move| match (new.what.made, new.what.units > 0) {
        (true, true) => "received",
        (true, false) => "returned",
        (false, _) => "counted",
    };
    let values = [
        coop.0.into(),
        column(moves, |new| new.what.movement.0),
        column(moves, |new| kind(new).to_owned()),
        column(moves, |new| new.what.lot.0),
        column(moves, |new| new.what.location.0),
        column(moves, |new| new.what.units),
        column(moves, count_of),
        now.into(),
        note.into(),
    ];
    tx.execute_raw(statement(MOVEMENTS, values)).await?;
    Ok(())
}

/// What movements come to.
pub(crate) fn sum(moves: &[Move], units: &mut Units) {
    for new in moves {
        let size = u64::from(new.what.units.unsigned_abs());
        match (new.what.made, new.what.units > 0) {
            (true, _) => units.received += size,
            (false, true) => units.counted_in += size,
            (false, false) => units.counted_out += size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(units: i32) -> (Shelf, VariantId) {
        let variant = VariantId(Uuid::from_u128(1));
        let shelf = Shelf {
            row: 0,
            sku: "mug".to_owned(),
            variant: Some(variant),
            maker: PartyId(1),
            location: LocationId(Uuid::from_u128(2)),
            units,
        };
        (shelf, variant)
    }

    fn moved(units: i32, lots: &[(u128, i32, i32)]) -> Vec<(u128, i32, i32, bool)> {
        let (shelf, variant) = shelf(units);
        let lying = lots.iter().map(|(lot, on_hand, free)| Lying { lot: LotId(Uuid::from_u128(*lot)), on_hand: *on_hand, free: *free });
        let lots = Lots::from([((variant, shelf.maker, shelf.location), lying.collect())]);
        let moves = moves(&shelf, variant, &lots);
        moves.iter().map(|new| (new.what.lot.0.as_u128(), new.what.units, new.expected, new.what.made)).collect()
    }

    #[test]
    fn what_is_free_becomes_what_the_file_says_and_promises_stay_beside_it() {
        assert_eq!(moved(5, &[(7, 5, 5)]), []);
        // Seven lie there, two of them promised: five are free, as the file says
        assert_eq!(moved(5, &[(7, 7, 5)]), []);
        assert_eq!(moved(6, &[(7, 7, 5)]), [(7, 1, 7, false)]);
        assert_eq!(moved(0, &[(7, 7, 5)]), [(7, -5, 7, false)]);
        assert_eq!(moved(9, &[(7, 3, 3), (8, 4, 2)]), [(8, 4, 4, false)], "more goes to the newest lot");
        assert_eq!(moved(1, &[(7, 3, 3), (8, 4, 2)]), [(7, -3, 3, false), (8, -1, 4, false)], "less comes off the oldest");
    }

    #[test]
    fn what_nobody_has_there_yet_is_handed_in() {
        let (shelf, variant) = shelf(4);
        let new = &moves(&shelf, variant, &Lots::new())[0];
        assert!(new.what.made && new.what.units == 4);
        let (none, variant) = self::shelf(0);
        assert!(moves(&none, variant, &Lots::new()).is_empty());
    }
}
