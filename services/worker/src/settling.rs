//! The inbox, into the books.

use std::{convert::Infallible, sync::Arc, time::Duration};

use settlement::{BATCH, CHANNEL, Settlement};
use sqlx::{PgPool, postgres::PgListener};
use telemetry::metrics::count_events;
use tokio::sync::Notify;

use crate::pace::{Backoff, Stop};

/// How often the inbox is looked at without news.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause before listening again after the connection was lost.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);

/// What the loops of settlement tell each other.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    /// There may be new events.
    fresh: Notify,
    /// Events wait for balance transactions.
    waiting: Notify,
}

/// Hears of new events for as long as it lives. While it is deaf, the regular look finds them.
pub(crate) async fn listen(pool: PgPool, bells: Arc<Bells>, mut stop: Stop) {
    loop {
        let Err(error) = tokio::select! {
            () = stop.given() => return,
            lost = hear(&pool, &bells) => lost,
        };
        tracing::debug!(%error, "not listening for new events; trying again");
        if !stop.rest(RECONNECT_AFTER).await {
            return;
        }
    }
}

/// Passes each piece of news on, until the connection is lost.
async fn hear(pool: &PgPool, bells: &Bells) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        bells.fresh.notify_one(); // the first time for what may have come before
        listener.recv().await?;
    }
}

/// Settles batches while there are any, then waits for news. The order to stop is heard between batches.
pub(crate) async fn settle(settlement: Settlement, bells: Arc<Bells>, mut stop: Stop) {
    let mut backoff = Backoff::new("settlement");
    while !stop.is_given() {
        match settlement.settle(BATCH).await {
            Ok(batch) if batch.claimed > 0 => {
                backoff.reset();
                for (fate, count) in [("done", batch.done), ("kept", batch.kept), ("waiting", batch.waiting), ("parked", batch.parked)] {
                    count_events(fate, count as u64);
                }
                if batch.claimed >= BATCH as usize {
                    bells.fresh.notify_one(); // there is more: another settler may help
                }
                if batch.waiting > 0 {
                    bells.waiting.notify_one();
                }
                tracing::debug!(?batch, "settled a batch of {} events", batch.claimed);
            }
            Ok(_) => {
                backoff.reset();
                tokio::select! {
                    () = bells.fresh.notified() => {}
                    _ = stop.rest(LOOK_EVERY) => {}
                }
            }
            Err(error) => {
                let pause = backoff.after(&error);
                stop.rest(pause).await;
            }
        }
    }
}

/// Fetches what events wait for and wakes them. Apart from the settlers, so that no batch waits for Stripe.
pub(crate) async fn fetch_fees(settlement: Settlement, bells: Arc<Bells>, mut stop: Stop) {
    let mut backoff = Backoff::new("fees");
    while !stop.is_given() {
        // Cut off, they are simply fetched again.
        let fetched = tokio::select! {
            fetched = settlement.fetch_fees() => fetched,
            () = stop.given() => return,
        };
        let pause = match fetched {
            Ok(woken) => {
                backoff.reset();
                if woken > 0 {
                    bells.fresh.notify_one();
                }
                LOOK_EVERY
            }
            Err(error) => backoff.after(&error),
        };
        tokio::select! {
            () = bells.waiting.notified(), if pause == LOOK_EVERY => {}
            _ = stop.rest(pause) => {}
        }
    }
}
