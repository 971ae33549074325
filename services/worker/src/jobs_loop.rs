//! Jobs: files and letters.

use jobs::Handlers;
use kernel::Clock;
use sqlx::PgPool;

use crate::pace::{Backoff, Stop};

/// Does jobs until the order to stop, then finishes those in hand.
pub(crate) async fn work(pool: PgPool, handlers: Handlers, clock: Clock, mut stop: Stop) {
    let worker = jobs::Worker::new(pool, handlers, clock);
    let mut backoff = Backoff::new("jobs");
    while !stop.is_given() {
        let mut order = stop.clone();
        match worker.run(async move { order.given().await }).await {
            Ok(()) => return,
            Err(error) => {
                let pause = backoff.after(&error);
                stop.rest(pause).await;
            }
        }
    }
}
