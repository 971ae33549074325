//! The shared look at the database.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use db::{Pools, statement};
use kernel::CoopId;
use payouts::RunId;
use sea_orm::{ConnectionTrait as _, DbErr};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};
use uuid::Uuid;

/// How often is looked while somebody listens: soon enough for eyes, seldom enough for the database.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// How a payout run stands: its status, and for each status of its payouts how many they are and what they sum to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RunNow {
    pub(super) status: String,
    pub(super) payouts: Vec<(String, i64, i64)>,
}

/// How settlement stands: how many events are parked, and when something was last posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SettlementNow {
    pub(super) parked: i64,
    pub(super) last_posted_at: Option<DateTime<Utc>>,
}

/// What somebody listens to, and what was last seen of it.
type Heard<K, V> = Mutex<HashMap<K, watch::Sender<Option<V>>>>;

/// What of a process is listened to. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    runs: Heard<(CoopId, RunId), RunNow>,
    settlement: Heard<CoopId, SettlementNow>,
    somebody: Notify,
}

impl Pulse {
    /// How a run stands, from now on.
    pub(super) fn run(&self, coop: CoopId, run: RunId) -> watch::Receiver<Option<RunNow>> {
        self.listen(&self.0.runs, (coop, run))
    }

    /// How a co-op's settlement stands, from now on.
    pub(super) fn settlement(&self, coop: CoopId) -> watch::Receiver<Option<SettlementNow>> {
        self.listen(&self.0.settlement, coop)
    }

    fn listen<K: Hash + Eq, V>(&self, heard: &Heard<K, V>, key: K) -> watch::Receiver<Option<V>> {
        let listener =
            heard.lock().expect("nobody panics while listening").entry(key).or_insert_with(|| watch::channel(None).0).subscribe();
        self.0.somebody.notify_one();
        listener
    }
}

/// What is still listened to; the rest is let go.
fn wanted<K: Hash + Eq + Copy, V>(heard: &Heard<K, V>) -> Vec<K> {
    let mut heard = heard.lock().expect("nobody panics while listening");
    heard.retain(|_, told| told.receiver_count() > 0);
    heard.keys().copied().collect()
}

fn tell<K: Hash + Eq, V: PartialEq>(heard: &Heard<K, V>, seen: HashMap<K, V>) {
    let heard = heard.lock().expect("nobody panics while listening");
    for (key, now) in seen {
        if let Some(told) = heard.get(&key) {
            told.send_if_modified(|before| {
                let changed = before.as_ref() != Some(&now);
                *before = Some(now);
                changed
            });
        }
    }
}

/// Looks while somebody listens, until `stop` says so.
pub(crate) async fn beat(pools: Pools, pulse: Pulse, mut stop: watch::Receiver<bool>) {
    let inner = &pulse.0;
    loop {
        let (runs, coops) = (wanted(&inner.runs), wanted(&inner.settlement));
        let nobody = runs.is_empty() && coops.is_empty();
        if !nobody && let Err(error) = look(&pools, inner, &runs, &coops).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "those who listen are told nothing for now");
        }
        tokio::select! {
            () = inner.somebody.notified(), if nobody => {}
            () = sleep(LOOK_EVERY), if !nobody => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn look(pools: &Pools, inner: &Inner, runs: &[(CoopId, RunId)], coops: &[CoopId]) -> Result<(), DbErr> {
    let mut named: Vec<CoopId> = runs.iter().map(|(coop, _)| *coop).chain(coops.iter().copied()).collect();
    named.sort_unstable();
    named.dedup();
    let tx = db::begin_many(&pools.orm, &named).await?;
    let seen = (runs_now(&tx, runs).await?, settlement_now(&tx, coops).await?);
    tx.commit().await?;
    tell(&inner.runs, seen.0);
    tell(&inner.settlement, seen.1);
    Ok(())
}

const RUNS: &str = "
select asked.coop_id, asked.run_id, run.status, coalesce(payout.status, '') as payout_status, coalesce(payout.count, 0) as count,
       coalesce(payout.sum, 0)::int8 as sum
from unnest($1::int4[], $2::uuid[]) as asked (coop_id, run_id)
cross join lateral (select status::text as status from payout_run
                    where payout_run.coop_id = asked.coop_id and payout_run.run_id = asked.run_id offset 0) run
left join lateral (select payout.status::text as status, count(*) as count, sum(payout.amount) as sum from payout
                   where payout.coop_id = asked.coop_id and payout.run_id = asked.run_id group by payout.status) payout on true
order by asked.coop_id, asked.run_id, payout.status";

async fn runs_now(tx: &db::Tx, runs: &[(CoopId, RunId)]) -> Result<HashMap<(CoopId, RunId), RunNow>, DbErr> {
    let mut seen: HashMap<(CoopId, RunId), RunNow> = HashMap::new();
    if runs.is_empty() {
        return Ok(seen);
    }
    let coops: Vec<i32> = runs.iter().map(|(coop, _)| coop.0).collect();
    let ids: Vec<Uuid> = runs.iter().map(|(_, run)| run.0).collect();
    for row in tx.query_all_raw(statement(RUNS, [coops.into(), ids.into()])).await? {
        let key = (CoopId(row.try_get("", "coop_id")?), RunId(row.try_get("", "run_id")?));
        let now = seen.entry(key).or_default();
        now.status = row.try_get("", "status")?;
        let (status, count): (String, i64) = (row.try_get("", "payout_status")?, row.try_get("", "count")?);
        if count > 0 {
            now.payouts.push((status, count, row.try_get("", "sum")?));
        }
    }
    Ok(seen)
}

const SETTLEMENT: &str = "
select asked.coop_id,
       (select count(*) from stripe_event where stripe_event.coop_id = asked.coop_id and stripe_event.status = 'parked') as parked,
       (select posting.posted_at from posting where posting.coop_id = asked.coop_id order by posting.posting_id desc limit 1) as last
from unnest($1::int4[]) as asked (coop_id)";

async fn settlement_now(tx: &db::Tx, coops: &[CoopId]) -> Result<HashMap<CoopId, SettlementNow>, DbErr> {
    if coops.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
    let rows = tx.query_all_raw(statement(SETTLEMENT, [ids.into()])).await?;
    rows.iter()
        .map(|row| {
            let now = SettlementNow { parked: row.try_get("", "parked")?, last_posted_at: row.try_get("", "last")? };
            Ok((CoopId(row.try_get("", "coop_id")?), now))
        })
        .collect()
}
