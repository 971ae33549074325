//! Approving a run: the second person's yes reserves the money.

use std::{cmp::Ordering, collections::HashMap};

use kernel::{CoopId, Money, PartyId, PersonId};
use ledger::Posting;
use sea_orm::{ColumnTrait as _, QueryFilter as _};

use crate::{
    Line, PayoutId, PayoutStatus, Payouts, PayoutsError, Planned, Results, Run, RunId, RunStatus,
    entity::payout,
    money::Moved,
    repo::{self, Decided},
    service,
};

impl Payouts {
    /// Approves a draft and reserves its money, in one transaction. Payables are locked first and every amount is decided
    /// again: never more than was reviewed, and less where less is due by now. Approving again is the same answer.
    #[tracing::instrument(name = "payouts.approve", skip_all, fields(coop.id = %coop, run.id = %id))]
    pub async fn approve(&self, coop: CoopId, id: RunId, by: PersonId) -> Result<Results, PayoutsError> {
        let at = self.clock.now();
        let tx = db::begin(&self.db, coop).await?;
        let mut run = repo::lock_run(&tx, (coop, id)).await?;
        if run.drafted_by == by {
            return Err(PayoutsError::AuthorApproves);
        }
        match (run.status, run.approved) {
            (_, Some((before, _))) if before == by => return service::read(&tx, (coop, id)).await,
            (_, Some(_)) => return Err(PayoutsError::ApprovedBefore(id)),
            (RunStatus::Draft, None) => {}
            (status @ (RunStatus::Held | RunStatus::Approved | RunStatus::Finished | RunStatus::Cancelled), None) => {
                return Err(PayoutsError::NotNow { run: id, status, wanted: "approved" });
            }
        }
        ledger::lock_payables(&tx, coop, run.currency).await?;
        let lines = self.lines(&tx, coop, &run).await?;
        let planned = payout::Entity::in_coop(coop)
            .filter(payout::Column::RunId.eq(id.0))
            .filter(payout::Column::Status.eq(PayoutStatus::Planned))
            .all(&tx)
            .await?;
        let rows = settle(&run, planned, lines);
        repo::settle_planned(&tx, coop, at, &rows).await?;
        let reserved = rows.iter().filter(|row| row.status == PayoutStatus::Reserved);
        let postings: Vec<Posting> = reserved
            .filter_map(|row| {
                let party = PartyId(row.party);
                Moved { coop, payout: row.payout, party, currency: run.currency, amount: row.amount, at }.reserved().transpose()
            })
            .collect::<Result<_, _>>()?;
        ledger::post(&tx, &self.accounts, &postings).await?;
        run.status = RunStatus::Approved;
        run.approved = Some((by, at));
        repo::update_run(&tx, coop, &run).await?;
        repo::keep_trace(&tx, (coop, id)).await?;
        repo::finish(&tx, (coop, id), at).await?;
        let results = service::read(&tx, (coop, id)).await?;
        tx.commit().await?;
        Ok(results)
    }
}

/// What becomes of each planned payout, given the plan as it would be made now.
fn settle(run: &Run, planned: Vec<payout::Model>, lines: Vec<Line>) -> Vec<Decided> {
    let mut now: HashMap<PartyId, Line> = lines.into_iter().map(|line| (line.party, line)).collect();
    planned.into_iter().map(|row| settle_one(run, &row, now.remove(&PartyId(row.party_id)))).collect()
}

fn settle_one(run: &Run, row: &payout::Model, line: Option<Line>) -> Decided {
    let skip = |owed, reason: String| Decided {
        payout: PayoutId(row.payout_id),
        party: row.party_id,
        owed,
        amount: 0,
        status: PayoutStatus::Skipped,
        destination: None,
        rest: None,
        reason: Some(reason),
    };
    let Some(Line { owed, verdict, .. }) = line else {
        return skip(0, "since the draft: nothing is owed".to_owned());
    };
    let (amount, destination, rest) = match verdict {
        Planned::Skip { reason } => return skip(owed, format!("since the draft: {reason}")),
        Planned::Pay { amount, destination, rest } => (amount, destination, rest),
    };
    if row.destination.as_ref() != Some(&destination) {
        return skip(owed, "since the draft: the payout account was changed; the next run pays to the new one after review".to_owned());
    }
    let rest = match amount.cmp(&row.amount) {
        Ordering::Less => {
            let (less, more) = (Money::new(amount, run.currency), Money::new(row.amount, run.currency));
            Some(format!("{less} instead of the {more} of the draft: less is due by now"))
        }
        Ordering::Greater => Some("more became due since the draft; the next run pays it".to_owned()),
        Ordering::Equal => rest,
    };
    Decided {
        payout: PayoutId(row.payout_id),
        party: row.party_id,
        owed,
        amount: amount.min(row.amount),
        status: PayoutStatus::Reserved,
        destination: Some(destination),
        rest,
        reason: None,
    }
}
