//! Founding, settings, suspending, exporting, closing.

use async_graphql::{Context, InputObject, Object};
use identity::{CoopChange, NewCoop};
use kernel::{Code, Permission};
use splits::Rate;

use super::{export::CoOpExport, founding};
use crate::graphql::{
    base::{Answer, Asking as _, CurrencyCode, at, payload},
    co_op::CoOp,
    members::identity,
};

/// What a co-op keeps of each sale when its founder says nothing.
const USUAL_SHARE: &str = "10 %";

/// What founding a co-op takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct FoundCoOpInput {
    /// Its name on paper: 1 to 100 characters.
    name: String,
    /// Its name in addresses: 2 to 63 lower-case letters, digits and hyphens.
    slug: String,
    /// Where it is at home: two letters of ISO 3166, such as `NL`.
    country: String,
    /// The currency that its books are kept in; never changes.
    currency: CurrencyCode,
    /// Where its days and months begin: an IANA name such as `Europe/Amsterdam`.
    time_zone: String,
    /// What it keeps of each sale, as in `12.5 %`; a tenth when nothing is said. The rest goes to the owners of what was sold.
    co_op_share: Option<String>,
}

/// What a co-op may change about itself. What is not named stays as it is.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateCoOpInput {
    /// Its name on paper.
    name: Option<String>,
    /// Where it is at home: two letters of ISO 3166.
    country: Option<String>,
    /// Where its days and months begin. Only before the first posting.
    time_zone: Option<String>,
    /// Whether strangers may apply to become members.
    takes_applications: Option<bool>,
}

payload! {
    /// What came of founding a co-op.
    FoundCoOpPayload {
        /// The co-op. Name its slug in the header `Guildhall-Co-op` to act in it.
        co_op: CoOp
    }
}
payload! {
    /// What came of changing a co-op.
    UpdateCoOpPayload {
        /// The co-op as it is now.
        co_op: CoOp
    }
}
payload! {
    /// What came of suspending a co-op.
    SuspendCoOpPayload {
        /// The co-op, suspended.
        co_op: CoOp
    }
}
payload! {
    /// What came of reinstating a co-op.
    ReinstateCoOpPayload {
        /// The co-op, open.
        co_op: CoOp
    }
}
payload! {
    /// What came of closing a co-op.
    CloseCoOpPayload {
        /// The co-op, closed.
        co_op: CoOp
    }
}
payload! {
    /// What came of asking for an export.
    ExportCoOpPayload {
        /// The export, which is being made.
        export: CoOpExport
    }
}

#[derive(Debug, Default)]
pub(crate) struct CoOpsMutation;

#[Object]
impl CoOpsMutation {
    /// Founds a co-op, ready to sell: with its chart of accounts, first roles and a default agreement. Whoever asks is its
    /// first admin. Needs no co-op to be named. A second time the slug is taken.
    async fn found_co_op(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the co-op is to be.")] input: FoundCoOpInput,
    ) -> Answer<FoundCoOpPayload> {
        FoundCoOpPayload::of(async {
            let founder = ctx.person()?;
            let share: Rate = input
                .co_op_share
                .as_deref()
                .unwrap_or(USUAL_SHARE)
                .parse()
                .map_err(|_| at(&["input", "coOpShare"], Code::InvalidInput, "a share is written as 12.5 %, from 0 % to 100 %"))?;
            let new = NewCoop {
                slug: &input.slug,
                name: &input.name,
                country: &input.country,
                currency: input.currency.0,
                time_zone: &input.time_zone,
            };
            Ok(CoOp(founding::found(ctx.house(), founder, new, share).await?.coop))
        })
        .await
    }

    /// Changes what the co-op says of itself.
    async fn update_co_op(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be different.")] input: UpdateCoOpInput,
    ) -> Answer<UpdateCoOpPayload> {
        UpdateCoOpPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CoopManage)?;
            let UpdateCoOpInput { name, country, time_zone, takes_applications } = input;
            let change = CoopChange { name, country, time_zone, takes_applications };
            Ok(CoOp(identity(ctx).update_coop(actor, change).await?))
        })
        .await
    }

    /// Stops the co-op: it can be read, and nothing changes until it is reinstated. Takes a fresh second factor.
    async fn suspend_co_op(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why, for every member.")] reason: String,
    ) -> Answer<SuspendCoOpPayload> {
        SuspendCoOpPayload::of(async {
            let (actor, _) = ctx.actor_with_fresh_factor(Permission::CoopManage)?;
            Ok(CoOp(identity(ctx).suspend_coop(actor, &reason).await?))
        })
        .await
    }

    /// Lets a suspended co-op work again. Takes a fresh second factor.
    async fn reinstate_co_op(&self, ctx: &Context<'_>) -> Answer<ReinstateCoOpPayload> {
        ReinstateCoOpPayload::of(async {
            let actor = ctx.actor_though_closed()?;
            actor.require(Permission::CoopManage)?;
            actor.require_fresh_factor(ctx.house().clock.now())?;
            Ok(CoOp(identity(ctx).reinstate_coop(actor).await?))
        })
        .await
    }

    /// Closes the suspended co-op for good. Before that nothing is owed either way, and everything was exported since it
    /// was suspended. Takes a fresh second factor.
    async fn close_co_op(&self, ctx: &Context<'_>) -> Answer<CloseCoOpPayload> {
        CloseCoOpPayload::of(async {
            let actor = ctx.actor_though_closed()?;
            actor.require(Permission::CoopManage)?;
            actor.require_fresh_factor(ctx.house().clock.now())?;
            Ok(CoOp(identity(ctx).close_coop(actor).await?))
        })
        .await
    }

    /// Asks for everything that the co-op has here, in one file. One that is being made already is the answer. Takes a
    /// fresh second factor.
    async fn export_co_op(&self, ctx: &Context<'_>) -> Answer<ExportCoOpPayload> {
        ExportCoOpPayload::of(async {
            let actor = ctx.actor_though_closed()?;
            actor.require(Permission::CoopManage)?;
            actor.require_fresh_factor(ctx.house().clock.now())?;
            Ok(CoOpExport(identity(ctx).export_coop(actor).await?))
        })
        .await
    }
}
