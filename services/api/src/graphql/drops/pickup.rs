//! Pickups.

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{Permission, ReservationId};
use stock::pickups::NewPickup;
use uuid::Uuid;

use super::shared::{RESERVATION, Units, UnitsInput, buyer, load_location, location, promises};
use crate::graphql::{
    base::{Answer, Asking as _, Page, page_cost, payload},
    once::once,
    stock::Location,
};

const LIST: &str = "pickups";

/// What became of a pickup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::pickups::PickupState")]
pub(crate) enum PickupState {
    /// It waits at the stall.
    Waiting,
    /// It was fetched.
    Collected,
    /// Nobody came in time; it lies at the stall for sale.
    Returned,
}

/// Goods that wait at a stall for whoever shows the code.
#[derive(Debug)]
pub(crate) struct Pickup(stock::pickups::Pickup);

/// Goods that wait at a stall for whoever shows the code.
#[Object]
impl Pickup {
    /// The id of the reservation that holds them.
    async fn reservation(&self) -> ID {
        RESERVATION.id(self.0.reservation)
    }

    /// At which stall.
    async fn location(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        load_location(ctx, self.0.location).await
    }

    /// What the buyer types or reads out.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What the buyer's QR says.
    async fn qr(&self) -> String {
        self.0.qr()
    }

    /// From when it can be fetched.
    async fn opens_at(&self) -> DateTime<Utc> {
        self.0.opens_at
    }

    /// Until when.
    async fn closes_at(&self) -> DateTime<Utc> {
        self.0.closes_at
    }

    /// What became of it.
    async fn state(&self) -> PickupState {
        self.0.state.into()
    }

    /// When it was fetched.
    async fn collected_at(&self) -> Option<DateTime<Utc>> {
        self.0.collected_at
    }
}

/// What holding goods for a pickup takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct HoldForPickupInput {
    /// At which stall.
    location: ID,
    /// What, and how many: all of it or nothing.
    lines: Vec<UnitsInput>,
    /// From when it can be fetched.
    opens_at: DateTime<Utc>,
    /// Until when.
    closes_at: DateTime<Utc>,
    /// For whom, with `stock.write`, if not for whoever asks: their mail address.
    email: Option<String>,
}

payload! {
    /// What came of holding goods for a pickup.
    HoldForPickupPayload {
        /// The pickup, with its code.
        pickup: Pickup
    }
}
payload! {
    /// What came of handing goods over.
    CollectPickupPayload {
        /// The pickup, fetched.
        pickup: Pickup
    }
}

#[derive(Debug, Default)]
pub(crate) struct PickupQuery;

#[Object]
impl PickupQuery {
    /// A pickup: one's own, or any with `stock.write`.
    async fn pickup(&self, ctx: &Context<'_>, #[graphql(desc = "The id of its reservation.")] reservation: ID) -> Answer<Pickup> {
        let actor = ctx.actor()?;
        Ok(Pickup(promises(ctx).pickup(actor, ReservationId(RESERVATION.key(&reservation)?)).await?))
    }

    /// What was to be fetched at a stall.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn pickups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At which stall.")] location: ID,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the pickup before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Pickup>> {
        let actor = ctx.actor_who_may(Permission::StockWrite)?;
        let location = super::shared::location(&location)?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let rows = promises(ctx).pickups_page(actor.coop, location, page.limit(), page.after.map(ReservationId)).await?;
        Ok(page.connection(LIST, rows, |pickup| pickup.reservation.0, Pickup))
    }
}

#[derive(Debug, Default)]
pub(crate) struct PickupMutation;

#[Object]
impl PickupMutation {
    /// Holds goods at a stall until a window closes, for whoever shows the code. What nobody fetches is for sale there again.
    async fn hold_for_pickup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again holds nothing more.")] idempotency_key: String,
        #[graphql(desc = "What, where and when.")] input: HoldForPickupInput,
    ) -> Answer<HoldForPickupPayload> {
        HoldForPickupPayload::of(async {
            let actor = ctx.actor()?;
            let buyer = buyer(actor, input.email.as_deref())?;
            let (location, units) = (location(&input.location)?, Units::of(&input.lines)?);
            let (opens_at, closes_at) = (input.opens_at, input.closes_at);
            let asked = (location, &units, opens_at, closes_at, buyer.as_str());
            let name: Uuid = once(ctx, actor, ("holdForPickup", &idempotency_key), &asked, async |claim| {
                let (reservation, lines) = (ReservationId(claim.name()), units.0.clone());
                let new = NewPickup { reservation, buyer: buyer.clone(), location, lines, opens_at, closes_at };
                Ok(promises(ctx).hold_for_pickup(actor, new).await?.reservation.0)
            })
            .await?;
            Ok(Pickup(promises(ctx).pickup(actor, ReservationId(name)).await?))
        })
        .await
    }

    /// Hands over what waits for a code, at its stall and within its window: it is sold then. The same code again: the same.
    async fn collect_pickup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At which stall.")] location: ID,
        #[graphql(desc = "The code, or all that the QR says.")] code: String,
    ) -> Answer<CollectPickupPayload> {
        CollectPickupPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            Ok(Pickup(promises(ctx).collect(actor, super::shared::location(&location)?, &code).await?))
        })
        .await
    }
}
