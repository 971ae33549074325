//! When a loop goes on: news, time, errors, and the order to stop.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

/// The first pause after an error; each further one in a row doubles, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The order to stop, heard by every loop.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A sender of the order and its hearer.
    pub(crate) fn channel() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Whether it was given.
    pub(crate) fn is_given(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Returns when it is given; a worker that was dropped counts as stopped.
    pub(crate) async fn given(&mut self) {
        // An error means that the sender is gone, which is an order as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }

    /// Waits that long, or until the order is given. Says whether to go on.
    pub(crate) async fn rest(&mut self, pause: Duration) -> bool {
        tokio::select! {
            () = self.given() => false,
            () = sleep(pause) => true,
        }
    }
}

/// Growing pauses after errors in a row.
#[derive(Debug)]
pub(crate) struct Backoff {
    loop_name: &'static str,
    pause: Duration,
}

impl Backoff {
    pub(crate) const fn new(loop_name: &'static str) -> Self {
        Self { loop_name, pause: FIRST_PAUSE }
    }

    /// It went well: the next error waits the shortest time again.
    pub(crate) const fn reset(&mut self) {
        self.pause = FIRST_PAUSE;
    }

    /// Tells of the error and names the pause after it.
    pub(crate) fn after(&mut self, error: &(dyn std::error::Error + 'static)) -> Duration {
        let pause = self.pause;
        telemetry::metrics::count_loop_error(self.loop_name);
        tracing::warn!(error, "{}: trying again in {pause:?}", self.loop_name);
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_shrink_when_it_went_well() {
        let mut backoff = Backoff::new("test");
        let error = std::io::Error::other("away");
        let pauses: Vec<u128> = (0..8).map(|_| backoff.after(&error).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        backoff.reset();
        assert_eq!(backoff.after(&error), FIRST_PAUSE);
    }

    #[tokio::test]
    async fn a_worker_that_was_dropped_counts_as_stopped() {
        let (order, mut stop) = Stop::channel();
        assert!(!stop.is_given());
        drop(order);
        assert!(stop.is_given());
        assert!(!stop.rest(Duration::from_hours(1)).await);
    }
}
