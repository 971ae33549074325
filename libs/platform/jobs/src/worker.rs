//! Doing the jobs.

use std::{
    collections::HashMap,
    convert::Infallible,
    future::ready,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use kernel::{Clock, CoopId};
use sqlx::{PgPool, postgres::PgListener};
use telemetry::metrics::count_job;
use tokio::{
    sync::Notify,
    task::{Id, JoinError, JoinSet},
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tracing::{Instrument as _, Span, info_span};

use crate::{
    Handlers, JobId, JobsError,
    claim::{Claimed, claim},
    presence::Presence,
    queue::CHANNEL,
};

/// How often a worker looks by itself for what became due or was left behind. New jobs wake it at once.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause before a worker that lost the database tries again.
const RECONNECT_AFTER: Duration = Duration::from_millis(500);

/// How much a worker takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs at once. Each may hold connections of the pool while it runs.
    pub slots: usize,
    /// Jobs of one co-op at once; fewer than `slots`, so that a slot is left for the others.
    pub per_coop: usize,
    /// How long one attempt may take before it is cut off and counts as failed.
    pub attempt_time: Duration,
}

impl Default for Limits {
    /// 8 at once, 4 of one co-op, a quarter of an hour.
    fn default() -> Self {
        Self { slots: 8, per_coop: 4, attempt_time: Duration::from_mins(15) }
    }
}

/// Claims jobs and has them done. Any number may run, in one process or in many.
#[derive(Clone, Debug)]
pub struct Worker {
    pool: PgPool,
    handlers: Arc<Handlers>,
    clock: Clock,
    limits: Limits,
}

/// The jobs in hand.
#[derive(Default)]
struct Floor {
    doing: JoinSet<()>,
    jobs: HashMap<Id, (JobId, CoopId)>,
    /// The co-op that was served last; the round goes on after it.
    served: Option<CoopId>,
    finished: u64,
}

impl Worker {
    /// A worker on a pool of the application's role, with the usual limits.
    pub fn new(pool: PgPool, handlers: Handlers, clock: Clock) -> Self {
        Self { pool, handlers: Arc::new(handlers), clock, limits: Limits::default() }
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Works until `shutdown` resolves, then takes nothing new, finishes what it began and returns.
    ///
    /// A database that is away for a while is waited for; any other fault of the queue ends the worker.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) -> Result<(), JobsError> {
        let mut shutdown = pin!(shutdown);
        let mut floor = Floor::default();
        let news = Arc::new(Notify::new());
        let mut ear = JoinSet::new(); // stops listening when it is dropped
        ear.spawn(listen(self.pool.clone(), Arc::clone(&news)));
        while let Err(error) = self.work(&mut floor, &news, shutdown.as_mut()).await {
            if !error.is_passing() {
                return Err(error);
            }
            tracing::warn!(error = &error as &dyn std::error::Error, "the job queue is away; trying again");
            tokio::select! {
                () = shutdown.as_mut() => break,
                () = sleep(RECONNECT_AFTER) => {}
            }
        }
        while let Some(done) = floor.doing.join_next_with_id().await {
            floor.forget(&done);
        }
        Ok(())
    }

    /// Does everything that is due now and what that brings about, then returns how many attempts were made. Jobs for
    /// later, by the worker's clock, stay. For tests and for commands that end.
    pub async fn run_until_empty(&self) -> Result<u64, JobsError> {
        let mut presence = Presence::announce(&self.pool).await?;
        let mut floor = Floor::default();
        loop {
            presence.tidy(self.clock.now(), &floor.in_hand()).await?;
            while self.take_one(&mut floor, presence.worker).await? {}
            match floor.doing.join_next_with_id().await {
                Some(done) => floor.forget(&done),
                None => break,
            }
        }
        presence.leave().await;
        Ok(floor.finished)
    }

    /// `Ok` when `shutdown` has come; an error when the database is lost.
    async fn work(&self, floor: &mut Floor, news: &Notify, mut shutdown: Pin<&mut impl Future<Output = ()>>) -> Result<(), JobsError> {
        let mut presence = Presence::announce(&self.pool).await?;
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_more = true;
        loop {
            tokio::select! {
                biased; // a stop comes before anything new
                () = shutdown.as_mut() => {
                    // The number is kept until the last job in hand is noted, lest another worker take it over.
                    while let Some(done) = floor.doing.join_next_with_id().await {
                        floor.forget(&done);
                    }
                    presence.leave().await;
                    return Ok(());
                }
                Some(done) = floor.doing.join_next_with_id(), if !floor.doing.is_empty() => floor.forget(&done),
                _ = look.tick() => presence.tidy(self.clock.now(), &floor.in_hand()).await?,
                () = news.notified() => {}
                () = ready(()), if is_more => {}
            }
            is_more = self.take_one(floor, presence.worker).await?;
        }
    }

    /// Claims and starts a job, if a slot is free and one is ready.
    async fn take_one(&self, floor: &mut Floor, worker: i32) -> Result<bool, JobsError> {
        if floor.doing.len() >= self.limits.slots {
            return Ok(false);
        }
        let full = floor.full(self.limits.per_coop);
        let Some(claimed) = claim(&self.pool, worker, floor.served, &full).await? else {
            return Ok(false);
        };
        let (job, coop) = (claimed.attempt.job, claimed.attempt.coop);
        floor.served = Some(coop);
        let number = claimed.attempt.number;
        let span = info_span!("jobs.attempt", job.id = %job, job.task = claimed.task, job.attempt = number, coop.id = %coop);
        telemetry::follow(&span, claimed.traceparent.as_deref());
        let doing = floor.doing.spawn(self.clone().attempt(claimed).instrument(span));
        floor.jobs.insert(doing.id(), (job, coop));
        Ok(true)
    }

    /// One attempt and its note. A note that cannot be written leaves the job running under this worker's number but not in
    /// its hands, which is what `tidy` looks for: it runs again.
    async fn attempt(self, mut claimed: Claimed) {
        let began = Instant::now();
        let payload = std::mem::take(&mut claimed.payload);
        let mut doing = JoinSet::new(); // a task of its own: a panic ends it and nothing else
        doing.spawn(self.handlers.start(&claimed.task, payload, claimed.attempt).instrument(Span::current()));
        let outcome = match timeout(self.limits.attempt_time, doing.join_next()).await {
            Err(_) => Err(format!("it took longer than {} seconds", self.limits.attempt_time.as_secs())),
            Ok(Some(Err(error))) => Err(panic_words(error)),
            Ok(Some(Ok(outcome))) => outcome,
            Ok(None) => unreachable!("one task was spawned and none was joined before"),
        };
        let ended = match &outcome {
            Ok(()) => "done",
            Err(_) if claimed.attempt.last => "dead",
            Err(_) => "failed",
        };
        count_job(&claimed.task, ended, began.elapsed());
        let noted = match &outcome {
            Ok(()) => claimed.complete(&self.pool, self.clock.now()).await,
            Err(reason) => {
                let (number, task) = (claimed.attempt.number, &claimed.task);
                tracing::warn!(reason, is_last = claimed.attempt.last, "attempt {number} of a {task} job failed");
                claimed.fail(&self.pool, self.clock.now(), reason).await
            }
        };
        if let Err(error) = noted {
            tracing::warn!(error = &error as &dyn std::error::Error, "the outcome could not be noted; the job runs again");
        }
    }
}

impl Floor {
    fn in_hand(&self) -> Vec<JobId> {
        self.jobs.values().map(|(job, _)| *job).collect()
    }

    /// The co-ops that have as many slots as they may.
    fn full(&self, per_coop: usize) -> Vec<CoopId> {
        let mut held: HashMap<CoopId, usize> = HashMap::new();
        for (_, coop) in self.jobs.values() {
            *held.entry(*coop).or_default() += 1;
        }
        held.into_iter().filter(|(_, slots)| *slots >= per_coop).map(|(coop, _)| coop).collect()
    }

    fn forget(&mut self, done: &Result<(Id, ()), JoinError>) {
        let id = match done {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        self.jobs.remove(&id);
        self.finished += 1;
    }
}

/// Hears of new jobs for as long as it lives. While it is deaf, the regular look finds them.
async fn listen(pool: PgPool, news: Arc<Notify>) {
    loop {
        let Err(error) = hear(&pool, &news).await;
        tracing::debug!(%error, "not listening for new jobs; trying again");
        sleep(RECONNECT_AFTER).await;
    }
}

/// Passes each piece of news on, until the connection is lost.
async fn hear(pool: &PgPool, news: &Notify) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        news.notify_one(); // the first time for what may have come before
        listener.recv().await?;
    }
}

/// What a task said when it panicked.
fn panic_words(error: JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else {
        return "it was cut off".to_owned();
    };
    let words = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", words.unwrap_or("without a word"))
}
