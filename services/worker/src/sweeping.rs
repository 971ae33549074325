//! Closing gaps: Stripe's own list of events, read into the inbox.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::Clock;
use settlement::Settlement;

use crate::pace::{Backoff, Stop};

const SWEEP_EVERY: Duration = Duration::from_mins(15);
/// How far back a sweep reads.
const SPAN: TimeDelta = TimeDelta::hours(1);
/// How far back the first one reads: the house may have been dark for a night.
const FIRST_SPAN: TimeDelta = TimeDelta::days(1);

/// Sweeps at once and then regularly, until the order to stop.
pub(crate) async fn sweep(settlement: Settlement, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("sweep");
    let mut span = FIRST_SPAN;
    loop {
        // Cut off, a sweep is simply made again: what it has read is in the inbox.
        let swept = tokio::select! {
            swept = settlement.sweep(clock.now() - span) => swept,
            () = stop.given() => return,
        };
        let pause = match swept {
            Ok(fresh) => {
                if fresh > 0 {
                    tracing::info!(fresh, "the sweep found {fresh} events that no webhook had brought");
                }
                backoff.reset();
                span = SPAN;
                SWEEP_EVERY
            }
            Err(error) => backoff.after(&error),
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}
