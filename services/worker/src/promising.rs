//! What was promised of the stock: people in waiting lines are served from what is free, and balances that nobody paid are forfeited.
//!
//! What has run out is freed by the stock's own round; whatever comes free there, or comes in, is offered at the next look.

use std::{error::Error, time::Duration};

use db::Pools;
use kernel::Clock;
use stock::promises::{Promises, waiting};

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often it is looked at: somebody who waits for days does not mind seconds.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Co-ops looked at in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// Serves the lines until the order to stop.
pub(crate) async fn serve(pools: Pools, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("promises");
    let promises = Promises::new(pools.orm.clone(), clock.clone());
    loop {
        let pause = match round(&pools, &promises, &clock, &stop).await {
            Ok(()) => {
                backoff.reset();
                LOOK_EVERY
            }
            Err(error) => backoff.after(&*error),
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}

async fn round(pools: &Pools, promises: &Promises, clock: &Clock, stop: &Stop) -> Result<(), Box<dyn Error + Send + Sync>> {
    for some in books::coops(pools).await?.chunks(COOPS_AT_ONCE) {
        let tx = db::begin_many(&pools.orm, some).await?;
        let coops = waiting(&tx, some, clock.now()).await?;
        tx.commit().await?;
        for coop in coops {
            if stop.is_given() {
                return Ok(());
            }
            // Many may want the same just now: the others do not wait for it
            if let Err(error) = promises.serve(coop).await {
                tracing::warn!(error = &error as &dyn Error, coop.id = %coop, "the waiting lines of co-op {coop} could not be served");
            }
        }
    }
    Ok(())
}
