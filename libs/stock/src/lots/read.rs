//! Reading lots.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, LotId, PartyId, PersonId, VariantId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{Lot, LotSums};
use crate::{StockError, TermsId};

/// Which lots a page holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LotsAsk {
    /// Of this owner alone.
    pub owner: Option<PartyId>,
    /// Of this variant alone.
    pub variant: Option<VariantId>,
    /// After this lot.
    pub after: Option<LotId>,
}

#[derive(FromQueryResult)]
struct Row {
    lot_id: Uuid,
    variant_id: Uuid,
    party_id: i64,
    version_id: Option<i64>,
    quantity: i32,
    received_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    recalled_at: Option<DateTime<Utc>>,
    recalled_by: Option<Uuid>,
    recall_reason: Option<String>,
    closed_at: Option<DateTime<Utc>>,
    from_lot_id: Option<Uuid>,
}

impl From<Row> for Lot {
    fn from(row: Row) -> Self {
        let (by, reason) = (row.recalled_by.map(PersonId), row.recall_reason);
        Self {
            id: LotId(row.lot_id),
            variant: VariantId(row.variant_id),
            owner: PartyId(row.party_id),
            terms: row.version_id.map(TermsId),
            quantity: row.quantity,
            received_at: row.received_at,
            expires_at: row.expires_at,
            ends_at: row.ends_at,
            recalled: row.recalled_at.map(|at| (at, by, reason)),
            closed_at: row.closed_at,
            from: row.from_lot_id.map(LotId),
        }
    }
}

/// The lots of these numbers; those that are not there are left out.
pub async fn lots_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[LotId]) -> Result<Vec<Lot>, StockError> {
    const OF: &str = "
        select lot_id, variant_id, party_id, version_id, quantity, received_at, expires_at, ends_at, recalled_at, recalled_by, recall_reason,
               closed_at, from_lot_id
        from lot where coop_id = $1 and lot_id = any ($2)";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(OF, [coop.0.into(), ids.into()])).all(db).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A page of lots in the order of their numbers, which is that of their making.
pub async fn lots_page(db: &impl ConnectionTrait, coop: CoopId, ask: LotsAsk, limit: i64) -> Result<Vec<Lot>, StockError> {
    const PAGE: &str = "
        select lot_id, variant_id, party_id, version_id, quantity, received_at, expires_at, ends_at, recalled_at, recalled_by, recall_reason,
               closed_at, from_lot_id
        from lot
        where coop_id = $1 and ($2::int8 is null or party_id = $2) and ($3::uuid is null or variant_id = $3) and lot_id > $4
        order by lot_id limit $5";
    let values = [
        coop.0.into(),
        ask.owner.map(|owner| owner.0).into(),
        ask.variant.map(|variant| variant.0).into(),
        ask.after.map_or(Uuid::nil(), |after| after.0).into(),
        limit.into(),
    ];
    let rows = Row::find_by_statement(statement(PAGE, values)).all(db).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Refuses the first of these lots that the co-op does not have.
pub(crate) async fn known(db: &impl ConnectionTrait, coop: CoopId, ids: &[LotId]) -> Result<Vec<Lot>, StockError> {
    let lots = lots_of(db, coop, ids).await?;
    let there: BTreeSet<LotId> = lots.iter().map(|lot| lot.id).collect();
    match ids.iter().find(|id| !there.contains(id)) {
        Some(missing) => Err(StockError::NoLot(*missing)),
        None => Ok(lots),
    }
}

#[derive(FromQueryResult)]
struct Sums {
    lot_id: Uuid,
    received: i64,
    sold: i64,
    returned: i64,
    lost: i64,
    donated: i64,
    pooled: i64,
    counted: i64,
    under_way: i64,
    on_hand: i64,
}

/// What became of the units of these lots, by their movements.
pub async fn sums_of_lots(db: &impl ConnectionTrait, coop: CoopId, ids: &[LotId]) -> Result<Vec<(LotId, LotSums)>, StockError> {
    const SUMS: &str = "
        select wanted.lot_id, sums.* from unnest($2::uuid[]) as wanted (lot_id) cross join lateral (
            select coalesce(sum(quantity) filter (where kind = 'received'), 0) as received,
                   coalesce(-sum(quantity) filter (where kind in ('sold', 'taken_back')), 0) as sold,
                   coalesce(-sum(quantity) filter (where kind = 'returned'), 0) as returned,
                   coalesce(-sum(quantity) filter (where kind = 'lost'), 0) as lost,
                   coalesce(-sum(quantity) filter (where kind = 'donated'), 0) as donated,
                   coalesce(-sum(quantity) filter (where kind = 'pooled'), 0) as pooled,
                   coalesce(sum(quantity) filter (where kind = 'counted'), 0) as counted,
                   coalesce(-sum(quantity) filter (where kind = 'transferred'), 0) as under_way,
                   coalesce(sum(quantity) filter (where kind <> 'allocated'), 0) as on_hand
            from movement where movement.coop_id = $1 and movement.lot_id = wanted.lot_id offset 0) sums";
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = Sums::find_by_statement(statement(SUMS, [coop.0.into(), ids.into()])).all(db).await?;
    let read = |row: Sums| {
        let Sums { lot_id, received, sold, returned, lost, donated, pooled, counted, under_way, on_hand } = row;
        (LotId(lot_id), LotSums { received, sold, returned, lost, donated, pooled, counted, under_way, on_hand })
    };
    Ok(rows.into_iter().map(read).collect())
}
