//! A co-op's policy.

use db::{statement, word_of};
use kernel::{Actor, CoopId, Permission};
use sea_orm::ConnectionTrait;

use super::Consumption;
use crate::{Stock, StockError, movements::word};

/// How a co-op chooses among lots of the same variant.
pub async fn policy(db: &impl ConnectionTrait, coop: CoopId) -> Result<Consumption, StockError> {
    const READ: &str = "select consume::text as consume from stock_policy where coop_id = $1";
    let row = db.query_one_raw(statement(READ, [coop.0.into()])).await?;
    Ok(row.map_or(Ok(Consumption::default()), |row| word(row.try_get("", "consume")?))?)
}

impl Stock {
    /// Sets the policy. It decides from the next reservation on; what is held stays as it was picked.
    #[tracing::instrument(name = "stock.set_policy", skip_all, fields(coop.id = %actor.coop))]
    pub async fn set_policy(&self, actor: &Actor, consume: Consumption) -> Result<Consumption, StockError> {
        const SET: &str = "
            insert into stock_policy (coop_id, consume) values ($1, $2::consumption)
            on conflict (coop_id) do update set consume = excluded.consume where stock_policy.consume <> excluded.consume";
        actor.require(Permission::StockWrite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        tx.execute_raw(statement(SET, [actor.coop.0.into(), word_of(consume)?.into()])).await?;
        tx.commit().await?;
        Ok(consume)
    }
}
