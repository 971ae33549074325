//! Sending a run: claim, look where something may have been sent, send, write down what came of it.
//!
//! ```text
//! reserved ── claim, key committed ──> sent ──> confirmed
//!    ^                                  │ └───> failed, the money is owed again
//!    └── certainly not done ────────────┤
//!                                       └───> unknown ── look ──> live: confirmed · reversed: failed ·
//!                                                                 missing: sent again · unverifiable: stays unknown
//! ```
//!
//! No transaction is open while Stripe is asked. Whatever dies in between leaves a row that says how far it had come.

mod claim;
mod limits;
mod outcome;
mod verdict;
mod write;

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use kernel::CoopId;
use stripe_gateway::{Doubt, Gateway, GatewayError, TransferAsk, objects::Transfer};

pub use limits::SendLimits;

use self::{
    claim::Command,
    outcome::{Outcome, Pause, judge, unseen},
    verdict::{Verdict, verdict},
};
use tracing::Instrument as _;

use crate::{PayoutStatus, Payouts, PayoutsError, RunId, facts, repo};

/// What a call of [`Payouts::send`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Payouts whose transfer is confirmed.
    pub confirmed: usize,
    /// Payouts that failed; their money is owed again.
    pub failed: usize,
    /// Payouts that were certainly not sent and wait.
    pub waiting: usize,
    /// Payouts of which it is not known whether they were sent.
    pub unknown: usize,
    /// Whether the run has nothing open any more.
    pub finished: bool,
}

impl Payouts {
    /// Sends what is due of an approved run, and returns when nothing more is due now. Several may send the same run at
    /// once; it may be called as often as one likes, and goes on where it stopped.
    pub async fn send(&self, coop: CoopId, run: RunId) -> Result<Progress, PayoutsError> {
        self.send_until(coop, run, || false).await
    }

    /// The same, but begins no further payout once `stop` says so: what is under way is finished, the rest is for another call.
    pub async fn send_until(&self, coop: CoopId, run: RunId, stop: impl Fn() -> bool + Send) -> Result<Progress, PayoutsError> {
        let span = tracing::info_span!("payouts.send", coop.id = %coop, run.id = %run);
        if telemetry::is_traced() {
            let tx = db::begin(&self.db, coop).await?;
            let approved_in = repo::trace(&tx, (coop, run)).await?;
            tx.commit().await?;
            telemetry::follow(&span, approved_in.as_deref());
        }
        self.send_due(coop, run, stop).instrument(span).await
    }

