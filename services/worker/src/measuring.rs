//! What operators are told about the database: depths, ages, what is on its way.
//!
//! Measured now and then by one loop, not whenever somebody asks: any number of scrapers cost the database nothing. Counts stop
//! at a bound, since beyond it a backlog is a backlog.

use std::{error::Error, time::Duration};

use db::{Pools, statement};
use kernel::{Clock, CoopId};
use sea_orm::{DbErr, FromQueryResult};
use telemetry::metrics::{Level, Levels};
use tokio::time::timeout;

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often levels are measured: as often as they are usually scraped.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// How long one round may take before it is given up.
const ROUND_TIME: Duration = Duration::from_secs(10);
/// Counts end here.
const COUNTED: i64 = 100_000;
/// Co-ops looked at in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// The queues. Each count walks a partial index, no further than the bound.
const QUEUES: &str = "
select (select count(*) from (select from stripe_event where status = 'new' limit $1) few) as new,
       (select count(*) from (select from stripe_event where status = 'waiting' limit $1) few) as waiting,
       (select count(*) from (select from stripe_event where status = 'parked' limit $1) few) as parked,
       coalesce((select extract(epoch from now() - received_at) from stripe_event where status = 'new' order by seq limit 1), 0)::float8
           as event_age,
       (select count(*) from (select from jobs.job where state = 'scheduled' limit $1) few) as scheduled,
       (select count(*) from (select from jobs.job where state = 'ready' limit $1) few) as ready,
       (select count(*) from (select from jobs.job where state = 'running' limit $1) few) as running,
       (select count(*) from (select from jobs.job where state = 'dead' limit $1) few) as dead,
       coalesce((select extract(epoch from now() - min(run_at)) from (select run_at from jobs.job where state = 'ready' limit $1) few), 0)::float8
           as job_age";

/// Payouts of approved runs, each run looked up by its index.
const PAYOUTS: &str = "
select of_run.status, sum(of_run.count)::int8 as count
from payout_run run cross join lateral (
    select status::text as status, count(*) as count from payout
    where payout.coop_id = run.coop_id and payout.run_id = run.run_id group by 1 offset 0) of_run
where run.coop_id = any($1::int4[]) and run.status = 'approved'
group by 1";

/// The last check of each co-op that ever had one.
const CHECKS: &str = "
select coalesce(extract(epoch from min(last.checked_at)), 0)::float8 as oldest, count(last.difference) as differ, count(*) as checked
from unnest($1::int4[]) as coop (coop_id) cross join lateral (
    select checked_at, difference from ledger_check
    where ledger_check.coop_id = coop.coop_id order by checked_at desc limit 1) last";

#[derive(FromQueryResult)]
struct Queues {
    new: i64,
    waiting: i64,
    parked: i64,
    event_age: f64,
    scheduled: i64,
    ready: i64,
    running: i64,
    dead: i64,
    job_age: f64,
}

#[derive(FromQueryResult)]
struct OnTheWay {
    status: String,
    count: i64,
}

#[derive(FromQueryResult)]
struct Checks {
    oldest: f64,
    differ: i64,
    checked: i64,
}

/// Measures until the order to stop. What could not be measured is not told: an old level would be believed.
pub(crate) async fn measure(pools: Pools, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("measuring");
    loop {
        let round = timeout(ROUND_TIME, levels(&pools, &clock)).await;
        let pause = match round.unwrap_or_else(|_| Err("the database took too long".into())) {
            Ok(levels) => {
                backoff.reset();
                levels.publish();
                MEASURE_EVERY
            }
            Err(error) => {
                Levels::default().publish();
                backoff.after(&*error)
            }
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}

async fn levels(pools: &Pools, clock: &Clock) -> Result<Levels, Box<dyn Error + Send + Sync>> {
    let mut levels = Levels::default();
    let tx = db::begin_global(&pools.orm).await?;
    if let Some(queues) = Queues::find_by_statement(statement(QUEUES, [COUNTED.into()])).one(&tx).await? {
        queues.tell(&mut levels);
    }
    tx.commit().await?;
    let coops = books::coops(pools).await?;
    let (mut sums, mut oldest, mut differ) = ([0; ON_THE_WAY.len()], f64::INFINITY, 0);
    for some in coops.chunks(COOPS_AT_ONCE) {
        let tx = db::begin_many(&pools.orm, some).await?;
        for (status, count) in on_the_way(&tx, some).await? {
            sums[status] += count;
        }
        if let Some(checks) = checks(&tx, some).await?.filter(|checks| checks.checked > 0) {
            oldest = oldest.min(checks.oldest);
            differ += checks.differ;
        }
        tx.commit().await?;
    }
    for (status, count) in ON_THE_WAY.into_iter().zip(sums) {
        levels.set(Level::Payouts, status, float(count));
    }
    if oldest.is_finite() {
        levels.set(Level::LedgerCheck, "", oldest);
    }
    levels.set(Level::LedgerDifferences, "", float(differ));
    levels.set(Level::Measured, "", float(clock.now().timestamp()));
    Ok(levels)
}

impl Queues {
    fn tell(&self, levels: &mut Levels) {
        for (status, count) in [("new", self.new), ("waiting", self.waiting), ("parked", self.parked)] {
            levels.set(Level::Inbox, status, float(count));
        }
        levels.set(Level::SettlementLag, "", self.event_age);
        for (state, count) in [("scheduled", self.scheduled), ("ready", self.ready), ("running", self.running), ("dead", self.dead)] {
            levels.set(Level::Jobs, state, float(count));
        }
        levels.set(Level::JobLag, "", self.job_age);
    }
}

/// The statuses of a payout in a run that is on its way.
const ON_THE_WAY: [&str; 6] = ["skipped", "reserved", "sent", "unknown", "confirmed", "failed"];

async fn on_the_way(tx: &db::Tx, coops: &[CoopId]) -> Result<Vec<(usize, i64)>, DbErr> {
    let rows = OnTheWay::find_by_statement(statement(PAYOUTS, [numbers(coops)])).all(tx).await?;
    let place = |row: OnTheWay| Some((ON_THE_WAY.iter().position(|status| *status == row.status)?, row.count));
    Ok(rows.into_iter().filter_map(place).collect())
}

async fn checks(tx: &db::Tx, coops: &[CoopId]) -> Result<Option<Checks>, DbErr> {
    Checks::find_by_statement(statement(CHECKS, [numbers(coops)])).one(tx).await
}

fn numbers(coops: &[CoopId]) -> sea_orm::Value {
    coops.iter().map(|coop| coop.0).collect::<Vec<i32>>().into()
}

#[expect(clippy::cast_precision_loss, reason = "a level is shown, not reckoned with; counts stay far below 2^53")]
const fn float(count: i64) -> f64 {
    count as f64
}
