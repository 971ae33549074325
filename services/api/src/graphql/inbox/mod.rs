//! The inbox of Stripe's events, as far as it is about the actor's co-op.

use async_graphql::{Context, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use settlement::Parked;

use super::base::{Answer, Asking as _, Kind, Page, page_cost, payload};

const KIND: Kind = Kind("ParkedEvent");
const LIST: &str = "parkedEvents";

/// An event of Stripe that cannot be settled until somebody mends what its reason says.
#[derive(Clone, Debug)]
pub(crate) struct ParkedEvent(Parked);

/// An event of Stripe that cannot be settled until somebody mends what its reason says.
#[Object]
impl ParkedEvent {
    /// Its id.
    async fn id(&self) -> ID {
        KIND.id(&self.0.event_id)
    }

    /// What Stripe calls it: `evt_…`.
    async fn event_id(&self) -> &str {
        &self.0.event_id
    }

    /// Its type, as in `charge.updated`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What to mend; empty for one that is on its way again.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// When it came.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }
}

/// How settlement stands.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SettlementState {
    /// How many events about this co-op are parked.
    pub(crate) parked: i32,
    /// When something was last posted to the books.
    pub(crate) last_posted_at: Option<DateTime<Utc>>,
}

payload! {
    /// What came of replaying an event.
    ReplayParkedEventPayload {
        /// The event, on its way again: the worker settles it, or parks it with a new reason.
        event: ParkedEvent
    }
}

#[derive(Debug, Default)]
pub(crate) struct InboxQuery;

#[Object]
impl InboxQuery {
    /// How settlement stands.
    async fn settlement_state(&self, ctx: &Context<'_>) -> Answer<SettlementState> {
        let actor = ctx.actor_who_may(Permission::SettlementRead)?;
        state(ctx, actor.coop).await
    }

    /// The parked events about this co-op, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn parked_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the event before them.")] after: Option<String>,
    ) -> Answer<Connection<String, ParkedEvent>> {
        let actor = ctx.actor_who_may(Permission::SettlementRead)?;
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let rows = settlement::parked_of(&tx, actor.coop, page.limit(), page.after.unwrap_or(0)).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |parked| parked.seq, |parked| ParkedEvent(parked.event)))
    }
}

async fn state(ctx: &Context<'_>, coop: kernel::CoopId) -> Answer<SettlementState> {
    const LAST: &str = "select posted_at as last from posting where coop_id = $1 order by posting_id desc limit 1";
    let tx = ctx.reading().await?;
    let parked = settlement::count_parked_of(&tx, coop).await?;
    let last = sea_orm::ConnectionTrait::query_one_raw(&tx, db::statement(LAST, [coop.0.into()])).await?;
    tx.commit().await?;
    let last_posted_at = last.map(|row| row.try_get("", "last")).transpose()?.flatten();
    Ok(SettlementState { parked: i32::try_from(parked).unwrap_or(i32::MAX), last_posted_at })
}

#[derive(Debug, Default)]
pub(crate) struct InboxMutation;

#[Object]
impl InboxMutation {
    /// Has a parked event settled again, once its cause is mended.
    async fn replay_parked_event(&self, ctx: &Context<'_>, #[graphql(desc = "Which event.")] id: ID) -> Answer<ReplayParkedEventPayload> {
        ReplayParkedEventPayload::of(async {
            let actor = ctx.actor_who_may(Permission::SettlementReplay)?;
            let event: String = KIND.key(&id)?;
            let tx = db::begin(&ctx.house().db, actor.coop).await?;
            let replayed = settlement::replay_of(&tx, actor.coop, &event).await?;
            // The inbox is no table of the co-op's, so nothing but this tells the audit
            ::audit::note(&tx, actor.coop, "stripe_event", &event, serde_json::json!({"status": "new"})).await?;
            tx.commit().await?;
            Ok(ParkedEvent(replayed))
        })
        .await
    }
}
