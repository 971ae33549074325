//! What time does to members: what they submitted expires, and those who leave have left when nothing is owed any more.

use std::time::Duration;

use db::Pools;
use identity::IdentityError;
use kernel::Clock;

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often it is looked at: what expires does so on a day, and nobody waits at the door for the minute of their leaving.
const LOOK_EVERY: Duration = Duration::from_mins(10);

/// Looks through all co-ops until the order to stop.
pub(crate) async fn look(pools: Pools, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("membership");
    loop {
        let pause = match round(&pools, &clock).await {
            Ok(()) => {
                backoff.reset();
                LOOK_EVERY
            }
            Err(error) => backoff.after(&error),
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}

async fn round(pools: &Pools, clock: &Clock) -> Result<(), IdentityError> {
    let coops = books::coops(pools).await?;
    let expired = identity::expire_requirements(&pools.orm, &coops, clock).await?;
    let left = identity::finish_leaving(&pools.orm, &coops, clock).await?;
    if expired + left > 0 {
        tracing::info!(expired, left, "{expired} things that members submitted have expired, {left} members have left");
    }
    Ok(())
}
