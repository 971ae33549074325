//! Movements.

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{LotId, MovementId, Permission};
use stock::Report;
use uuid::Uuid;

use super::{Location, Lot, MOVEMENT, location_id, lot_id, stock};
use crate::graphql::{
    base::{Answer, Asking as _, Page, page_cost, payload},
    people::Person,
};

const LIST: &str = "stockMovements";

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::MovementKind")]
pub(crate) enum MovementKind {
    /// Handed in by the owner.
    Received,
    /// Set aside for a purpose, or, with a minus, pulled back. The units stay where they are.
    Allocated,
    /// Sold to a buyer.
    Sold,
    /// Given back by a buyer.
    TakenBack,
    /// Back to its owner.
    Returned,
    /// Broken, stolen, or missing on arrival.
    Lost,
    /// Away to another location, with a minus, or in from there.
    Transferred,
    /// More was there than expected, or less.
    Counted,
    /// Given away.
    Donated,
    /// It has become the pool's.
    Pooled,
}

/// Something that happened to units of a lot. It never changes; what was wrong is put right by another one.
#[derive(Clone, Debug)]
pub(crate) struct StockMovement(stock::Moved);

/// Something that happened to units of a lot. It never changes; what was wrong is put right by another one.
#[Object]
impl StockMovement {
    /// Its id.
    async fn id(&self) -> ID {
        MOVEMENT.id(self.0.movement.id)
    }

    /// What happened.
    async fn kind(&self) -> MovementKind {
        self.0.movement.kind.into()
    }

    /// To which lot; null for those who may not see it.
    async fn lot(&self, ctx: &Context<'_>) -> Answer<Option<Lot>> {
        Lot::load(ctx, self.0.movement.lot).await
    }

    /// Where.
    async fn location(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        Location::load(ctx, self.0.movement.location).await
    }

    /// Units that it added there, with a minus when it took some; of `ALLOCATED`, that were set aside.
    async fn quantity(&self) -> i32 {
        self.0.movement.quantity
    }

    /// When it happened.
    async fn at(&self) -> DateTime<Utc> {
        self.0.movement.at
    }

    /// When it was written down.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// Who said so; null for keys and for what the house does by itself.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.person {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// Why, in words.
    async fn reason(&self) -> Option<&str> {
        self.0.movement.reason.as_deref()
    }
}

/// A page of movements, of one lot or of all.
pub(super) async fn movements(
    ctx: &Context<'_>,
    lot: Option<LotId>,
    (first, after): (Option<i32>, Option<String>),
) -> Answer<Connection<String, StockMovement>> {
    let actor = ctx.actor()?;
    let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
    let tx = ctx.reading().await?;
    let rows = ::stock::movements_page(&tx, actor.coop, lot, (page.limit(), page.after.map(MovementId))).await?;
    tx.commit().await?;
    Ok(page.connection(LIST, rows, |row| row.movement.id.0, StockMovement))
}

/// What happened to a lot outside of sales, transfers and counts.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ReportMovementInput {
    /// Its number, a UUIDv7 of yours: the same one twice is one.
    id: Uuid,
    /// What happened: `TAKEN_BACK`, `RETURNED`, `LOST` or `DONATED`. Everything else has a way of its own.
    kind: MovementKind,
    /// To which lot.
    lot: ID,
    /// Where.
    location: ID,
    /// To how many units.
    quantity: i32,
    /// Why.
    reason: Option<String>,
}

payload! {
    /// What came of reporting a movement.
    ReportMovementPayload {
        /// The lot as it is now.
        lot: Lot
    }
}

#[derive(Debug, Default)]
pub(crate) struct MovementQuery;

#[Object]
impl MovementQuery {
    /// Everything that happened to the stock, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn stock_movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the movement before them.")] after: Option<String>,
    ) -> Answer<Connection<String, StockMovement>> {
        ctx.actor_who_may(Permission::StockRead)?;
        movements(ctx, None, (first, after)).await
    }
}

#[derive(Debug, Default)]
pub(crate) struct MovementMutation;

#[Object]
impl MovementMutation {
    /// Writes down what happened to a lot outside of sales, transfers and counts.
    async fn report_movement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened.")] input: ReportMovementInput,
    ) -> Answer<ReportMovementPayload> {
        ReportMovementPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let (lot, location) = (lot_id(&input.lot)?, location_id(&input.location)?);
            let report =
                Report { id: MovementId(input.id), kind: input.kind.into(), lot, location, quantity: input.quantity, reason: input.reason };
            stock(ctx).report(actor, &report).await?;
            Ok(Lot::load(ctx, lot).await?.ok_or_else(|| super::LOT.missing(&input.lot))?)
        })
        .await
    }
}
