//! Taking tokens: from memory while a lease lasts, from PostgreSQL when it does not.
//!
//! A request takes from two buckets: its key's or person's own, and the one that the co-op shares. What it takes is its cost.
//! A process takes tokens out of a bucket in leases of a twentieth of the burst, spends them from memory, and gives what is
//! left of a lease after [`LEASE_SECS`] back with the next one. So a busy key costs one short transaction per lease, not per
//! request, and a bucket that is known to be empty costs none until it can have filled up.
//!
//! **Overshoot.** Every token that is spent was taken from the bucket before, so the rate over time is held exactly. At
//! one moment a process can spend a lease beside what the bucket holds by then: in any `t` seconds no more passes than
//! `burst + per_second * t + processes * lease`, and leases are short, so the last part is at most `per_second * LEASE_SECS`
//! as well. Clocks of processes that differ by `d` add `per_second * d` once.
//!
//! **Faults.** When the database does not answer, requests pass: the limiter shares the house out, it guards no
//! secret and no money, and a request that needs the database fails by itself. The same lease is then granted from
//! nothing, so that a database in trouble is asked once per lease.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{Actor, Clock, CoopId, Who};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::{Quota, Verdict, bucket::PARTS};

/// How long a lease may be spent from.
const LEASE_SECS: i64 = 5;
/// A lease is the burst divided by this.
const LEASES_PER_BURST: u32 = 20;
/// A request waits this long for the limiter, then passes.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many buckets are kept in memory before those that nobody uses are let go.
const MAX_HELD: usize = 10_000;
/// The bucket that all of a co-op share.
const SHARED: Uuid = Uuid::nil();

/// What may be used by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// By each key.
    pub key: Quota,
    /// By each person.
    pub person: Quota,
    /// By all keys and people of a co-op together.
    pub coop: Quota,
}

impl Default for Quotas {
    /// In points of what an operation of the graph weighs: a field is one, a page of a hundred rows some hundreds. A program
    /// may ask for a few such pages each second, a person's screen for one or two, and a co-op for what leaves room for
    /// others. Each bucket holds the heaviest operation that is taken at all.
    fn default() -> Self {
        Self {
            key: Quota { burst: 60_000, per_second: 1_000 },
            person: Quota { burst: 40_000, per_second: 500 },
            coop: Quota { burst: 200_000, per_second: 5_000 },
        }
    }
}

/// The buckets, as one process sees them. Clones share its leases.
#[derive(Clone, Debug)]
pub struct Limits {
    db: DatabaseConnection,
    clock: Clock,
    quotas: Quotas,
    held: Arc<Mutex<HashMap<(CoopId, Uuid), Shared>>>,
}

/// Requests that need the same bucket wait for each other, so that one of them asks.
type Shared = Arc<tokio::sync::Mutex<Held>>;

/// What this process has of a bucket.
#[derive(Debug, Default)]
struct Held {
    lease: u32,
    until: DateTime<Utc>,
    /// What was in the bucket at the last look, and when that was.
    seen: u32,
    seen_at: DateTime<Utc>,
}

#[derive(Clone, Copy)]
struct Ask {
    coop: CoopId,
    bucket: Uuid,
    quota: Quota,
    need: u32,
    lease: u32,
    back: u32,
    now: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Taken {
    granted: i64,
    tokens: i64,
}

const FILL: &str = "
insert into rate_bucket (coop_id, bucket, tokens, at) values ($1, $2, $3::int8 * 1000000, $4) on conflict (coop_id, bucket) do nothing";

// $3 burst, $4 per second, $5 now, $6 needed at least, $7 wanted, $8 given back. A lease takes no more than a quarter of what
// there is, so that the last tokens go to whoever needs them.
const TAKE: &str = "
with before as materialized (
    select tokens, at from rate_bucket where coop_id = $1 and bucket = $2 for no key update
), filled as (
    select greatest(at, $5) as at, least($3::int8 * 1000000, tokens + $8::int8 * 1000000
        + $4::int8 * least((extract(epoch from greatest($5 - at, interval '0')) * 1000000)::int8, $3::int8 * 1000000)) as tokens
    from before
), granted as (
    select at, tokens, case when tokens < $6::int8 * 1000000 then 0
        else greatest($6::int8, least($7::int8, tokens / 4000000)) end as granted
    from filled
)
update rate_bucket set tokens = granted.tokens - granted.granted * 1000000, at = granted.at
from granted where coop_id = $1 and bucket = $2
returning granted.granted, rate_bucket.tokens";

impl Limits {
    /// Over a pool of the application's role.
    pub fn new(db: DatabaseConnection, quotas: Quotas, clock: Clock) -> Self {
        Self { db, clock, quotas, held: Arc::default() }
    }

