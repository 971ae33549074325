//! When the owner leaves.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, LotId, PartyId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::end;
use crate::StockError;

#[derive(FromQueryResult)]
struct Row {
    lot_id: Uuid,
}

/// Recalls whatever lots these parties still have: they are not sold any more, and what nobody holds goes back. What is held
/// goes back when its hold ends. Says how many lots there were; a second time there are none.
pub async fn recall_of(tx: &db::Tx, coop: CoopId, owners: &[PartyId], now: DateTime<Utc>) -> Result<usize, StockError> {
    const RECALL: &str = "
        update lot set recalled_at = $3, recall_reason = 'the owner leaves the co-op', ends_at = least(ends_at, $3)
        where coop_id = $1 and party_id = any ($2) and recalled_at is null and closed_at is null
        returning lot_id";
    let owners: Vec<i64> = owners.iter().map(|owner| owner.0).collect();
    let rows = Row::find_by_statement(statement(RECALL, [coop.0.into(), owners.into(), now.into()])).all(tx).await?;
    let lots: Vec<LotId> = rows.into_iter().map(|row| LotId(row.lot_id)).collect();
    end(tx, coop, &lots, now).await?;
    Ok(lots.len())
}
