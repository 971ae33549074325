//! When the owner leaves.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::{Clock, CoopId, LotId, PartyId};
use sea_orm::{DatabaseConnection, FromQueryResult};
use uuid::Uuid;

use super::end;
use crate::StockError;

/// Co-ops that are looked through in one transaction.
const COOPS_AT_ONCE: usize = 500;

#[derive(FromQueryResult)]
struct Row {
    lot_id: Uuid,
}

#[derive(FromQueryResult)]
struct Owner {
    coop_id: i32,
    party_id: i64,
}

/// Recalls whatever lots these parties still have: they are not sold any more, and what nobody holds goes back. What is held
/// goes back when its hold ends. Says how many lots there were; a second time there are none.
pub async fn recall_of(tx: &db::Tx, coop: CoopId, owners: &[PartyId], now: DateTime<Utc>) -> Result<usize, StockError> {
    const RECALL: &str = "
        update lot set recalled_at = $3, recall_reason = 'the owner leaves the co-op', ends_at = least(ends_at, $3)
        where coop_id = $1 and party_id = any ($2) and recalled_at is null and closed_at is null
        returning lot_id";
    let values = [coop.0.into(), column(owners, |owner| owner.0), now.into()];
    let rows = Row::find_by_statement(statement(RECALL, values)).all(tx).await?;
    let lots: Vec<LotId> = rows.into_iter().map(|row| LotId(row.lot_id)).collect();
    end(tx, coop, &lots, now).await?;
    Ok(lots.len())
}

/// Recalls the lots of everybody who is leaving these co-ops, or has left. Says how many lots there were. For the worker's
/// schedule, and for whoever sees a member out.
pub async fn see_out(db: &DatabaseConnection, coops: &[CoopId], clock: &Clock) -> Result<usize, StockError> {
    const LEAVING: &str = "
        select membership.coop_id, membership.party_id from membership
        where membership.coop_id = any ($1) and membership.status in ('leaving', 'left') and membership.party_id is not null
          and exists (select from lot where lot.coop_id = membership.coop_id and lot.party_id = membership.party_id
              and lot.recalled_at is null and lot.closed_at is null)";
    let mut lots = 0;
    for some in coops.chunks(COOPS_AT_ONCE) {
        let tx = db::begin_many(db, some).await?;
        let leaving = Owner::find_by_statement(statement(LEAVING, [column(some, |coop| coop.0)])).all(&tx).await?;
        tx.commit().await?;
        let mut of_coops: BTreeMap<i32, Vec<PartyId>> = BTreeMap::new();
        for row in leaving {
            of_coops.entry(row.coop_id).or_default().push(PartyId(row.party_id));
        }
        for (coop, owners) in of_coops {
            let tx = db::begin(db, CoopId(coop)).await?;
            lots += recall_of(&tx, CoopId(coop), &owners, clock.now()).await?;
            tx.commit().await?;
        }
    }
    Ok(lots)
}
