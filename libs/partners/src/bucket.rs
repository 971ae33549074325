//! A token bucket: how much, how fast, and what the one who asks is told.

/// How much may be used: at once, and over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What a full bucket holds.
    pub burst: u32,
    /// What flows in each second.
    pub per_second: u32,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it may go on.
    pub allowed: bool,
    /// What a full bucket holds.
    pub limit: u32,
    /// What is left in it, as far as this process knows.
    pub remaining: u32,
    /// In how many seconds it is full again when nothing more is taken.
    pub reset_secs: u32,
    /// After how many seconds the same request can pass; `None` when it was allowed.
    pub retry_after_secs: Option<u32>,
}

/// The millionths of a token that are counted.
pub(crate) const PARTS: i64 = 1_000_000;

impl Quota {
    /// Seconds until so many tokens have flowed in, rounded up.
    pub(crate) fn secs_for(self, tokens: u32) -> u32 {
        tokens.div_ceil(self.per_second.max(1))
    }

    pub(crate) fn verdict(self, cost: u32, remaining: u32, allowed: bool) -> Verdict {
        let remaining = remaining.min(self.burst);
        Verdict {
            allowed,
            limit: self.burst,
            remaining,
            reset_secs: self.secs_for(self.burst - remaining),
            retry_after_secs: (!allowed).then(|| self.secs_for(cost.saturating_sub(remaining)).max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_who_is_refused_is_told_when_it_can_pass() {
        let quota = Quota { burst: 100, per_second: 7 };
        assert_eq!(
            quota.verdict(50, 10, false),
            Verdict { allowed: false, limit: 100, remaining: 10, reset_secs: 13, retry_after_secs: Some(6) }
        );
        assert_eq!(quota.verdict(1, 99, true), Verdict { allowed: true, limit: 100, remaining: 99, reset_secs: 1, retry_after_secs: None });
        assert_eq!(quota.verdict(1, 100, true).reset_secs, 0);
    }
}
