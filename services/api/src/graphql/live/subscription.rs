//! The subscriptions.

use async_graphql::{
    Context, ID, SimpleObject, Subscription,
    futures_util::{
        StreamExt as _,
        stream::{self, BoxStream},
    },
};
use kernel::{Currency, Permission};
use payouts::{PayoutStatus as Status, RunId, RunStatus};
use sea_orm::ActiveEnum as _;
use tokio::sync::watch;

use super::pulse::{RunNow, SettlementNow};
use crate::graphql::{
    base::{Asking as _, Failure, Money},
    inbox::SettlementState,
    payouts::{PayoutRunStatus, PayoutTotal, RUN},
};

/// How far a payout run has come.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct PayoutRunProgress {
    /// The run.
    run_id: ID,
    /// How far it has come.
    status: PayoutRunStatus,
    /// How many of its payouts have come how far, and what they sum to.
    totals: Vec<PayoutTotal>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LiveSubscription;

#[Subscription]
impl LiveSubscription {
    /// How far a payout run has come: once at the beginning, then whenever it changes, until it is finished or cancelled.
    async fn payout_run_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] id: ID,
    ) -> Result<BoxStream<'static, PayoutRunProgress>, Failure> {
        let actor = ctx.actor_who_may(Permission::PayoutsRead)?;
        let run = ctx.house().payouts.get(actor.coop, RunId(RUN.key(&id)?)).await?;
        let heard = changes(ctx.house().pulse.run(actor.coop, run.id));
        let ended = |now: &RunNow| [RunStatus::Finished, RunStatus::Cancelled].iter().any(|end| end.to_value() == now.status);
        Ok(stream::unfold(Some(heard), move |heard| {
            let id = id.clone();
            async move {
                let (now, rest) = next(heard?).await?;
                let rest = if ended(&now) { None } else { Some(rest) };
                Some((progress(id, &now, run.currency), rest))
            }
        })
        .boxed())
    }

    #[expect(clippy::unused_async, reason = "the schema's macro takes no other")]
    /// How settlement stands: once at the beginning, then whenever something is posted or parked.
    async fn settlement_progress(&self, ctx: &Context<'_>) -> Result<BoxStream<'static, SettlementState>, Failure> {
        let actor = ctx.actor_who_may(Permission::SettlementRead)?;
        let heard = changes(ctx.house().pulse.settlement(actor.coop));
        Ok(stream::unfold(heard, async |heard| {
            let (SettlementNow { parked, last_posted_at }, rest) = next(heard).await?;
            Some((SettlementState { parked: i32::try_from(parked).unwrap_or(i32::MAX), last_posted_at }, rest))
        })
        .boxed())
    }
}

/// Lets the first look count as a change, whoever caused it.
fn changes<V>(mut heard: watch::Receiver<Option<V>>) -> watch::Receiver<Option<V>> {
    heard.mark_changed();
    heard
}

/// The next thing that is heard; nothing when the house closes.
async fn next<V: Clone>(mut heard: watch::Receiver<Option<V>>) -> Option<(V, watch::Receiver<Option<V>>)> {
    loop {
        heard.changed().await.ok()?;
        let now = heard.borrow_and_update().clone();
        if let Some(now) = now {
            return Some((now, heard));
        }
    }
}

fn progress(run_id: ID, now: &RunNow, currency: Currency) -> PayoutRunProgress {
    let total = |(status, count, amount): &(String, i64, i64)| {
        let status = Status::try_from_value(status).ok()?;
        Some(PayoutTotal { status: status.into(), count: i32::try_from(*count).unwrap_or(i32::MAX), amount: Money::of(*amount, currency) })
    };
    PayoutRunProgress {
        run_id,
        status: RunStatus::try_from_value(&now.status).unwrap_or(RunStatus::Draft).into(),
        totals: now.payouts.iter().filter_map(total).collect(),
    }
}
