//! Writing down what came of a payout.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PartyId;
use sea_orm::{ConnectionTrait as _, DbErr};

use super::{Carried, Command, Outcome, Pause};
use crate::{
    PayoutStatus, Payouts, PayoutsError,
    facts::{TransferFact, record_transfers},
    money::{self, Moved},
};

const WRITE: &str = "
with changed as (
    update payout set status = $4::payout_status, reason = $5, changed_at = $6, lease = null, leased_until = null, next_try_at = $7,
        tries = tries + 1, keyed_at = case when $8 then null else keyed_at end
    where coop_id = $1 and payout_id = $2 and lease = $3 and status in ('sent', 'unknown')
    returning payout_id, status, reason
)
insert into payout_step (coop_id, payout_id, step, status, at, note)
select $1, payout_id, 1 + (select max(step) from payout_step taken where taken.coop_id = $1 and taken.payout_id = changed.payout_id),
       status, $6, reason
from changed";

/// Writes a payout's new status while it is still ours. `false` when it is not.
async fn write(
    tx: &db::Tx,
    command: &Command,
    (status, pause): (PayoutStatus, &Pause),
    (now, next_try_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, DbErr> {
    let values = [
        command.coop.0.into(),
        command.payout.0.into(),
        command.lease.into(),
        status.name().into(),
        pause.reason.clone().into(),
        now.into(),
        next_try_at.into(),
        pause.new_key.into(),
    ];
    Ok(tx.execute_raw(statement(WRITE, values)).await?.rows_affected() > 0)
}

impl Payouts {
    /// Settles what came of a command or a look, in one transaction with its posting.
    pub(super) async fn settle(&self, command: &Command, outcome: Outcome) -> Result<Carried, PayoutsError> {
        let now = self.clock.now();
        let tx = db::begin_brief(&self.db, command.coop).await?;
        let (status, pause) = match outcome {
            Outcome::Found(transfer) => {
                let fact = TransferFact::of(command.coop, command.payout, &transfer, now);
                let mut recorded = record_transfers(&tx, &self.accounts, std::slice::from_ref(&fact)).await?;
                let Some(unmatched) = recorded.unmatched.pop() else {
                    tx.commit().await?;
                    let gone = fact.amount_reversed >= fact.amount;
                    let status = if gone { PayoutStatus::Failed } else { PayoutStatus::Confirmed };
                    return Ok(Carried { status: Some(status), stop: false });
                };
                (PayoutStatus::Unknown, Pause::new(unmatched.reason))
            }
            Outcome::Refused(reason) => (PayoutStatus::Failed, Pause::new(reason)),
            Outcome::Later(pause) => (PayoutStatus::Reserved, pause),
            Outcome::InDoubt(pause) => (PayoutStatus::Unknown, pause),
        };
        let at_least = chrono::TimeDelta::from_std(pause.at_least).unwrap_or(self.limits.longest_pause);
        let next_try_at = now + self.limits.pause(command.tries).max(at_least);
        let ours = write(&tx, command, (status, &pause), (now, next_try_at)).await?;
        if ours && status == PayoutStatus::Failed {
            self.give_back(&tx, command, now).await?;
        }
        tx.commit().await?;
        tracing::info!(payout.id = %command.payout, attempt = command.attempt, %status, ours, "payout {}: {}", command.payout, pause.reason);
        Ok(Carried { status: ours.then_some(status), stop: pause.stop })
    }

    /// What was reserved is owed again.
    async fn give_back(&self, tx: &db::Tx, command: &Command, at: DateTime<Utc>) -> Result<(), PayoutsError> {
        let Command { coop, payout, currency, amount, .. } = *command;
        let party: PartyId = command.party;
        let reserved = money::reservations(tx, coop, [payout]).await?;
        let moved = Moved { coop, payout, party, currency, amount, at };
        let posting = moved.given_back("payout_failed", reserved.get(&payout).copied())?;
        ledger::post(tx, &self.accounts, posting.as_slice()).await?;
        Ok(())
    }
}
