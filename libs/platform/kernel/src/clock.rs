//! The one place that asks what time it is.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

/// The time source handed to everything that needs one: the machine's in production, a hand-turned one in tests.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `at` until it is moved; clones share it.
    pub fn stopped_at(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "this is the Clock that everyone else asks")]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.as_ref().map_or_else(Utc::now, |at| *at.lock().expect("no holder of the clock panics"))
    }

    /// Moves a stopped clock forward; the machine's clock moves by itself and ignores this.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(at) = &self.0 {
            *at.lock().expect("no holder of the clock panics") += by;
        }
    }
}
