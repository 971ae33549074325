//! Waiting until everything that was set going has come to rest.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::stand_in::StandIn;
use crate::{failure::Failure, house::House};

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a step may take before something must be wrong.
pub(super) const LONGEST: Duration = Duration::from_mins(3);

/// Asks again until the answer is yes.
pub(super) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
    let give_up = Instant::now() + LONGEST;
    while !is_so().await? {
        if Instant::now() > give_up {
            return Err(Failure::fault(format!(
                "{what}: not done after {} minutes; the log says what is in the way",
                LONGEST.as_secs() / 60
            )));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Waits until every webhook was taken and every event is settled.
pub(super) async fn wait(house: &House, stand_in: &StandIn, words: &str) -> Result<(), Failure> {
    let rest = until(words, async || {
        if !stand_in.is_idle().await? {
            return Ok(false);
        }
        let inbox = settlement::inbox(&house.pools.orm).await?;
        if inbox.parked > 0 {
            return Err(Failure::NeedsPerson(format!("{} events are parked; `guildhall replay --list` tells why", inbox.parked)));
        }
        Ok(inbox.new + inbox.waiting == 0)
    });
    let told = async || {
        let inbox = settlement::inbox(&house.pools.orm).await.ok()?;
        let done = inbox.done + inbox.kept;
        Some((u64::try_from(done).ok()?, u64::try_from(done + inbox.new + inbox.waiting).ok()?))
    };
    house.output.watch_count(words, rest, told).await
}
