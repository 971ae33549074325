//! What happens beside the requests: workers are woken, refusals and the uses of keys written down.
//!
//! A NOTIFY inside the insert of an event would make commits wait for each other. Here many events share one.

use std::{sync::Arc, time::Duration};

use access::Access;
use db::Pools;
use kernel::Clock;
use partners::{FieldUses, Keys};
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

/// How often the uses of fields are written down: a row for each field that a key asked for meanwhile.
const FIELDS_EVERY: Duration = Duration::from_mins(5);

/// Writes refusals down once a second until `stop` says so; then once more.
pub(crate) async fn flush(pools: Pools, refusals: Arc<Refusals>, clock: Clock, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::new(FLUSH_EVERY, stop);
    while rounds.next().await {
        if let Err(error) = refusals.flush(&pools.orm, clock.now()).await {
            kept("refused deliveries", &error);
        }
    }
}

/// Writes down which keys were used and which passwords and factors were wrong, every few seconds until `stop` says so; then
/// once more.
pub(crate) async fn write_uses(pools: Pools, keys: Keys, access: Option<Access>, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::new(USES_EVERY, stop);
    while rounds.next().await {
        if let Err(error) = keys.write_uses(&pools.orm).await {
            kept("the uses of keys", &error);
        }
        if let Some(access) = &access
            && let Err(error) = access.write_failures(&pools.orm).await
        {
            kept("failed sign-ins", &error);
        }
    }
}

/// Writes down which fields of the graph were used, every few minutes until `stop` says so; then once more.
pub(crate) async fn write_field_uses(pools: Pools, uses: FieldUses, stop: watch::Receiver<bool>) {
    let mut rounds = Rounds::new(FIELDS_EVERY, stop);
    while rounds.next().await {
        if let Err(error) = uses.write(&pools.orm, None).await {
            kept("the uses of fields", &error);
        }
    }
}

/// Rounds at intervals, and a last one when the order to stop was given, so that nothing is left in memory.
struct Rounds {
    every: Duration,
    next: Instant,
    stop: watch::Receiver<bool>,
    is_last: bool,
}

impl Rounds {
    fn new(every: Duration, stop: watch::Receiver<bool>) -> Self {
        Self { every, next: Instant::now() + every, stop, is_last: false }
    }

    /// Waits for the next round; false after the last.
    async fn next(&mut self) -> bool {
        if self.is_last {
            return false;
        }
        tokio::select! {
            () = sleep_until(self.next) => self.next = Instant::now() + self.every,
            _ = self.stop.wait_for(|stop| *stop) => self.is_last = true,
        }
        true
    }
}

fn kept(what: &str, error: &(dyn std::error::Error + 'static)) {
    tracing::warn!(error, "{what} could not be written down; they are kept in memory");
}
