//! G13: the worker and PostgreSQL are killed at every step, again and again, and afterwards the books are as if nothing had
//! happened.
//!
//! The worker is a real process: this test binary, started again with the one test of [`child`]. What Stripe is asked goes
//! through a [`line`] on which questions and answers can be held, so that the moment between a command and its answer is as
//! long as a test needs it.

mod child;
mod database;
mod line;
mod payday;
mod sending;
mod settling;
mod stand_in;
mod steps;

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often a test looks whether something has happened.
const LOOK_EVERY: Duration = Duration::from_millis(3);
/// How long it may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until the answer is yes.
async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !look().await {
        assert!(Instant::now() < deadline, "within {PATIENCE:?} this did not happen: {what}");
        sleep(LOOK_EVERY).await;
    }
}
