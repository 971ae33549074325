//! Looking at payout runs.

use async_graphql::{Context, ID, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use payouts::{Of, PayoutId, RunId};
use uuid::Uuid;

use super::run::{PAYOUT, Payout, PayoutRun, RUN, payouts_page};
use crate::graphql::base::{Answer, Asking as _, Page, page_cost};

const LIST: &str = "payoutRuns";

#[derive(Debug, Default)]
pub(crate) struct PayoutQuery;

#[Object]
impl PayoutQuery {
    /// The payout runs of the co-op, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn payout_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the run before them.")] after: Option<String>,
    ) -> Answer<Connection<String, PayoutRun>> {
        let actor = ctx.actor_who_may(Permission::PayoutsRead)?;
        let page: Page<(DateTime<Utc>, Uuid)> = Page::of(LIST, first, after.as_deref())?;
        let after = page.after.map(|(at, id)| (at, RunId(id)));
        let rows = ctx.house().payouts.runs_page(actor.coop, page.limit().unsigned_abs(), after).await?;
        Ok(page.connection(LIST, rows, |run| (run.drafted_at, run.id.0), PayoutRun))
    }

    /// A payout run.
    async fn payout_run(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<PayoutRun> {
        let actor = ctx.actor_who_may(Permission::PayoutsRead)?;
        Ok(PayoutRun(ctx.house().payouts.get(actor.coop, RunId(RUN.key(&id)?)).await?))
    }

    /// The payouts to whoever asks, through all runs; empty for those who are not paid.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn my_payouts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the payout before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Payout>> {
        let actor = ctx.actor()?;
        match actor.party {
            Some(party) => payouts_page(ctx, actor.coop, Of::Party(party), (first, after)).await,
            None => Ok(Connection::new(false, false)),
        }
    }
}

/// The run of that id, for those who may see runs.
pub(crate) async fn run(ctx: &Context<'_>, id: &ID) -> Answer<Option<PayoutRun>> {
    if !ctx.actor()?.permissions.contains(Permission::PayoutsRead) {
        return Ok(None);
    }
    match RUN.key(id) {
        Ok(key) => Ok(ctx.loaders()?.load(RunId(key)).await?.map(PayoutRun)),
        Err(_) => Ok(None),
    }
}

/// The payout of that id, for those who may see runs and for the one who is paid.
pub(crate) async fn payout(ctx: &Context<'_>, id: &ID) -> Answer<Option<Payout>> {
    let Ok(key) = PAYOUT.key(id) else { return Ok(None) };
    let actor = ctx.actor()?;
    let found = ctx.loaders()?.load(PayoutId(key)).await?;
    let open = |payout: &payouts::Payout| actor.permissions.contains(Permission::PayoutsRead) || actor.party == Some(payout.party);
    Ok(found.filter(open).map(Payout))
}
