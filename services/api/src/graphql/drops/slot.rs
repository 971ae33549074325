//! Slots and who comes.

use async_graphql::{Context, Enum, ID, InputObject, Object, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use stock::{
    deposits::Of,
    promises::{RsvpId, SlotId},
    slots::{ChangeSlot, NewRsvp, NewSlot},
};
use uuid::Uuid;

use super::{
    deposit::Deposit,
    shared::{buyer, load_location, load_variant, location, promises, variant},
};
use crate::graphql::{
    base::{Answer, Asking as _, Kind, Page, page_cost, payload},
    catalogue::Variant,
    once::once,
    stock::Location,
};

const SLOT: Kind = Kind("Slot");
pub(super) const PLACE: Kind = Kind("Place");
const LIST: &str = "slots";
const PLACES: &str = "places";

/// Something with places, one for each person.
#[derive(Debug)]
pub(crate) struct Slot(stock::slots::Slot);

/// Something with places, one for each person.
#[Object]
impl Slot {
    /// Its id.
    async fn id(&self) -> ID {
        SLOT.id(self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What is sold with a place, if anything.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        match self.0.variant {
            Some(variant) => load_variant(ctx, variant).await,
            None => Ok(None),
        }
    }

    /// Where, if that is known.
    async fn location(&self, ctx: &Context<'_>) -> Answer<Option<Location>> {
        match self.0.location {
            Some(location) => load_location(ctx, location).await,
            None => Ok(None),
        }
    }

    /// From when.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// Until when.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.ends_at
    }

    /// Places.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// Places that are taken.
    async fn taken(&self) -> i32 {
        self.0.taken
    }

    /// Who has a place, and what became of it.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn places(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the place before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Place>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let page: Page<Uuid> = Page::of(PLACES, first, after.as_deref())?;
        let rows = promises(ctx).rsvps_page(actor.coop, self.0.id, page.limit(), page.after.map(RsvpId)).await?;
        Ok(page.connection(PLACES, rows, |place| place.id.0, Place))
    }
}

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::slots::RsvpState")]
pub(crate) enum PlaceState {
    /// They want to come.
    Going,
    /// They do not; the place is free.
    Cancelled,
    /// They came.
    Came,
    /// They did not come and did not cancel.
    NoShow,
}

/// Somebody's place.
#[derive(Debug)]
pub(crate) struct Place(stock::slots::Rsvp);

/// Somebody's place.
#[Object]
impl Place {
    /// Its id.
    async fn id(&self) -> ID {
        PLACE.id(self.0.id)
    }

    /// The id of what it is in.
    async fn slot(&self) -> ID {
        SLOT.id(self.0.slot)
    }

    /// How they are called at the door.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What became of it.
    async fn state(&self) -> PlaceState {
        self.0.state.into()
    }

    /// Since when they have it.
    async fn replied_at(&self) -> DateTime<Utc> {
        self.0.replied_at
    }

    /// What is paid for it in two parts, if that was asked for.
    async fn deposit(&self, ctx: &Context<'_>) -> Answer<Option<Deposit>> {
        Deposit::load(ctx, Of::Rsvp(self.0.id)).await
    }
}

/// What making a slot takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateSlotInput {
    /// What people call it: 1 to 200 characters in one line.
    name: String,
    /// The id of the variant that is sold with a place, if there is one.
    variant: Option<ID>,
    /// The id of the location, if it has one.
    location: Option<ID>,
    /// From when.
    starts_at: DateTime<Utc>,
    /// Until when.
    ends_at: DateTime<Utc>,
    /// Places, at least one.
    capacity: i32,
}

/// What of a slot is to be different. What is not named stays as it is.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct ChangeSlotInput {
    /// From when.
    starts_at: Option<DateTime<Utc>>,
    /// Until when.
    ends_at: Option<DateTime<Utc>>,
    /// Places; not below what is taken.
    capacity: Option<i32>,
}

payload! {
    /// What came of making a slot.
    CreateSlotPayload {
        /// The slot.
        slot: Slot
    }
}
payload! {
    /// What came of changing a slot.
    ChangeSlotPayload {
        /// The slot as it is now.
        slot: Slot
    }
}
payload! {
    /// What came of taking a place.
    TakePlacePayload {
        /// The place; the one that they had already if they had one.
        place: Place
    }
}
payload! {
    /// What came of giving a place back.
    CancelPlacePayload {
        /// The place, free for the next one.
        place: Place
    }
}
payload! {
    /// What came of noting who came.
    MarkPlacePayload {
        /// The place.
        place: Place
    }
}

