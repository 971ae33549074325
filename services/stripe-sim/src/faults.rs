//! Faults that the next requests meet, and the optional rate limit.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// 429, code `rate_limit`; nothing is done or kept.
    RateLimit,
    /// 429, code `lock_timeout`; nothing is done or kept.
    LockTimeout,
    /// 500 without the work; kept for the idempotency key.
    Error500,
    /// The work is done, then 500; kept for the idempotency key.
    Error500AfterSuccess,
    /// The connection is cut before anything is done.
    TimeoutBefore,
    /// The work is done and its answer kept for the key, then the connection is cut.
    TimeoutAfterSuccess,
    /// 400, code `balance_insufficient`; kept for the idempotency key.
    BalanceInsufficient,
}

/// A fault as it is ordered: `{"kind": "error500", "method": "POST", "path": "/v1/transfers", "count": 2}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    kind: FaultKind,
    /// `None` meets every method.
    method: Option<String>,
    /// The path or the route with `{id}`; `None` meets every path.
    path: Option<String>,
    /// How many more requests it meets; without `count` and `probability` one, with `probability` alone all.
    count: Option<u64>,
    /// Requests it lets pass first.
    #[serde(default)]
    skip: u64,
    /// Chance in percent that a request meets it.
    probability: Option<u8>,
    /// For the probability.
    #[serde(default)]
    seed: u64,
}

/// The faults that wait, in the order they were ordered.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(Fault, Random)>);

impl Faults {
    pub(crate) fn add(&mut self, mut fault: Fault) {
        if fault.probability.is_none() && fault.count.is_none() {
            fault.count = Some(1);
        }
        let random = Random::new(fault.seed);
        self.0.push((fault, random));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter().map(|(fault, _)| fault)
    }

    /// The fault that this request meets, used up by it.
    pub(crate) fn meet(&mut self, method: &str, route: &str, path: &str) -> Option<FaultKind> {
        let met = self.0.iter_mut().position(|(fault, random)| fault.meets(random, method, route, path))?;
        let kind = self.0[met].0.kind;
        if self.0[met].0.count == Some(0) {
            self.0.remove(met);
        }
        Some(kind)
    }
}

impl Fault {
    fn meets(&mut self, random: &mut Random, method: &str, route: &str, path: &str) -> bool {
        let here = self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|wanted| wanted == route || wanted == path);
        if !here {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        if self.probability.is_some_and(|percent| random.below(100) >= usize::from(percent)) {
            return false;
        }
        if let Some(count) = &mut self.count {
            *count = count.saturating_sub(1);
        }
        true
    }
}

/// Counts requests per route and second of the machine's clock.
#[derive(Debug)]
pub(crate) struct RateLimit {
    pub(crate) per_second: Option<u32>,
    windows: HashMap<String, (Option<Instant>, u32)>,
}

impl RateLimit {
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self { per_second, windows: HashMap::new() }
    }

    /// Whether one more request fits into this second.
    pub(crate) fn admits(&mut self, method: &str, route: &str) -> bool {
        let Some(most) = self.per_second else { return true };
        let now = Instant::now();
        let (started, count) = self.windows.entry(format!("{method} {route}")).or_default();
        if started.is_none_or(|started| now.duration_since(started) >= Duration::from_secs(1)) {
            (*started, *count) = (Some(now), 0);
        }
        *count += 1;
        *count <= most
    }
}
