//! Waiting lines.

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use stock::{
    promises::{Buyer, EntryId},
    waitlists::{EntryFilter, NewEntry},
};
use uuid::Uuid;

use super::shared::{RESERVATION, buyer, load_variant, promises, variant};
use crate::graphql::{
    base::{Answer, Asking as _, Kind, Page, page_cost, payload},
    catalogue::Variant,
};

const KIND: Kind = Kind("WaitlistEntry");
const LIST: &str = "waitlist";
/// How long an offer stands when nobody says.
const HOLD_MINUTES: i32 = 1_440;

/// How far somebody in a waiting line has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::waitlists::EntryState")]
pub(crate) enum WaitlistState {
    /// In the line.
    Waiting,
    /// Asked: the goods are held for them.
    Offered,
    /// They took it.
    Taken,
    /// They let the offer go by.
    Passed,
    /// They left the line.
    Left,
}

/// Somebody's place in the line for a variant.
#[derive(Debug)]
pub(crate) struct WaitlistEntry(stock::waitlists::Entry);

/// Somebody's place in the line for a variant.
#[Object]
impl WaitlistEntry {
    /// Its id.
    async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Of what.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        load_variant(ctx, self.0.variant).await
    }

    /// How many they want.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// How far they have come.
    async fn state(&self) -> WaitlistState {
        self.0.state.into()
    }

    /// The id of the reservation that holds what they are offered.
    async fn reservation(&self) -> Option<ID> {
        self.0.reservation.map(|reservation| RESERVATION.id(reservation))
    }

    /// How long the offer stands.
    async fn offered_until(&self) -> Option<DateTime<Utc>> {
        self.0.offered_until
    }

    /// Since when they stand there.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }
}

/// What joining a waiting line takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct JoinWaitlistInput {
    /// For which variant.
    variant: ID,
    /// How many, at most 100; one if nothing is said.
    quantity: Option<i32>,
    /// How long an offer stands: 1 to 43200 minutes, a day if nothing is said.
    hold_minutes: Option<i32>,
    /// For whom, with `stock.write`, if not for whoever asks: their mail address, which is told of the offer.
    email: Option<String>,
}

payload! {
    /// What came of joining a waiting line.
    JoinWaitlistPayload {
        /// The place in the line; the one that they had already if they had one.
        entry: WaitlistEntry
    }
}
payload! {
    /// What came of leaving a waiting line.
    LeaveWaitlistPayload {
        /// The place that was left.
        entry: WaitlistEntry
    }
}

#[derive(Debug, Default)]
pub(crate) struct WaitlistQuery;

#[Object]
impl WaitlistQuery {
    /// Everybody in the waiting lines, longest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those who wait for this variant.")] variant: Option<ID>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the place before them.")] after: Option<String>,
    ) -> Answer<Connection<String, WaitlistEntry>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let variant = variant.as_ref().map(super::shared::variant).transpose()?;
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let filter = EntryFilter { variant, buyer: None };
        let rows = promises(ctx).entries_page(actor.coop, &filter, page.limit(), page.after).await?;
        Ok(page.connection(LIST, rows, |entry| entry.place, WaitlistEntry))
    }

    /// The places of whoever asks in the waiting lines, longest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn my_waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the place before them.")] after: Option<String>,
    ) -> Answer<Connection<String, WaitlistEntry>> {
        let actor = ctx.actor()?;
        let filter = EntryFilter { variant: None, buyer: Some(Buyer::person(actor.person()?)) };
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let rows = promises(ctx).entries_page(actor.coop, &filter, page.limit(), page.after).await?;
        Ok(page.connection(LIST, rows, |entry| entry.place, WaitlistEntry))
    }
}

#[derive(Debug, Default)]
pub(crate) struct WaitlistMutation;

#[Object]
impl WaitlistMutation {
    /// Joins the waiting line for a variant. Whoever stands first is offered what comes in, held for them for a while.
    async fn join_waitlist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For what, and how many.")] input: JoinWaitlistInput,
    ) -> Answer<JoinWaitlistPayload> {
        JoinWaitlistPayload::of(async {
            let actor = ctx.actor()?;
            let buyer = buyer(actor, input.email.as_deref())?;
            let new = NewEntry {
                id: EntryId(Uuid::now_v7()),
                variant: variant(&input.variant)?,
                buyer,
                email: input.email,
                quantity: input.quantity.unwrap_or(1),
                hold_minutes: input.hold_minutes.unwrap_or(HOLD_MINUTES),
            };
            Ok(WaitlistEntry(promises(ctx).join_waitlist(actor, new).await?))
        })
        .await
    }

    /// Leaves a waiting line, or turns an offer down: it goes to the next one. One's own place, or any with `stock.write`.
    async fn leave_waitlist(&self, ctx: &Context<'_>, #[graphql(desc = "Which place.")] id: ID) -> Answer<LeaveWaitlistPayload> {
        LeaveWaitlistPayload::of(async {
            let actor = ctx.actor()?;
            Ok(WaitlistEntry(promises(ctx).leave_waitlist(actor, EntryId(KIND.key(&id)?)).await?))
        })
        .await
    }
}