    /// Takes what a request costs, from its own bucket and its co-op's, or from neither. A cost above a whole bucket takes
    /// the whole bucket.
    pub async fn take(&self, actor: &Actor, cost: u32) -> Verdict {
        let (own, quota) = match actor.who {
            Who::Key(key) => (key.0, self.quotas.key),
            Who::Person { person, .. } => (person.0, self.quotas.person),
        };
        let cost = cost.min(quota.burst);
        // Always the co-op's first: two requests cannot wait for each other
        let (shared_held, own_held) = (self.held(actor.coop, SHARED), self.held(actor.coop, own));
        let (mut shared_held, mut own_held) = (shared_held.lock().await, own_held.lock().await);
        let shared = self.fill(&mut shared_held, (actor.coop, SHARED), self.quotas.coop, cost).await;
        if !shared.allowed {
            return shared;
        }
        let own = self.fill(&mut own_held, (actor.coop, own), quota, cost).await;
        if own.allowed {
            shared_held.lease -= cost.min(self.quotas.coop.burst);
            own_held.lease -= cost;
        }
        if own.allowed && shared.remaining < own.remaining { shared } else { own }
    }

    /// Sees to it that the lease covers the cost, if the bucket does.
    async fn fill(&self, held: &mut Held, (coop, bucket): (CoopId, Uuid), quota: Quota, cost: u32) -> Verdict {
        let (now, cost) = (self.clock.now(), cost.min(quota.burst));
        let lease_is_over = held.until <= now;
        if held.lease >= cost && !lease_is_over {
            return quota.verdict(cost, held.lease - cost + held.in_bucket(quota, now), true);
        }
        let back = if lease_is_over { held.lease } else { 0 };
        let need = if lease_is_over { cost } else { cost - held.lease };
        // Only time fills a bucket, and what is given back: too little at the last look, and too little since
        if held.seen_at <= now && held.in_bucket(quota, now).saturating_add(back) < need && held.is_recent(now) {
            return quota.verdict(cost, held.lease + held.in_bucket(quota, now), false);
        }
        let ask = Ask { coop, bucket, quota, need, lease: (quota.burst / LEASES_PER_BURST).max(need), back, now };
        let taken = tokio::time::timeout(PATIENCE, self.ask(ask)).await.map_err(|_| DbErr::Custom("no answer in time".to_owned()));
        let (granted, seen) = taken.and_then(|taken| taken).unwrap_or_else(|error| {
            tracing::warn!(coop.id = %coop, error = &error as &dyn std::error::Error, "the limiter cannot reach its buckets; requests pass");
            (ask.lease, quota.burst)
        });
        *held = Held { lease: held.lease - back + granted, until: now + TimeDelta::seconds(LEASE_SECS), seen, seen_at: now };
        let allowed = held.lease >= cost;
        quota.verdict(cost, held.lease - if allowed { cost } else { 0 } + seen, allowed)
    }

    /// What was granted and what is left, in whole tokens. All that is needed, or nothing.
    async fn ask(&self, ask: Ask) -> Result<(u32, u32), DbErr> {
        let tx = db::begin(&self.db, ask.coop).await?;
        let at: [Value; 2] = [ask.coop.0.into(), ask.bucket.into()];
        let numbers: [Value; 3] = [i64::from(ask.quota.burst).into(), i64::from(ask.quota.per_second).into(), ask.now.into()];
        let wants = [ask.need, ask.lease, ask.back].map(|tokens| Value::from(i64::from(tokens)));
        let take = statement(TAKE, at.clone().into_iter().chain(numbers.clone()).chain(wants));
        let mut taken = Taken::find_by_statement(take.clone()).one(&tx).await?;
        if taken.is_none() {
            let [burst, _, now] = numbers;
            tx.execute_raw(statement(FILL, at.into_iter().chain([burst, now]))).await?;
            taken = Taken::find_by_statement(take).one(&tx).await?;
        }
        tx.commit().await?;
        let taken = taken.ok_or(DbErr::RecordNotUpdated)?;
        let whole = |tokens: i64| u32::try_from(tokens).unwrap_or(0);
        Ok((whole(taken.granted), whole(taken.tokens / PARTS)))
    }

    fn held(&self, coop: CoopId, bucket: Uuid) -> Shared {
        let mut held = self.held.lock().expect("no holder of the map panics");
        if held.len() >= MAX_HELD {
            // What is left of their leases is lost to whoever asked for it, and flows in again
            held.retain(|_, held| Arc::strong_count(held) > 1);
        }
        Arc::clone(held.entry((coop, bucket)).or_default())
    }
}

impl Held {
    /// What the bucket holds by now if nobody else took from it.
    fn in_bucket(&self, quota: Quota, now: DateTime<Utc>) -> u32 {
        let millis = (now - self.seen_at).num_milliseconds().clamp(0, i64::from(u32::MAX));
        let flowed = i64::from(quota.per_second).saturating_mul(millis) / 1_000;
        self.seen.saturating_add(u32::try_from(flowed).unwrap_or(u32::MAX)).min(quota.burst)
    }

    /// Others may have given leases back: what was seen is believed for as long as a lease lives.
    fn is_recent(&self, now: DateTime<Utc>) -> bool {
        now - self.seen_at < TimeDelta::seconds(LEASE_SECS)
    }
}
