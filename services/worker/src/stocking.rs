//! What time does to stock: holds run out, lots come to their end, and those of members who leave go back to them.

use std::time::Duration;

use db::Pools;
use kernel::Clock;
use stock::StockError;
use tokio::time::Instant;

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often holds that have run out are freed. Nobody can buy by them meanwhile; it is others who wait.
const FREE_EVERY: Duration = Duration::from_secs(5);
/// How often lots are looked at: they end on a day.
const END_EVERY: Duration = Duration::from_mins(10);
/// Co-ops looked at in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// Frees and ends until the order to stop.
pub(crate) async fn keep(pools: Pools, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("stock");
    let mut ended: Option<Instant> = None;
    loop {
        let is_time = ended.is_none_or(|at| at.elapsed() >= END_EVERY);
        let pause = match round(&pools, &clock, is_time).await {
            Ok(()) => {
                backoff.reset();
                if is_time {
                    ended = Some(Instant::now());
                }
                FREE_EVERY
            }
            Err(error) => backoff.after(&*error),
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}

async fn round(pools: &Pools, clock: &Clock, with_lots: bool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let coops = books::coops(pools).await?;
    for some in coops.chunks(COOPS_AT_ONCE) {
        let freed = free(pools, clock, some).await?;
        if freed > 0 {
            tracing::debug!(freed, "{freed} reservations have run out");
        }
        if with_lots {
            let recalled = stock::see_out(&pools.orm, some, clock).await?;
            let gone = stock::end_lots(&pools.orm, some, clock).await?;
            if recalled > 0 || gone > 0 {
                tracing::info!(
                    recalled,
                    gone,
                    "{recalled} lots of members who leave were recalled, {gone} units of lots that ended have gone"
                );
            }
        }
    }
    Ok(())
}

async fn free(pools: &Pools, clock: &Clock, coops: &[kernel::CoopId]) -> Result<usize, StockError> {
    let mut sum = 0;
    loop {
        let tx = db::begin_many(&pools.orm, coops).await?;
        let freed = stock::expire(&tx, coops, clock.now()).await?.len();
        tx.commit().await?;
        sum += freed;
        if freed == 0 {
            return Ok(sum);
        }
    }
}
