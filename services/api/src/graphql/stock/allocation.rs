//! Allocations.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use chrono::{DateTime, Utc};
use kernel::{MovementId, Permission};
use stock::{AllocationId, NewAllocation, PullBack};
use uuid::Uuid;

use super::{ALLOCATION, Location, Lot, location_id, lot_id, stock};
use crate::graphql::base::{Answer, Asking as _, payload};

/// What units are set aside for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::Purpose")]
pub(crate) enum AllocationPurpose {
    /// To be sold at a stall.
    Stall,
    /// To be sold on the web.
    Web,
    /// To be sold on a live stream.
    Stream,
    /// To go into boxes.
    Box,
}

/// Units of a lot that are set aside where they lie: only who sells for that purpose takes them.
#[derive(Clone, Debug)]
pub(crate) struct StockAllocation(pub(super) stock::Allocation);

/// Units of a lot that are set aside where they lie: only who sells for that purpose takes them.
#[Object]
impl StockAllocation {
    /// Its id.
    async fn id(&self) -> ID {
        ALLOCATION.id(self.0.id)
    }

    /// Of which lot.
    async fn lot(&self, ctx: &Context<'_>) -> Answer<Option<Lot>> {
        Lot::load(ctx, self.0.lot).await
    }

    /// Where they lie.
    async fn location(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        Location::load(ctx, self.0.location).await
    }

    /// For what.
    async fn purpose(&self) -> AllocationPurpose {
        self.0.purpose.into()
    }

    /// Which stall, which stream; may be empty.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Units that were set aside and not pulled back.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Units of them that somebody holds, or that were sold.
    async fn taken(&self) -> i32 {
        self.0.taken
    }

    /// When they were set aside first.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

/// What setting units aside takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AllocateStockInput {
    /// The number of the allocation, a UUIDv7 of yours: with one that is there already, units are added to it.
    id: Uuid,
    /// The number of the movement, a UUIDv7 of yours: the same one twice is one.
    movement_id: Uuid,
    /// Of which lot.
    lot: ID,
    /// Where they lie, and stay.
    location: ID,
    /// For what.
    purpose: AllocationPurpose,
    /// Which stall, which stream.
    #[graphql(default)]
    name: String,
    /// How many units.
    quantity: i32,
}

payload! {
    /// What came of setting units aside.
    AllocateStockPayload {
        /// The allocation.
        allocation: StockAllocation
    }
}
payload! {
    /// What came of pulling units back.
    PullBackAllocationPayload {
        /// The allocation as it is now.
        allocation: StockAllocation
    }
}

#[derive(Debug, Default)]
pub(crate) struct AllocationMutation;

#[Object]
impl AllocationMutation {
    /// Sets units aside out of what is free.
    async fn allocate_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and for what.")] input: AllocateStockInput,
    ) -> Answer<AllocateStockPayload> {
        AllocateStockPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let new = NewAllocation {
                id: AllocationId(input.id),
                movement: MovementId(input.movement_id),
                lot: lot_id(&input.lot)?,
                location: location_id(&input.location)?,
                purpose: input.purpose.into(),
                name: input.name,
                quantity: input.quantity,
            };
            Ok(StockAllocation(stock(ctx).allocate(actor, &new).await?))
        })
        .await
    }

    /// Pulls units back that nobody has taken: they are free again.
    async fn pull_back_allocation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which allocation.")] id: ID,
        #[graphql(desc = "The number of the movement, a UUIDv7 of yours: the same one twice is one.")] movement_id: Uuid,
        #[graphql(desc = "How many units; whatever is not taken when nothing is said.")] quantity: Option<i32>,
    ) -> Answer<PullBackAllocationPayload> {
        PullBackAllocationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let ask = PullBack { movement: MovementId(movement_id), allocation: AllocationId(ALLOCATION.key(&id)?), quantity };
            Ok(StockAllocation(stock(ctx).pull_back(actor, ask).await?))
        })
        .await
    }
}
