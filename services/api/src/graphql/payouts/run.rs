//! A payout run and its payouts, as the graph shows them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use payouts::{Of, PayoutId};
use uuid::Uuid;

use crate::graphql::{
    base::{Answer, Asking as _, CurrencyCode, Kind, Money, Page, page_cost},
    parties::Party,
    people::Person,
};

pub(crate) const RUN: Kind = Kind("PayoutRun");
pub(crate) const PAYOUT: Kind = Kind("Payout");
const LIST: &str = "payouts";

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "payouts::RunStatus")]
pub(crate) enum PayoutRunStatus {
    /// Planned; waits for a second person.
    Draft,
    /// Nothing of it is sent until it is released; what it reserved stays reserved.
    Held,
    /// Its money is reserved and being sent.
    Approved,
    /// Every payout of it is settled.
    Finished,
    /// Given up before anything was sent.
    Cancelled,
}

/// How far a payout has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "payouts::PayoutStatus")]
pub(crate) enum PayoutStatus {
    /// Nothing is paid; the reason says why.
    Skipped,
    /// To be paid when the run is approved.
    Planned,
    /// Its money is taken out of what is owed; nothing was sent yet.
    Reserved,
    /// Being sent.
    Sent,
    /// Sent, without a clear answer: Stripe is asked before anything else.
    Unknown,
    /// The transfer exists.
    Confirmed,
    /// It did not arrive or came back; the money is owed again.
    Failed,
    /// Given up with its run, before it was sent.
    Cancelled,
}

/// A batch of payouts in one currency.
#[derive(Clone, Debug)]
pub(crate) struct PayoutRun(pub(crate) payouts::Run);

/// A batch of payouts in one currency.
#[Object]
impl PayoutRun {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        RUN.id(self.0.id)
    }

    /// What it pays in.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency)
    }

    /// It pays what was earned before this moment.
    async fn cutoff(&self) -> DateTime<Utc> {
        self.0.cutoff
    }

    /// How far it has come.
    async fn status(&self) -> PayoutRunStatus {
        self.0.status.into()
    }

    /// Who drafted it, and therefore cannot approve it.
    async fn drafted_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        Person::load(ctx, self.0.drafted_by).await
    }

    /// When it was drafted.
    async fn drafted_at(&self) -> DateTime<Utc> {
        self.0.drafted_at
    }

    /// Who approved it; null until somebody did.
    async fn approved_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.approved {
            Some((person, _)) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// When it was approved.
    async fn approved_at(&self) -> Option<DateTime<Utc>> {
        self.0.approved.map(|(_, at)| at)
    }

    /// Why it is held.
    async fn held_reason(&self) -> Option<&str> {
        self.0.held_reason.as_deref()
    }

    /// Why it was cancelled.
    async fn cancelled_reason(&self) -> Option<&str> {
        self.0.cancelled_reason.as_deref()
    }

    /// Since when every payout of it is settled.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }

    /// How many of its payouts have come how far, and what they sum to.
    #[graphql(complexity = "10 + 8 * child_complexity")]
    async fn totals(&self, ctx: &Context<'_>) -> Answer<Vec<PayoutTotal>> {
        let results = ctx.house().payouts.results(ctx.actor()?.coop, self.0.id).await?;
        Ok(totals(&results))
    }

    /// Its payouts, one for each party that was looked at: skipped ones with the reason.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn payouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the payout before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Payout>> {
        let actor = ctx.actor_who_may(Permission::PayoutsRead)?;
        payouts_page(ctx, actor.coop, Of::Run(self.0.id), (first, after)).await
    }
}

/// A page of a run's payouts, or of a party's.
pub(crate) async fn payouts_page(
    ctx: &Context<'_>,
    coop: kernel::CoopId,
    of: Of,
    (first, after): (Option<i32>, Option<String>),
) -> Answer<Connection<String, Payout>> {
    let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
    let rows = ctx.house().payouts.payouts_page(coop, of, page.limit().unsigned_abs(), page.after.map(PayoutId)).await?;
    Ok(page.connection(LIST, rows, |row| row.id.0, Payout))
}

/// The payouts of a run that have come as far as each other.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct PayoutTotal {
    /// How far.
    pub(crate) status: PayoutStatus,
    /// How many they are.
    pub(crate) count: i32,
    /// What they sum to.
    pub(crate) amount: Money,
}

/// Totals by status; those that do not occur are left out.
pub(crate) fn totals(results: &payouts::Results) -> Vec<PayoutTotal> {
    const ALL: [PayoutStatus; 8] = [
        PayoutStatus::Skipped,
        PayoutStatus::Planned,
        PayoutStatus::Reserved,
        PayoutStatus::Sent,
        PayoutStatus::Unknown,
        PayoutStatus::Confirmed,
        PayoutStatus::Failed,
        PayoutStatus::Cancelled,
    ];
    let total = |status: PayoutStatus| {
        let (count, amount) = results.total(status.into());
        PayoutTotal { status, count: i32::try_from(count).unwrap_or(i32::MAX), amount: Money::of(amount, results.run.currency) }
    };
    ALL.map(total).into_iter().filter(|total| total.count > 0).collect()
}

/// One party's payout in a run.
#[derive(Clone, Debug)]
pub(crate) struct Payout(pub(crate) payouts::Payout);

/// One party's payout in a run.
#[Object]
impl Payout {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        PAYOUT.id(self.0.id)
    }

    /// The run it is part of.
    async fn run(&self, ctx: &Context<'_>) -> Answer<Option<PayoutRun>> {
        Ok(ctx.loaders()?.load(self.0.run).await?.map(PayoutRun))
    }

    /// For whom.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.party).await
    }

    /// What the co-op owed the party when this was planned; negative: the other way.
    async fn owed(&self) -> Money {
        Money::of(self.0.owed, self.0.currency)
    }

    /// What is paid; nothing when it is skipped.
    async fn amount(&self) -> Money {
        Money::of(self.0.amount, self.0.currency)
    }

    /// How far it has come.
    async fn status(&self) -> PayoutStatus {
        self.0.status.into()
    }

    /// Why it is less than was owed.
    async fn rest(&self) -> Option<&str> {
        self.0.rest.as_deref()
    }

    /// Why it is skipped, waiting, failed or cancelled, or what is unknown.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What Stripe calls its transfer: `tr_…`.
    async fn transfer(&self) -> Option<&str> {
        self.0.transfer.as_deref()
    }

    /// How much of the transfer was taken back.
    async fn returned(&self) -> Money {
        Money::of(self.0.returned, self.0.currency)
    }

    /// When it last changed.
    async fn changed_at(&self) -> DateTime<Utc> {
        self.0.changed_at
    }

    /// What became of it on the way from the party's Stripe account to the bank, as far as Stripe told.
    async fn bank(&self) -> Option<&str> {
        self.0.bank.as_ref().map(|bank| bank.note.as_str())
    }

    /// Everything that happened to it, oldest first.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn steps(&self, ctx: &Context<'_>) -> Answer<Vec<PayoutStep>> {
        let steps = ctx.house().payouts.steps(ctx.actor()?.coop, self.0.id).await?;
        Ok(steps.into_iter().map(|step| PayoutStep { status: step.status.into(), at: step.at, note: step.note }).collect())
    }
}

/// A step that a payout took.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PayoutStep {
    /// What it became.
    status: PayoutStatus,
    /// When.
    at: DateTime<Utc>,
    /// What happened.
    note: Option<String>,
}
