//! The numbers that sending keeps to.

use std::time::Duration;

use chrono::TimeDelta;

/// How payouts are sent. The defaults suit Stripe; tests shorten the times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendLimits {
    /// How many payouts one sender carries at a time. The gateway keeps to 25 requests/s by itself; this bounds what is open when a
    /// process dies.
    pub in_flight: usize,
    /// How long one look or one command may take, waiting for its turn included.
    pub call_timeout: Duration,
    /// For how long a payout belongs to the sender that claimed it: more than a look and a command take together.
    pub lease: TimeDelta,
    /// For how long Stripe surely knows an idempotency key. A missing transfer is sent again with the same key in that time,
    /// with a new one after it.
    pub key_life: TimeDelta,
    /// The pause after a try that settled nothing; it doubles with each further one.
    pub first_pause: TimeDelta,
    /// The longest pause.
    pub longest_pause: TimeDelta,
}

impl Default for SendLimits {
    fn default() -> Self {
        Self {
            in_flight: 8,
            call_timeout: Duration::from_secs(90),
            lease: TimeDelta::seconds(300),
            key_life: TimeDelta::hours(24),
            first_pause: TimeDelta::seconds(10),
            longest_pause: TimeDelta::hours(1),
        }
    }
}

impl SendLimits {
    /// The pause after `tries` tries in a row that settled nothing.
    pub(crate) fn pause(&self, tries: i32) -> TimeDelta {
        let doubled = u32::try_from(tries.clamp(0, 20)).ok().and_then(|tries| 2_i32.checked_pow(tries)).unwrap_or(i32::MAX);
        self.first_pause.checked_mul(doubled).map_or(self.longest_pause, |pause| pause.min(self.longest_pause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let limits = SendLimits::default();
        assert_eq!(limits.pause(0), TimeDelta::seconds(10));
        assert_eq!(limits.pause(3), TimeDelta::seconds(80));
        assert_eq!(limits.pause(i32::MAX), TimeDelta::hours(1));
    }

    #[test]
    fn a_lease_outlives_a_look_and_a_command() {
        let limits = SendLimits::default();
        assert!(limits.lease.to_std().unwrap() > limits.call_timeout * 3);
    }
}
