//! Levels: what is now, as opposed to what has happened.

use std::sync::{Arc, Mutex, MutexGuard};

use prometheus_client::metrics::{family::Family, gauge::Gauge};

use super::catalogue::{METRICS, PoolState, Which};

/// What can be measured in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Events in the inbox, by status: `new`, `waiting`, `parked`.
    Inbox,
    /// The age of the oldest event that is not settled yet, in seconds.
    SettlementLag,
    /// Jobs by state: `scheduled`, `ready`, `running`, `dead`.
    Jobs,
    /// How long the job that waits longest has been ready, in seconds.
    JobLag,
    /// Payouts of the runs that are on their way, by status.
    Payouts,
    /// When the books of the co-op that was checked least recently were checked, in seconds since 1970.
    LedgerCheck,
    /// Co-ops whose books did not agree when they were last checked.
    LedgerDifferences,
    /// When these levels were measured, in seconds since 1970.
    Measured,
}

/// A set of levels that were measured together.
#[derive(Clone, Debug, Default)]
pub struct Levels(Vec<(Level, &'static str, f64)>);

impl Levels {
    /// Notes one. `which` tells several of a kind apart; it is empty where there is only one.
    pub fn set(&mut self, level: Level, which: &'static str, value: f64) {
        self.0.push((level, which, value));
    }

    /// Shows these and forgets those that were shown before: an old level would be believed.
    pub fn publish(self) {
        for family in [
            &METRICS.inbox,
            &METRICS.settlement_lag,
            &METRICS.job_depth,
            &METRICS.job_lag,
            &METRICS.payouts,
            &METRICS.ledger_check,
            &METRICS.ledger_differences,
            &METRICS.measured,
        ] {
            family.clear();
        }
        for (level, which, value) in self.0 {
            let which = (!which.is_empty()).then_some(which);
            family(level).get_or_create(&Which::of(level, which)).set(value);
        }
    }
}

type Levelled = Family<Which, Gauge<f64, std::sync::atomic::AtomicU64>>;

fn family(level: Level) -> &'static Levelled {
    match level {
        Level::Inbox => &METRICS.inbox,
        Level::SettlementLag => &METRICS.settlement_lag,
        Level::Jobs => &METRICS.job_depth,
        Level::JobLag => &METRICS.job_lag,
        Level::Payouts => &METRICS.payouts,
        Level::LedgerCheck => &METRICS.ledger_check,
        Level::LedgerDifferences => &METRICS.ledger_differences,
        Level::Measured => &METRICS.measured,
    }
}

/// Says how many connections are open and how many of them idle; `None` when the pool is closed.
type Count = Arc<dyn Fn() -> Option<(u32, u32)> + Send + Sync>;

/// The pools that are watched.
pub(super) fn pools() -> MutexGuard<'static, Vec<(&'static str, Count)>> {
    static POOLS: Mutex<Vec<(&'static str, Count)>> = Mutex::new(Vec::new());
    POOLS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Asks them all. Pools of one name are told as one.
pub(super) fn read_pools() {
    let mut pools = pools();
    METRICS.connections.clear();
    pools.retain(|(pool, count)| {
        let Some((open, idle)) = count() else { return false };
        for (state, count) in [("idle", idle), ("used", open.saturating_sub(idle))] {
            METRICS.connections.get_or_create(&PoolState { pool, state }).inc_by(i64::from(count));
        }
        true
    });
}
