//! What happens beside the requests: workers are woken, refusals and the uses of keys written down.
//!
//! A NOTIFY inside the insert of an event would make commits wait for each other. Here many events share one.

use std::{sync::Arc, time::Duration};

use db::Pools;
use kernel::Clock;
use partners::Keys;
use sea_orm::ConnectionTrait as _;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

use crate::refusals::Refusals;

/// The shortest time between two wake-ups.
const WAKE_EVERY: Duration = Duration::from_millis(20);
/// How often refusals are written down.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How often the uses of keys are written down; of each key at most once a minute.
const USES_EVERY: Duration = Duration::from_secs(10);

/// Wakes workers when `fresh` says that an event came, until `stop` does; then once more, so that nothing is left unsaid.
pub(crate) async fn wake(pools: Pools, fresh: Arc<Notify>, mut stop: watch::Receiver<bool>) {
    let mut is_stopping = false;
    while !is_stopping {
        tokio::select! {
            () = fresh.notified() => {}
            _ = stop.wait_for(|stop| *stop) => is_stopping = true,
        }
        let next = Instant::now() + WAKE_EVERY;
        if let Err(error) = pools.orm.execute_unprepared(&format!("notify {}", settlement::CHANNEL)).await {
            // Workers look by themselves every second.
            tracing::debug!(error = &error as &dyn std::error::Error, "workers could not be woken");
        }
        if !is_stopping {
            sleep_until(next).await;
        }
    }
}

/// Writes refusals down once a second until `stop` says so; then once more.
pub(crate) async fn flush(pools: Pools, refusals: Arc<Refusals>, clock: Clock, mut stop: watch::Receiver<bool>) {
    let mut is_stopping = false;
    while !is_stopping {
        let next = Instant::now() + FLUSH_EVERY;
        tokio::select! {
            () = sleep_until(next) => {}
            _ = stop.wait_for(|stop| *stop) => is_stopping = true,
        }
        if let Err(error) = refusals.flush(&pools.orm, clock.now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "refused deliveries could not be counted; they are kept in memory");
        }
    }
}

/// Writes down which keys were used, every few seconds until `stop` says so; then once more.
pub(crate) async fn write_uses(pools: Pools, keys: Keys, mut stop: watch::Receiver<bool>) {
    let mut is_stopping = false;
    while !is_stopping {
        let next = Instant::now() + USES_EVERY;
        tokio::select! {
            () = sleep_until(next) => {}
            _ = stop.wait_for(|stop| *stop) => is_stopping = true,
        }
        if let Err(error) = keys.write_uses(&pools.orm).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the uses of keys could not be written down; they are kept in memory");
        }
    }
}
