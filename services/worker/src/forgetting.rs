//! What nobody asks for again is forgotten: the answers to idempotency keys, a month after they were given.

use std::{error::Error, time::Duration};

use db::Pools;
use kernel::Clock;

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often it is looked: a day more or less makes no difference to a month.
const LOOK_EVERY: Duration = Duration::from_hours(1);

/// Looks through all co-ops until the order to stop.
pub(crate) async fn forget(pools: Pools, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("forgetting");
    loop {
        let pause = match round(&pools, &clock).await {
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

async fn round(pools: &Pools, clock: &Clock) -> Result<(), Box<dyn Error + Send + Sync>> {
    let coops = books::coops(pools).await?;
    let forgotten = partners::forget_answers(&pools.orm, &coops, clock.now()).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "{forgotten} answers to idempotency keys are over and forgotten");
    }
    Ok(())
}