#[derive(Debug, Default)]
pub(crate) struct SlotQuery;

#[Object]
impl SlotQuery {
    /// The slots of the co-op, by when they start, latest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn slots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the slot before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Slot>> {
        let actor = ctx.actor()?;
        let page: Page<(DateTime<Utc>, Uuid)> = Page::of(LIST, first, after.as_deref())?;
        let rows = promises(ctx).slots_page(actor.coop, page.limit(), page.after.map(|(at, id)| (at, SlotId(id)))).await?;
        Ok(page.connection(LIST, rows, |slot| (slot.starts_at, slot.id.0), Slot))
    }

    /// A slot.
    async fn slot(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Slot> {
        let actor = ctx.actor()?;
        Ok(Slot(promises(ctx).slot(actor.coop, SlotId(SLOT.key(&id)?)).await?))
    }
}

#[derive(Debug, Default)]
pub(crate) struct SlotMutation;

#[Object]
impl SlotMutation {
    /// Makes something with places.
    async fn create_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again makes nothing more.")] idempotency_key: String,
        #[graphql(desc = "What it is.")] input: CreateSlotInput,
    ) -> Answer<CreateSlotPayload> {
        CreateSlotPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let variant = input.variant.as_ref().map(variant).transpose()?;
            let location = input.location.as_ref().map(location).transpose()?;
            let CreateSlotInput { name, starts_at, ends_at, capacity, .. } = input;
            let asked = (&name, variant, location, starts_at, ends_at, capacity);
            let id: Uuid = once(ctx, actor, ("createSlot", &idempotency_key), &asked, async |claim| {
                let new = NewSlot { id: SlotId(claim.name()), name: name.clone(), variant, location, starts_at, ends_at, capacity };
                Ok(promises(ctx).create_slot(actor, new).await?.id.0)
            })
            .await?;
            Ok(Slot(promises(ctx).slot(actor.coop, SlotId(id)).await?))
        })
        .await
    }

    /// Moves a slot, or gives it more or fewer places.
    async fn change_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which slot.")] id: ID,
        #[graphql(desc = "What is to be different.")] input: ChangeSlotInput,
    ) -> Answer<ChangeSlotPayload> {
        ChangeSlotPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let change = ChangeSlot { starts_at: input.starts_at, ends_at: input.ends_at, capacity: input.capacity };
            Ok(Slot(promises(ctx).change_slot(actor, SlotId(SLOT.key(&id)?), change).await?))
        })
        .await
    }

    /// Takes a place for whoever asks, or, with `stock.write`, for an address. Who has one keeps that one.
    async fn take_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which slot.")] slot: ID,
        #[graphql(desc = "How they are called at the door: 1 to 200 characters in one line.")] name: String,
        #[graphql(desc = "For whom, if not for whoever asks: their mail address.")] email: Option<String>,
    ) -> Answer<TakePlacePayload> {
        TakePlacePayload::of(async {
            let actor = ctx.actor()?;
            let buyer = buyer(actor, email.as_deref())?;
            let new = NewRsvp { id: RsvpId(Uuid::now_v7()), slot: SlotId(SLOT.key(&slot)?), buyer, name };
            Ok(Place(promises(ctx).rsvp(actor, new).await?))
        })
        .await
    }

    /// Gives a place back before it starts: one's own, or any with `stock.write`.
    async fn cancel_place(&self, ctx: &Context<'_>, #[graphql(desc = "Which place.")] id: ID) -> Answer<CancelPlacePayload> {
        CancelPlacePayload::of(async {
            let actor = ctx.actor()?;
            Ok(Place(promises(ctx).cancel_rsvp(actor, RsvpId(PLACE.key(&id)?)).await?))
        })
        .await
    }

    /// Notes whether somebody came, once it has started. Who did not come forfeits what their deposit says.
    async fn mark_place(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which place.")] id: ID,
        #[graphql(desc = "Whether they came.")] came: bool,
    ) -> Answer<MarkPlacePayload> {
        MarkPlacePayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            Ok(Place(promises(ctx).mark_rsvp(actor, RsvpId(PLACE.key(&id)?), came).await?))
        })
        .await
    }
}
