//! Starting and stopping a worker.

use std::sync::Arc;

use tokio::{sync::watch, task::JoinSet};

use crate::{WorkerConfig, books, checks, jobs_loop, pace::Stop, payouts_loop, settling, sweeping};

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
        let WorkerConfig { pools, settlement, payouts, desk, clock, settlers, senders } = config;
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
        if let Some(desk) = desk {
            loops.spawn(jobs_loop::work(pools.sqlx.clone(), desk, clock.clone(), stop.clone()));
        }
        loops.spawn(books::keep(pools.clone(), stop.clone()));
        loops.spawn(checks::check(pools, clock, stop));
        tracing::info!(settlers, senders, "the worker works");
        Running { loops, stop: order }
    }
}

impl Running {
    /// Begins nothing new and returns when what was begun is finished.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.loops.join_next().await.is_some() {}
    }
}
