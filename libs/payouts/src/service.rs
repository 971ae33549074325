//! Drafting runs, reading them, holding and cancelling them.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{Sqlstate, sqlstate, statement};
use kernel::{Clock, CoopId, Currency, PersonId};
use ledger::{Accounts, Posting};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DbErr, FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use stripe_gateway::Gateway;
use uuid::Uuid;

use crate::{
    Line, Payout, PayoutId, PayoutStatus, PayoutsError, Planned, Results, Run, RunId, RunStatus, SendLimits, Step, Terms,
    entity::{bank_payout, payout, run, step},
    money::{self, Moved},
    plan,
    repo::{self, Decided},
    standing::standings,
};

/// The longest list of runs that is read at once.
pub const MAX_RUNS: u64 = 100;

/// The use cases of payouts. Clones share what they know of the books' accounts.
#[derive(Clone, Debug)]
pub struct Payouts {
    pub(crate) db: DatabaseConnection,
    pub(crate) accounts: Accounts,
    pub(crate) gateway: Option<Gateway>,
    pub(crate) clock: Clock,
    pub(crate) limits: SendLimits,
}

/// What drafting a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The run's id, made by the caller: drafting again with it is the same draft.
    pub run: RunId,
    /// What it pays in.
    pub currency: Currency,
    /// It pays what was earned before this moment.
    pub cutoff: DateTime<Utc>,
    /// Its author, who cannot approve it.
    pub by: PersonId,
}

#[derive(FromQueryResult)]
struct Due {
    coop_id: i32,
    run_id: Uuid,
}

const DUE: &str = "
select coop_id, run_id from payout_run run
where coop_id = any ($1::int4[]) and status = 'approved' and (
    exists (select from payout where payout.coop_id = run.coop_id and payout.run_id = run.run_id
            and payout.status in ('reserved', 'sent', 'unknown') and payout.next_try_at <= $2
            and (payout.leased_until is null or payout.leased_until <= $2))
    or not exists (select from payout where payout.coop_id = run.coop_id and payout.run_id = run.run_id
            and payout.status in ('reserved', 'sent', 'unknown')))
order by coop_id, run_id";

impl Payouts {
    /// Without a gateway, runs are drafted and approved but not sent.
    pub fn new(db: DatabaseConnection, accounts: Accounts, gateway: Option<Gateway>, clock: Clock) -> Self {
        Self { db, accounts, gateway, clock, limits: SendLimits::default() }
    }

