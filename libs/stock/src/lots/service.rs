//! Recalling lots.

use db::{column, statement};
use kernel::{Actor, CoopId, LotId, Permission};
use sea_orm::ConnectionTrait as _;

use super::{Lot, end, known};
use crate::{Stock, StockError, words};

impl Stock {
    /// The owner, or whoever may write stock, calls a lot back: it is not sold any more, and what nobody holds goes back at once.
    /// What is reserved stays so, and goes back when its hold ends. A lot that was recalled stays as it is.
    #[tracing::instrument(name = "stock.recall", skip_all, fields(coop.id = %actor.coop, lot.id = %lot))]
    pub async fn recall(&self, actor: &Actor, lot: LotId, reason: Option<&str>) -> Result<Lot, StockError> {
        const RECALL: &str = "
            update lot set recalled_at = $3, recalled_by = $4, recall_reason = $5, ends_at = least(ends_at, $3)
            where coop_id = $1 and lot_id = $2 and recalled_at is null";
        let reason = words::reason(reason)?;
        let now = self.clock.now();
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = known(&tx, actor.coop, &[lot]).await?;
        let is_own = was.iter().all(|lot| actor.party == Some(lot.owner));
        if !is_own {
            // Who may not even see it hears that there is none
            if !actor.permissions.contains(Permission::StockRead) {
                return Err(StockError::NoLot(lot));
            }
            actor.require(Permission::StockWrite)?;
        }
        let by = actor.person().ok().map(|person| person.0);
        tx.execute_raw(statement(RECALL, [actor.coop.0.into(), lot.0.into(), now.into(), by.into(), reason.into()])).await?;
        end(&tx, actor.coop, &[lot], now).await?;
        let recalled = known(&tx, actor.coop, &[lot]).await?.pop().ok_or(StockError::NoLot(lot))?;
        tx.commit().await?;
        Ok(recalled)
    }
}

/// Lots that had ended get units again: the next round of endings looks at them once more.
pub(crate) async fn reopen(tx: &db::Tx, coop: CoopId, lots: &[LotId]) -> Result<(), StockError> {
    const REOPEN: &str = "update lot set closed_at = null where coop_id = $1 and lot_id = any ($2) and closed_at is not null";
    tx.execute_raw(statement(REOPEN, [coop.0.into(), column(lots, |lot| lot.0)])).await?;
    Ok(())
}
