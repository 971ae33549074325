//! Kits.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{Currency, PartyId, Permission, ReservationId, VariantId};
use stock::kits::{Component, HoldKit, NewKit};
use uuid::Uuid;

use super::shared::{RESERVATION, buyer, load_variant, promises, variant};
use crate::graphql::{
    base::{Answer, Asking as _, BigInt, CurrencyCode, Money, Page, page_cost, payload},
    catalogue::Variant,
    once::once,
    parties::Party,
};

const LIST: &str = "kits";
/// How long kits are held when nobody says.
const HOLD_MINUTES: i32 = 15;

/// How the price of a kit is shared by its components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stock::kits::Split")]
pub(crate) enum KitSplit {
    /// By what the units cost by themselves.
    ListPrice,
    /// By fixed weights.
    Weights,
}

/// A variant that is made of others.
#[derive(Debug)]
pub(crate) struct Kit(stock::kits::Kit);

/// A variant that is made of others.
#[Object]
impl Kit {
    /// What is sold.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        load_variant(ctx, self.0.variant).await
    }

    /// How its price is shared by its components.
    async fn split(&self) -> KitSplit {
        self.0.split.into()
    }

    /// What is in it.
    #[graphql(complexity = "10 * child_complexity")]
    async fn components(&self) -> Vec<KitComponent> {
        self.0.components.iter().copied().map(KitComponent).collect()
    }
}

/// What a kit has in it.
#[derive(Debug)]
pub(crate) struct KitComponent(Component);

/// What a kit has in it.
#[Object]
impl KitComponent {
    /// What.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        load_variant(ctx, self.0.variant).await
    }

    /// How many in each kit.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Its part in the price, where parts are fixed.
    async fn weight(&self) -> Option<BigInt> {
        self.0.weight.map(BigInt)
    }
}

/// Kits that are held: all of their components.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct KitHold {
    /// The id of the reservation that holds them.
    reservation: ID,
    /// How many kits.
    quantity: i32,
    /// How long they are held.
    until: DateTime<Utc>,
}

/// What a component of held kits is of their price, and whose units it sells.
#[derive(Debug)]
pub(crate) struct KitLine(stock::kits::KitLine, Currency);

/// What a component of held kits is of their price, and whose units it sells.
#[Object]
impl KitLine {
    /// Of what.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        load_variant(ctx, self.0.variant).await
    }

    /// Units.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Its part of the price. The lines sum to the price to the cent.
    async fn amount(&self) -> Money {
        Money::of(self.0.amount, self.1)
    }

    /// Whose units are sold.
    async fn owners(&self) -> Vec<KitOwner> {
        let owner = |owner: &splits::Owner| {
            let fixed = match owner.terms {
                splits::Terms::Share => None,
                splits::Terms::FixedPrice(price) => Some(Money::of(price, self.1)),
            };
            KitOwner { party: owner.party, quantity: i32::try_from(owner.quantity).unwrap_or(i32::MAX), fixed }
        };
        self.0.owners.iter().map(owner).collect()
    }
}

/// Somebody's units in a line.
#[derive(Debug)]
pub(crate) struct KitOwner {
    party: PartyId,
    quantity: i32,
    fixed: Option<Money>,
}

/// Somebody's units in a line.
#[Object]
impl KitOwner {
    /// Whose.
    async fn party(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.party).await
    }

    /// How many.
    async fn quantity(&self) -> i32 {
        self.quantity
    }

    /// What the owner gets for each, if the terms of the lot fix it; null: what the split agreements say.
    async fn fixed_price(&self) -> Option<Money> {
        self.fixed
    }
}

/// What a kit is to have in it.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct KitComponentInput {
    /// Which variant; no kit itself.
    variant: ID,
    /// How many in each kit.
    quantity: i32,
    /// Its part in the price, where parts are fixed.
    weight: Option<BigInt>,
}

/// What making a kit takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateKitInput {
    /// The variant that is sold.
    variant: ID,
    /// How its price is shared by its components.
    split: KitSplit,
    /// What is in it, 1 to 50.
    components: Vec<KitComponentInput>,
}