    /// The same with other limits for sending.
    #[must_use]
    pub const fn with_limits(mut self, limits: SendLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Plans a run over every party with a payable account in the currency. Nothing moves before it is approved. What
    /// earlier runs have reserved is no longer owed and is not promised again.
    #[tracing::instrument(name = "payouts.draft", skip_all, fields(coop.id = %coop, run.id = %draft.run))]
    pub async fn draft(&self, coop: CoopId, draft: Draft) -> Result<Results, PayoutsError> {
        // The database keeps microseconds: a finer cutoff would differ from itself when the draft is asked for again
        let draft = Draft { cutoff: draft.cutoff.trunc_subsecs(6), ..draft };
        let now = self.clock.now();
        let new = Run {
            id: draft.run,
            currency: draft.currency,
            cutoff: draft.cutoff,
            status: RunStatus::Draft,
            drafted_by: draft.by,
            drafted_at: now,
            approved: None,
            held_reason: None,
            cancelled_reason: None,
            finished_at: None,
        };
        let tx = db::begin(&self.db, coop).await?;
        let fresh = repo::insert_run(&tx, coop, &new).await.map_err(|error| match sqlstate(&error) {
            Some(Sqlstate::UniqueViolation) => PayoutsError::Waiting(draft.currency),
            _ => error.into(),
        })?;
        if fresh {
            let lines = self.lines(&tx, coop, &new).await?;
            let rows: Vec<Decided> = lines.into_iter().map(|line| decided(draft.run, line)).collect();
            repo::insert_payouts(&tx, coop, &new, &rows).await?;
        }
        let results = read(&tx, (coop, draft.run)).await?;
        tx.commit().await?;
        let known = &results.run;
        if (known.currency, known.cutoff, known.drafted_by) != (draft.currency, draft.cutoff, draft.by) {
            return Err(PayoutsError::OtherDraft(draft.run));
        }
        Ok(results)
    }

    /// The plan of a run as of now.
    pub(crate) async fn lines(&self, tx: &db::Tx, coop: CoopId, run: &Run) -> Result<Vec<Line>, PayoutsError> {
        let known = identity::coop(tx, coop).await?;
        let parties = identity::parties(tx, coop).await?;
        let standings = standings(tx, (coop, run.currency), run.cutoff, self.clock.now()).await?;
        let terms = Terms { currency: run.currency, cutoff: run.cutoff, minimums: known.currency == run.currency, zone: known.zone };
        Ok(plan(&parties, &standings, &terms))
    }

    /// Stops a run before its next payout is sent. What is reserved stays reserved; what is under way is finished.
    #[tracing::instrument(name = "payouts.hold", skip_all, fields(coop.id = %coop, run.id = %run))]
    pub async fn hold(&self, coop: CoopId, run: RunId, reason: &str) -> Result<Run, PayoutsError> {
        let reason = said(reason)?;
        let tx = db::begin(&self.db, coop).await?;
        let mut held = repo::lock_run(&tx, (coop, run)).await?;
        match held.status {
            RunStatus::Draft | RunStatus::Approved | RunStatus::Held => {}
            status @ (RunStatus::Finished | RunStatus::Cancelled) => return Err(PayoutsError::NotNow { run, status, wanted: "held" }),
        }
        held.status = RunStatus::Held;
        held.held_reason = Some(reason);
        repo::update_run(&tx, coop, &held).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Lets a held run go on where it was. A run that is not held is left alone.
    #[tracing::instrument(name = "payouts.release", skip_all, fields(coop.id = %coop, run.id = %run))]
    pub async fn release(&self, coop: CoopId, run: RunId) -> Result<Run, PayoutsError> {
        let tx = db::begin(&self.db, coop).await?;
        let mut released = repo::lock_run(&tx, (coop, run)).await?;
        match released.status {
            RunStatus::Held => {
                released.status = if released.approved.is_some() { RunStatus::Approved } else { RunStatus::Draft };
                released.held_reason = None;
                repo::update_run(&tx, coop, &released).await?;
                tx.commit().await?;
                Ok(released)
            }
            RunStatus::Draft | RunStatus::Approved => Ok(released),
            status @ (RunStatus::Finished | RunStatus::Cancelled) => Err(PayoutsError::NotNow { run, status, wanted: "released" }),
        }
    }

    /// Gives a run up before anything of it was sent; what it had reserved is owed again.
    #[tracing::instrument(name = "payouts.cancel", skip_all, fields(coop.id = %coop, run.id = %run))]
    pub async fn cancel(&self, coop: CoopId, run: RunId, reason: &str) -> Result<Run, PayoutsError> {
        let reason = said(reason)?;
        let at = self.clock.now();
        let tx = db::begin(&self.db, coop).await?;
        let mut cancelled = repo::lock_run(&tx, (coop, run)).await?;
        match cancelled.status {
            RunStatus::Cancelled => return Ok(cancelled),
            RunStatus::Finished => return Err(PayoutsError::NotNow { run, status: RunStatus::Finished, wanted: "cancelled" }),
            RunStatus::Draft | RunStatus::Held | RunStatus::Approved => {}
        }
        let sent = repo::count_sent(&tx, (coop, run)).await?;
        if sent > 0 {
            return Err(PayoutsError::SentAlready { run, sent });
        }
        let open = repo::cancel(&tx, (coop, run), &format!("the run was cancelled: {reason}"), at).await?;
        let reserved = money::reservations(&tx, coop, open.iter().map(|row| PayoutId(row.payout_id))).await?;
        let mut postings: Vec<Posting> = Vec::with_capacity(open.len());
        for row in open {
            let payout = PayoutId(row.payout_id);
            let party = kernel::PartyId(row.party_id);
            let moved = Moved { coop, payout, party, currency: cancelled.currency, amount: row.amount, at };
            postings.extend(moved.given_back("payout_cancelled", reserved.get(&payout).copied())?);
        }
        ledger::post(&tx, &self.accounts, &postings).await?;
        cancelled.status = RunStatus::Cancelled;
        cancelled.held_reason = None;
        cancelled.cancelled_reason = Some(reason);
        repo::update_run(&tx, coop, &cancelled).await?;
        tx.commit().await?;
        Ok(cancelled)
    }

    /// A run.
    pub async fn get(&self, coop: CoopId, run: RunId) -> Result<Run, PayoutsError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = repo::get_run(&tx, (coop, run)).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The latest runs of a co-op, newest first, at most [`MAX_RUNS`].
    pub async fn list(&self, coop: CoopId) -> Result<Vec<Run>, PayoutsError> {
        let tx = db::begin(&self.db, coop).await?;
        let newest = run::Entity::in_coop(coop).order_by_desc(run::Column::DraftedAt).order_by_desc(run::Column::RunId);
        let rows = newest.limit(MAX_RUNS).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Run::try_from).collect::<Result<_, _>>()?)
    }

