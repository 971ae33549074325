//! A token bucket: how much, how fast, and what the one who asks is told.

use std::{fmt, str::FromStr};

/// How much may be used: at once, and over time. In settings written as `60000+1000/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What a full bucket holds.
    pub burst: u32,
    /// What flows in each second.
    pub per_second: u32,
}

/// A text that says no quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write what a full bucket holds and what flows in each second, such as 60000+1000/s, neither of them 0")]
pub struct NotAQuota;

impl FromStr for Quota {
    type Err = NotAQuota;

    fn from_str(text: &str) -> Result<Self, NotAQuota> {
        let (burst, per_second) = text.trim().strip_suffix("/s").and_then(|text| text.split_once('+')).ok_or(NotAQuota)?;
        let number = |text: &str| text.trim().parse().ok().filter(|number| *number > 0).ok_or(NotAQuota);
        Ok(Self { burst: number(burst)?, per_second: number(per_second)? })
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}/s", self.burst, self.per_second)
    }
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
    fn a_quota_is_read_as_it_is_written_and_never_empty() {
        for text in ["60000+1000/s", "1+1/s"] {
            assert_eq!(text.parse::<Quota>().unwrap().to_string(), text);
        }
        for wrong in ["", "60000", "60000+1000", "0+1000/s", "60000+0/s", "-1+1/s", "60000+1000/m", "99999999999+1/s"] {
            assert_eq!(wrong.parse::<Quota>(), Err(NotAQuota), "{wrong}");
        }
    }

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