    #[tracing::instrument(skip_all, level = "debug", err)]
    async fn send_due(&self, coop: CoopId, run: RunId, stop: impl Fn() -> bool + Send) -> Result<Progress, PayoutsError> {
        let gateway = self.gateway.as_ref().ok_or(PayoutsError::NoGateway)?;
        let (mut progress, mut failure) = (Progress::default(), None);
        let (mut more, mut flying) = (true, FuturesUnordered::new());
        loop {
            more &= !stop();
            if more && flying.len() <= self.limits.in_flight / 2 {
                match self.claim(coop, run, self.limits.in_flight - flying.len()).await {
                    Ok(commands) => {
                        more = !commands.is_empty();
                        flying.extend(commands.into_iter().map(|command| self.carry(gateway, command)));
                    }
                    Err(error) => (more, failure) = (false, Some(error)),
                }
            }
            match flying.next().await {
                None if more => {}
                None => break,
                Some(Ok(carried)) => {
                    progress.count(carried.status);
                    more &= !carried.stop;
                }
                // What is under way is finished before the failure is told.
                Some(Err(error)) => (more, failure) = (false, Some(error)),
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        let tx = db::begin(&self.db, coop).await?;
        repo::finish(&tx, (coop, run), self.clock.now()).await?;
        progress.finished = repo::get_run(&tx, (coop, run)).await?.finished_at.is_some();
        tx.commit().await?;
        Ok(progress)
    }

    async fn claim(&self, coop: CoopId, run: RunId, count: usize) -> Result<Vec<Command>, PayoutsError> {
        let tx = db::begin(&self.db, coop).await?;
        let commands = claim::claim(&tx, (coop, run), (count, self.clock.now()), &self.limits).await?;
        tx.commit().await?;
        Ok(commands)
    }

    /// Carries one payout as far as it goes now.
    async fn carry(&self, gateway: &Gateway, command: Command) -> Result<Carried, PayoutsError> {
        if command.fresh {
            let outcome = self.command(gateway, &command).await;
            return self.settle(&command, outcome).await;
        }
        let outcome = match self.look(gateway, &command).await {
            Verdict::Live(transfer) | Verdict::Reversed(transfer) => Outcome::Found(transfer),
            Verdict::Unverifiable(pause) => Outcome::InDoubt(pause),
            Verdict::Missing => match self.again(command.clone()).await? {
                Again::Send(again) => {
                    let outcome = self.command(gateway, &again).await;
                    return self.settle(&again, outcome).await;
                }
                Again::Held => Outcome::InDoubt(Pause::new("Stripe has no transfer of it; it is sent again when the run is released")),
                Again::Lost => return Ok(Carried::default()),
            },
        };
        self.settle(&command, outcome).await
    }

    async fn look(&self, gateway: &Gateway, command: &Command) -> Verdict {
        let group = command.payout.group();
        let after = self.limits.call_timeout;
        let looked = tokio::time::timeout(after, gateway.list_transfers(&group)).await;
        match looked.unwrap_or(Err(GatewayError::Unknown(Doubt::TimedOut { after }))) {
            Ok(transfers) => verdict(command, transfers),
            Err(error) => Verdict::Unverifiable(unseen(&error)),
        }
    }

    async fn again(&self, command: Command) -> Result<Again, PayoutsError> {
        let tx = db::begin_brief(&self.db, command.coop).await?;
        if !claim::is_approved(&tx, (command.coop, command.run)).await? {
            return Ok(Again::Held);
        }
        let again = claim::again(&tx, command, self.clock.now(), &self.limits).await?;
        tx.commit().await?;
        Ok(again.map_or(Again::Lost, Again::Send))
    }

    async fn command(&self, gateway: &Gateway, command: &Command) -> Outcome {
        match self.transfer(gateway, command).await {
            Ok(transfer) => Outcome::Found(Box::new(transfer)),
            Err(error) => judge(error, command.fresh),
        }
    }

    async fn transfer(&self, gateway: &Gateway, command: &Command) -> Result<Transfer, GatewayError> {
        let after = self.limits.call_timeout;
        if self.clock.now() + after >= command.leased_until {
            // Another sender may have it by the time that Stripe answers.
            return Err(GatewayError::Invalid("this sender was too slow and its turn is over".to_owned()));
        }
        let ask = TransferAsk {
            amount: command.amount,
            currency: command.currency.code().to_ascii_lowercase(),
            destination: command.destination.clone(),
            source_transaction: None,
            transfer_group: Some(command.payout.group()),
            metadata: facts::metadata(command.coop, command.payout),
            description: Some(format!("Payout {}", command.payout)),
        };
        let sent = tokio::time::timeout(after, gateway.create_transfer(&ask, &command.key()?)).await;
        sent.unwrap_or(Err(GatewayError::Unknown(Doubt::TimedOut { after })))
    }
}

/// What became of the wish to send a missing transfer again.
enum Again {
    Send(Command),
    Held,
    Lost,
}

/// What became of a payout in this call; no status when another sender has it.
#[derive(Clone, Copy, Debug, Default)]
struct Carried {
    status: Option<PayoutStatus>,
    stop: bool,
}

impl Progress {
    fn count(&mut self, status: Option<PayoutStatus>) {
        match status {
            Some(PayoutStatus::Confirmed) => self.confirmed += 1,
            Some(PayoutStatus::Failed) => self.failed += 1,
            Some(PayoutStatus::Reserved) => self.waiting += 1,
            Some(PayoutStatus::Unknown) => self.unknown += 1,
            Some(PayoutStatus::Skipped | PayoutStatus::Planned | PayoutStatus::Sent | PayoutStatus::Cancelled) | None => {}
        }
    }
}