payload! {
    /// What came of making a kit.
    CreateKitPayload {
        /// The kit.
        kit: Kit
    }
}
payload! {
    /// What came of holding kits.
    HoldKitPayload {
        /// What is held.
        hold: KitHold
    }
}

#[derive(Debug, Default)]
pub(crate) struct KitQuery;

#[Object]
impl KitQuery {
    /// The kits of the co-op, in the order of their variants' numbers.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn kits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the kit before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Kit>> {
        let actor = ctx.actor()?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let rows = promises(ctx).kits_page(actor.coop, page.limit(), page.after.map(VariantId)).await?;
        Ok(page.connection(LIST, rows, |kit| kit.variant.0, Kit))
    }

    /// What a variant is made of.
    async fn kit(&self, ctx: &Context<'_>, #[graphql(desc = "The id of the variant that is sold.")] variant: ID) -> Answer<Kit> {
        let actor = ctx.actor()?;
        Ok(Kit(promises(ctx).kit(actor.coop, super::shared::variant(&variant)?).await?))
    }

    /// How a price of held kits is shared by their components, and whose units each of them sells: the lines of their sale.
    async fn kit_lines(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reservation that holds the kits.")] reservation: ID,
        #[graphql(desc = "What is paid for all of them, in minor units.")] price: BigInt,
        #[graphql(desc = "In what; the co-op's own currency when nothing is said.")] currency: Option<CurrencyCode>,
    ) -> Answer<Vec<KitLine>> {
        let actor = ctx.actor_who_may(Permission::StockRead)?;
        let currency = currency.map_or(ctx.coop()?.currency, |code| code.0);
        let reservation = ReservationId(RESERVATION.key(&reservation)?);
        let lines = promises(ctx).kit_lines(actor.coop, reservation, (price.0, currency), "web").await?;
        Ok(lines.into_iter().map(|line| KitLine(line, currency)).collect())
    }
}

/// Kits that are to be held.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct HoldKitInput {
    /// The id of the variant that is sold.
    variant: ID,
    /// How many.
    quantity: i32,
    /// For how long: 1 to 10080 minutes, a quarter of an hour if nothing is said.
    minutes: Option<i32>,
    /// For whom, if not for whoever asks: their mail address.
    email: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct KitMutation;

#[Object]
impl KitMutation {
    /// Makes a kit of a variant, for good: another box is another variant. The same components again: the same kit.
    async fn create_kit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is made of.")] input: CreateKitInput,
    ) -> Answer<CreateKitPayload> {
        CreateKitPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let component = |part: &KitComponentInput| -> Answer<Component> {
                Ok(Component { variant: variant(&part.variant)?, quantity: part.quantity, weight: part.weight.map(|weight| weight.0) })
            };
            let components: Answer<Vec<Component>> = input.components.iter().map(component).collect();
            let new = NewKit { variant: variant(&input.variant)?, split: input.split.into(), components: components? };
            Ok(Kit(promises(ctx).create_kit(actor, new).await?))
        })
        .await
    }

    /// Holds kits for whoever asks, or, with `stock.write`, for an address: all of their components or none.
    async fn hold_kit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again holds nothing more.")] idempotency_key: String,
        #[graphql(desc = "What is held, and for whom.")] input: HoldKitInput,
    ) -> Answer<HoldKitPayload> {
        HoldKitPayload::of(async {
            let actor = ctx.actor()?;
            let buyer = buyer(actor, input.email.as_deref())?;
            let (kit, quantity, hold_minutes) = (variant(&input.variant)?, input.quantity, input.minutes.unwrap_or(HOLD_MINUTES));
            let ask = |reservation| HoldKit { reservation, kit, buyer: buyer.clone(), quantity, hold_minutes };
            let asked = (kit, quantity, hold_minutes, buyer.as_str());
            let name: Uuid = once(ctx, actor, ("holdKit", &idempotency_key), &asked, async |claim| {
                Ok(promises(ctx).hold_kit(actor, ask(ReservationId(claim.name()))).await?.reservation.0)
            })
            .await?;
            let held = promises(ctx).hold_kit(actor, ask(ReservationId(name))).await?;
            Ok(KitHold { reservation: RESERVATION.id(held.reservation), quantity: held.quantity, until: held.until })
        })
        .await
    }
}
