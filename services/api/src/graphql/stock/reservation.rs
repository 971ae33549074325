//! Reservations.

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Code, Permission, ReservationId, VariantId};
use stock::{Demand, Held, OwnerTerms, Through, Wanted};
use uuid::Uuid;

use super::{Location, Lot, RESERVATION, allocation::AllocationPurpose, location_id, lot_id, stock};
use crate::graphql::{
    base::{Answer, Asking as _, Money, Page, at, page_cost, payload},
    catalogue::{VARIANT, Variant},
    parties::Party,
};

const LIST: &str = "reservations";
/// How long a hold lasts when nothing is said: as long as somebody pays.
const USUAL_SECS: i32 = 900;

/// How far a hold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::ReservationState")]
pub(crate) enum ReservationState {
    /// Its units are nobody else's until it ends.
    Held,
    /// Its units were sold.
    Confirmed,
    /// It was let go.
    Released,
    /// It ran out.
    Expired,
}

/// A hold on units, with an end. Past its end it can never be sold, and is free again in a moment.
#[derive(Clone, Debug)]
pub(crate) struct Reservation(stock::Reservation);

/// Units that are held, or were.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReservationLine(Held);

/// A hold on units, with an end. Past its end it can never be sold, and is free again in a moment.
#[Object]
impl Reservation {
    /// Its id.
    async fn id(&self) -> ID {
        RESERVATION.id(self.0.id)
    }

    /// How far it has come.
    async fn state(&self) -> ReservationState {
        self.0.state.into()
    }

    /// What holds it: `checkout`, `waitlist`, `pickup`.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// Since when.
    async fn held_at(&self) -> DateTime<Utc> {
        self.0.held_at
    }

    /// Until when.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was sold, let go or freed.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// The units.
    #[graphql(complexity = "5 * child_complexity")]
    async fn lines(&self) -> Vec<ReservationLine> {
        self.0.lines.iter().copied().map(ReservationLine).collect()
    }
}

/// Units that are held, or were: of which lot, whose they are, and what is due to their owner when they are sold.
#[Object]
impl ReservationLine {
    /// Of which variant.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        Ok(ctx.loaders()?.load(self.0.variant).await?.map(Variant))
    }

    /// Of which lot.
    async fn lot(&self, ctx: &Context<'_>) -> Answer<Option<Lot>> {
        Lot::load(ctx, self.0.lot).await
    }

    /// Where they lie.
    async fn location(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        Location::load(ctx, self.0.location).await
    }

    /// How many.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Whose they are.
    async fn owner(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.owner).await
    }

    /// What their owner gets for each by the terms of the lot; null where it is a share.
    async fn owner_price(&self) -> Option<Money> {
        if let OwnerTerms::Price(price) = self.0.due { Some(Money(price)) } else { None }
    }
}

/// One line of what is to be held.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ReserveLineInput {
    /// Of which variant.
    variant: ID,
    /// Of this lot alone: its label was scanned.
    lot: Option<ID>,
    /// How many.
    quantity: i32,
}

impl ReserveLineInput {
    fn parse(&self) -> Answer<Wanted> {
        let lot = self.lot.as_ref().map(lot_id).transpose()?;
        Ok(Wanted { variant: VariantId(VARIANT.key(&self.variant)?), lot, quantity: self.quantity })
    }
}

/// For what a sale may take units that are set aside.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ThroughInput {
    /// Set aside for this.
    purpose: AllocationPurpose,
    /// For the one of this name; for any when nothing is said.
    name: Option<String>,
}

/// What is to be held.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ReserveStockInput {
    /// The number of the reservation, a UUIDv7 of yours: asking again with it is the same hold.
    id: Uuid,
    /// What, and how many: all of it or nothing. Lines of the same variant are added up.
    lines: Vec<ReserveLineInput>,
    /// From this location alone.
    location: Option<ID>,
    /// What is set aside for this goes first, and what is free after it.
    through: Option<ThroughInput>,
    /// What holds it, in a word.
    #[graphql(default_with = "String::from(\"checkout\")")]
    source: String,
    /// For how many seconds; a quarter of an hour when nothing is said, a year at most.
    #[graphql(default_with = "USUAL_SECS")]
    seconds: i32,
}

payload! {
    /// What came of holding units.
    ReserveStockPayload {
        /// The hold.
        reservation: Reservation
    }
}
payload! {
    /// What came of letting units go.
    ReleaseReservationPayload {
        /// The hold, released.
        reservation: Reservation
    }
}

#[derive(Debug, Default)]
pub(crate) struct ReservationQuery;

#[Object]
impl ReservationQuery {
    /// Holds on the co-op's stock, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn reservations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those alone that have come this far.")] state: Option<ReservationState>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the reservation before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Reservation>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let after = page.after.map(ReservationId);
        let rows = ::stock::reservations_page(&tx, actor.coop, state.map(Into::into), (page.limit(), after)).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |row| row.id.0, Reservation))
    }
}

#[derive(Debug, Default)]
pub(crate) struct ReservationMutation;

#[Object]
impl ReservationMutation {
    /// Holds units: nobody else can have them until the hold ends. All of what is asked for, or nothing.
    async fn reserve_stock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be held.")] input: ReserveStockInput,
    ) -> Answer<ReserveStockPayload> {
        ReserveStockPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            if input.seconds <= 0 {
                return Err(at(&["input", "seconds"], Code::InvalidInput, "a reservation lasts for a while"));
            }
            let demand = Demand {
                id: ReservationId(input.id),
                source: input.source,
                wanted: input.lines.iter().map(ReserveLineInput::parse).collect::<Answer<_>>()?,
                location: input.location.as_ref().map(location_id).transpose()?,
                through: input.through.map(|through| Through { purpose: through.purpose.into(), name: through.name }),
                until: ctx.house().clock.now() + TimeDelta::seconds(input.seconds.into()),
            };
            Ok(Reservation(stock(ctx).hold(actor, &demand).await?))
        })
        .await
    }

    /// Lets go of a hold: its units are free again, or set aside as before.
    async fn release_reservation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which reservation.")] id: ID,
    ) -> Answer<ReleaseReservationPayload> {
        ReleaseReservationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            Ok(Reservation(stock(ctx).let_go(actor, ReservationId(RESERVATION.key(&id)?)).await?))
        })
        .await
    }
}
