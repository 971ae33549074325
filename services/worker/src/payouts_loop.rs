//! Approved payout runs, sent as they become due.

use std::{collections::HashMap, time::Duration};

use db::Pools;
use kernel::CoopId;
use payouts::{Payouts, PayoutsError, RunId};
use tokio::task::{Id, JoinSet};

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often it is asked which runs are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Co-ops asked about at once.
const COOPS_AT_ONCE: usize = 500;

type Run = (CoopId, RunId);

/// Runs that are being sent.
#[derive(Default)]
struct Hands {
    sending: JoinSet<()>,
    runs: HashMap<Id, Run>,
}

/// Sends due runs until the order to stop, then lets the payouts that have begun come to their end.
pub(crate) async fn send(pools: Pools, payouts: Payouts, senders: usize, mut stop: Stop) {
    let mut backoff = Backoff::new("payouts");
    let mut hands = Hands::default();
    loop {
        let pause = match due(&pools, &payouts).await {
            Ok(runs) => {
                backoff.reset();
                hands.take(&payouts, runs, senders, &stop);
                LOOK_EVERY
            }
            Err(error) => backoff.after(&*error),
        };
        if !stop.rest(pause).await {
            break;
        }
        while let Some(done) = hands.sending.try_join_next_with_id() {
            hands.runs.remove(&done.map_or_else(|error| error.id(), |(id, ())| id));
        }
    }
    while hands.sending.join_next().await.is_some() {}
}

async fn due(pools: &Pools, payouts: &Payouts) -> Result<Vec<Run>, Box<dyn std::error::Error + Send + Sync>> {
    let mut runs = Vec::new();
    for some in books::coops(pools).await?.chunks(COOPS_AT_ONCE) {
        runs.extend(payouts.due(some).await?);
    }
    Ok(runs)
}

impl Hands {
    /// Begins with the runs that are not in hand yet, as many as there are hands free.
    fn take(&mut self, payouts: &Payouts, runs: Vec<Run>, senders: usize, stop: &Stop) {
        for run in runs {
            if self.sending.len() >= senders {
                return;
            }
            if self.runs.values().any(|held| *held == run) {
                continue;
            }
            let (payouts, stop) = (payouts.clone(), stop.clone());
            let sending = self.sending.spawn(async move {
                match payouts.send_until(run.0, run.1, || stop.is_given()).await {
                    Ok(progress) => tracing::info!(coop.id = %run.0, run.id = %run.1, ?progress, "sent what was due of payout run {}", run.1),
                    Err(PayoutsError::NotNow { .. }) => {} // held or cancelled since it was found due
                    // `due` names it again while there is something to do
                    Err(error) => tracing::warn!(coop.id = %run.0, run.id = %run.1, error = &error as &dyn std::error::Error, "payout run {} stopped", run.1),
                }
            });
            self.runs.insert(sending.id(), run);
        }
    }
}
