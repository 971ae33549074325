//! Starting and stopping a worker.

use std::sync::Arc;

use jobs::Handlers;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    WorkerConfig, books, checks, forgetting, jobs_loop, measuring, membership, pace::Stop, payouts_loop, promising, settling, stocking,
    sweeping,
};

/// A worker, not yet running.
#[derive(Debug)]
pub struct Worker;

/// A running worker. Dropping it cuts its loops off; what they had not committed is done again by the next worker.
#[derive(Debug)]
pub struct Running {
    loops: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Worker {
    /// Starts the loops on the current Tokio runtime.
    pub fn start(config: WorkerConfig) -> Running {
        let WorkerConfig { pools, settlement, payouts, desk, members, post, promises, clock, settlers, measures, senders } = config;
        let (order, stop) = Stop::channel();
        let bells = Arc::new(settling::Bells::default());
        let mut loops = JoinSet::new();
        loops.spawn(settling::listen(pools.sqlx.clone(), Arc::clone(&bells), stop.clone()));
        for _ in 0..settlers {
            loops.spawn(settling::settle(settlement.clone(), Arc::clone(&bells), stop.clone()));
        }
        loops.spawn(settling::fetch_fees(settlement.clone(), bells, stop.clone()));
        loops.spawn(sweeping::sweep(settlement, clock.clone(), stop.clone()));
        if let Some(payouts) = payouts {
            loops.spawn(payouts_loop::send(pools.clone(), payouts, senders, stop.clone()));
        }
        if desk.is_some() || members.is_some() || post.is_some() || promises.is_some() {
            let handlers = desk.into_iter().fold(Handlers::new(), |handlers, desk| desk.register(handlers));
            let handlers = members.into_iter().fold(handlers, |handlers, desk| desk.register(handlers));
            let handlers = post.into_iter().fold(handlers, |handlers, post| post.register(handlers));
            let handlers = promises.into_iter().fold(handlers, |handlers, desk| desk.register(handlers));
            loops.spawn(jobs_loop::work(pools.sqlx.clone(), handlers, clock.clone(), stop.clone()));
        }
        loops.spawn(membership::look(pools.clone(), clock.clone(), stop.clone()));
        loops.spawn(stocking::keep(pools.clone(), clock.clone(), stop.clone()));
        loops.spawn(promising::serve(pools.clone(), clock.clone(), stop.clone()));
        loops.spawn(forgetting::forget(pools.clone(), clock.clone(), stop.clone()));
        if measures {
            loops.spawn(measuring::measure(pools.clone(), clock.clone(), stop.clone()));
        }
        loops.spawn(books::keep(pools.clone(), stop.clone()));
        loops.spawn(checks::check(pools, clock, stop));
        tracing::info!(settlers, senders, "the worker works");
        Running { loops, stop: order }
    }
}

impl Running {
    /// Waits until a loop ends by itself, which it does only when it panics: the others would go on without it unnoticed.
    pub async fn wait(&mut self) {
        if let Some(Err(error)) = self.loops.join_next().await {
            tracing::error!(%error, "a loop of the worker has ended");
        }
    }

    /// Begins nothing new and returns when what was begun is finished.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.loops.join_next().await.is_some() {}
    }
}
