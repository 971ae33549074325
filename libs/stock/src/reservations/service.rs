//! Holding and letting go for somebody who asks, each in a transaction of its own.

use kernel::{Actor, Permission, ReservationId};

use super::{Demand, Reservation, expire, release, reserve};
use crate::{Stock, StockError};

impl Stock {
    /// Holds what is wanted. Where too little is free, what has run out is freed first: nobody is refused for a hold that is over.
    #[tracing::instrument(name = "stock.hold", skip_all, fields(coop.id = %actor.coop, reservation.id = %demand.id))]
    pub async fn hold(&self, actor: &Actor, demand: &Demand) -> Result<Reservation, StockError> {
        actor.require(Permission::StockWrite)?;
        let short = match self.try_hold(actor, demand).await {
            Err(short @ StockError::Short { .. }) => short,
            other => return other,
        };
        // In a transaction of its own: whoever holds and frees in one would lock stock out of its order
        let tx = db::begin(&self.db, actor.coop).await?;
        let freed = expire(&tx, &[actor.coop], self.clock.now()).await?;
        tx.commit().await?;
        if freed.is_empty() { Err(short) } else { self.try_hold(actor, demand).await }
    }

    async fn try_hold(&self, actor: &Actor, demand: &Demand) -> Result<Reservation, StockError> {
        let tx = db::begin(&self.db, actor.coop).await?;
        let held = reserve(&tx, actor.coop, demand, self.clock.now()).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Lets go of a hold. Again: the same answer.
    #[tracing::instrument(name = "stock.let_go", skip_all, fields(coop.id = %actor.coop, reservation.id = %id))]
    pub async fn let_go(&self, actor: &Actor, id: ReservationId) -> Result<Reservation, StockError> {
        actor.require(Permission::StockWrite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let released = release(&tx, actor.coop, id, self.clock.now()).await?;
        tx.commit().await?;
        Ok(released)
    }
}