    /// A run with what became of each party's payout, and why.
    pub async fn results(&self, coop: CoopId, run: RunId) -> Result<Results, PayoutsError> {
        let tx = db::begin(&self.db, coop).await?;
        let results = read(&tx, (coop, run)).await?;
        tx.commit().await?;
        Ok(results)
    }

    /// Everything that happened to a payout, oldest first.
    pub async fn steps(&self, coop: CoopId, payout: PayoutId) -> Result<Vec<Step>, PayoutsError> {
        let tx = db::begin(&self.db, coop).await?;
        let of = step::Entity::in_coop(coop).filter(step::Column::PayoutId.eq(payout.0));
        let rows = of.order_by_asc(step::Column::Step).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Step::from).collect())
    }

    /// The approved runs of these co-ops in which [`Payouts::send`] has something to do now.
    pub async fn due(&self, coops: &[CoopId]) -> Result<Vec<(CoopId, RunId)>, PayoutsError> {
        let tx = db::begin_many(&self.db, coops).await?;
        let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
        let rows = Due::find_by_statement(statement(DUE, [ids.into(), self.clock.now().into()])).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(|row| (CoopId(row.coop_id), RunId(row.run_id))).collect())
    }
}

fn said(reason: &str) -> Result<String, PayoutsError> {
    let reason = reason.trim();
    if reason.is_empty() { Err(PayoutsError::NoReason) } else { Ok(reason.to_owned()) }
}

/// A line of a plan as a row.
pub(crate) fn decided(run: RunId, line: Line) -> Decided {
    let (payout, party, owed) = (PayoutId::of(run, line.party), line.party.0, line.owed);
    match line.verdict {
        Planned::Pay { amount, destination, rest } => {
            Decided { payout, party, owed, amount, status: PayoutStatus::Planned, destination: Some(destination), rest, reason: None }
        }
        Planned::Skip { reason } => {
            Decided { payout, party, owed, amount: 0, status: PayoutStatus::Skipped, destination: None, rest: None, reason: Some(reason) }
        }
    }
}

pub(crate) async fn read(tx: &db::Tx, (coop, id): (CoopId, RunId)) -> Result<Results, PayoutsError> {
    let run = repo::get_run(tx, (coop, id)).await?;
    let of = payout::Entity::in_coop(coop).filter(payout::Column::RunId.eq(id.0));
    let rows = of.order_by_asc(payout::Column::PartyId).all(tx).await?;
    let bank = bank_notes(tx, coop, &rows).await?;
    let payouts = rows.into_iter().map(|row| Payout::read(row, &bank)).collect::<Result<_, _>>()?;
    Ok(Results { run, payouts })
}

/// What came to the accounts of these payouts after their transfers.
pub(crate) async fn bank_notes(tx: &db::Tx, coop: CoopId, rows: &[payout::Model]) -> Result<Vec<bank_payout::Model>, DbErr> {
    let Some(since) = rows.iter().filter_map(|row| row.transferred_at).min() else { return Ok(Vec::new()) };
    let accounts: Vec<String> = rows.iter().filter_map(|row| row.destination.clone()).collect();
    let after = bank_payout::Entity::in_coop(coop).filter(bank_payout::Column::CreatedAt.gte(since));
    after.filter(Expr::cust_with_values("destination = any($1)", [accounts])).all(tx).await
}
