//! Drafting, approving, holding, releasing and cancelling payout runs.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kernel::Permission;
use payouts::{Draft, RunId};
use uuid::Uuid;

use super::run::{PayoutRun, RUN};
use crate::graphql::{
    base::{Answer, Asking as _, CurrencyCode, payload},
    once::once,
};

/// What drafting a run takes.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct DraftPayoutRunInput {
    /// It pays what was earned before this moment.
    cutoff: DateTime<Utc>,
    /// What it pays in; the co-op's own currency when nothing is said.
    currency: Option<CurrencyCode>,
}

payload! {
    /// What came of drafting a run.
    DraftPayoutRunPayload {
        /// The draft, with a payout for each party: with an amount, or with the reason why not.
        run: PayoutRun
    }
}
payload! {
    /// What came of approving a run.
    ApprovePayoutRunPayload {
        /// The run, its money reserved; the worker sends it.
        run: PayoutRun
    }
}
payload! {
    /// What came of holding a run.
    HoldPayoutRunPayload {
        /// The run, held.
        run: PayoutRun
    }
}
payload! {
    /// What came of releasing a run.
    ReleasePayoutRunPayload {
        /// The run, going on where it was.
        run: PayoutRun
    }
}
payload! {
    /// What came of cancelling a run.
    CancelPayoutRunPayload {
        /// The run, cancelled; what it had reserved is owed again.
        run: PayoutRun
    }
}

#[derive(Debug, Default)]
pub(crate) struct PayoutMutation;

#[Object]
impl PayoutMutation {
    /// Plans a run over everyone whom the co-op owes something. Nothing moves before another person approves it.
    async fn draft_payout_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again drafts nothing more.")] idempotency_key: String,
        #[graphql(desc = "What is to be paid.")] input: DraftPayoutRunInput,
    ) -> Answer<DraftPayoutRunPayload> {
        DraftPayoutRunPayload::of(async {
            let actor = ctx.actor_who_may(Permission::PayoutsDraft)?;
            let by = actor.person()?;
            let currency = input.currency.map_or(ctx.coop()?.currency, |code| code.0);
            let run: Uuid = once(ctx, actor, ("draftPayoutRun", &idempotency_key), &(input.cutoff, currency), async |claim| {
                let draft = Draft { run: RunId(claim.name()), currency, cutoff: input.cutoff, by };
                Ok(ctx.house().payouts.draft(actor.coop, draft).await?.run.id.0)
            })
            .await?;
            Ok(PayoutRun(ctx.house().payouts.get(actor.coop, RunId(run)).await?))
        })
        .await
    }

    /// Approves a run that another person drafted, and reserves its money; the worker begins to send it at once. Takes a
    /// second factor that was shown a few minutes ago at most.
    async fn approve_payout_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again approves nothing more.")] idempotency_key: String,
        #[graphql(desc = "Which run.")] id: ID,
    ) -> Answer<ApprovePayoutRunPayload> {
        ApprovePayoutRunPayload::of(async {
            let (actor, by) = ctx.actor_with_fresh_factor(Permission::PayoutsApprove)?;
            let run = RunId(RUN.key(&id)?);
            once::<Uuid, _>(ctx, actor, ("approvePayoutRun", &idempotency_key), &run, async |_| {
                Ok(ctx.house().payouts.approve(actor.coop, run, by).await?.run.id.0)
            })
            .await?;
            Ok(PayoutRun(ctx.house().payouts.get(actor.coop, run).await?))
        })
        .await
    }

    /// Stops a run before its next payout is sent.
    async fn hold_payout_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] id: ID,
        #[graphql(desc = "Why, for everyone who looks at it.")] reason: String,
    ) -> Answer<HoldPayoutRunPayload> {
        HoldPayoutRunPayload::of(async {
            let actor = ctx.actor_who_may(Permission::PayoutsDraft)?;
            Ok(PayoutRun(ctx.house().payouts.hold(actor.coop, RunId(RUN.key(&id)?), &reason).await?))
        })
        .await
    }

    /// Lets a held run go on where it was. One that was approved is sent on, so this takes a fresh second factor.
    async fn release_payout_run(&self, ctx: &Context<'_>, #[graphql(desc = "Which run.")] id: ID) -> Answer<ReleasePayoutRunPayload> {
        ReleasePayoutRunPayload::of(async {
            let (actor, _) = ctx.actor_with_fresh_factor(Permission::PayoutsDraft)?;
            Ok(PayoutRun(ctx.house().payouts.release(actor.coop, RunId(RUN.key(&id)?)).await?))
        })
        .await
    }

    /// Gives a run up before anything of it was sent.
    async fn cancel_payout_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again cancels nothing more.")] idempotency_key: String,
        #[graphql(desc = "Which run.")] id: ID,
        #[graphql(desc = "Why, for everyone who looks at it.")] reason: String,
    ) -> Answer<CancelPayoutRunPayload> {
        CancelPayoutRunPayload::of(async {
            let actor = ctx.actor_who_may(Permission::PayoutsDraft)?;
            let run = RunId(RUN.key(&id)?);
            once::<Uuid, _>(ctx, actor, ("cancelPayoutRun", &idempotency_key), &(run, &reason), async |_| {
                Ok(ctx.house().payouts.cancel(actor.coop, run, &reason).await?.id.0)
            })
            .await?;
            Ok(PayoutRun(ctx.house().payouts.get(actor.coop, run).await?))
        })
        .await
    }
}
