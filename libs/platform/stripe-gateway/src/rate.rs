//! Staying below Stripe's limit of requests per second and endpoint.
//!
//! Each endpoint has a bucket that holds one token and is refilled evenly, so requests leave with equal gaps instead of in bursts: a window of
//! one second, wherever it starts, never holds more than the limit. Waiters are served in the order they came.

use std::{collections::HashMap, num::NonZeroU32, sync::Mutex, time::Duration};

use tokio::time::{Instant, sleep_until};

/// What Stripe allows per endpoint, live and in sandboxes.
pub const REQUESTS_PER_SEC: NonZeroU32 = NonZeroU32::new(25).expect("25 is not zero");

#[derive(Debug)]
pub(crate) struct RateLimiter {
    gap: Duration,
    /// When each endpoint's next token is there. Endpoints are constants of this crate, so the map stays small.
    next: Mutex<HashMap<&'static str, Instant>>,
}

impl RateLimiter {
    pub(crate) fn new(per_sec: NonZeroU32) -> Self {
        Self { gap: Duration::from_secs(1) / per_sec.get(), next: Mutex::default() }
    }

    /// Waits for the endpoint's next token and takes it. A caller that gives up while waiting leaves its token unused.
    pub(crate) async fn acquire(&self, endpoint: &'static str) {
        sleep_until(self.reserve(endpoint)).await;
    }

    fn reserve(&self, endpoint: &'static str) -> Instant {
        let now = Instant::now();
        let mut next = self.next.lock().expect("no holder of this lock panics");
        let slot = next.get(endpoint).copied().map_or(now, |at| at.max(now));
        next.insert(endpoint, slot + self.gap);
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use tokio::time::Instant;

    use super::{REQUESTS_PER_SEC, RateLimiter};

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_requests_than_the_limit() {
        let limiter = RateLimiter::new(REQUESTS_PER_SEC);
        let mut left = Vec::new();
        for _ in 0..100 {
            limiter.acquire("POST /v1/transfers").await;
            left.push(Instant::now());
        }
        for window in left.windows(26) {
            assert!(window[25] - window[0] >= Duration::from_secs(1));
        }
        assert!(left[99] - left[0] < Duration::from_secs(5), "and it is not slower than it must be");
    }

    #[tokio::test(start_paused = true)]
    async fn endpoints_do_not_wait_for_each_other() {
        let limiter = RateLimiter::new(NonZeroU32::MIN);
        let start = Instant::now();
        limiter.acquire("POST /v1/transfers").await;
        limiter.acquire("POST /v1/refunds").await;
        assert!(start.elapsed() < Duration::from_millis(10));
        limiter.acquire("POST /v1/refunds").await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_endpoint_does_not_save_up_a_burst() {
        let limiter = RateLimiter::new(NonZeroU32::MIN);
        limiter.acquire("GET /v1/events").await;
        tokio::time::advance(Duration::from_mins(1)).await;
        let start = Instant::now();
        limiter.acquire("GET /v1/events").await;
        limiter.acquire("GET /v1/events").await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}
