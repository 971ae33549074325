//! Drops.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection, futures_util::future::try_join_all};
use chrono::{DateTime, Utc};
use kernel::{Permission, PersonId, ReservationId, VariantId};
use stock::{
    drops::{ChangeDrop, Claim, Lead, NewDrop, Opening},
    promises::{Buyer, DropId},
};
use uuid::Uuid;

use super::shared::{RESERVATION, Units, UnitsInput, buyer, load_variant, promises, variant};
use crate::graphql::{
    base::{Answer, Asking as _, Kind, Page, at, page_cost, payload},
    catalogue::Variant,
    once::once,
    people,
};

const KIND: Kind = Kind("Drop");
const LIST: &str = "drops";
/// How long a claim is held when nobody says.
const HOLD_MINUTES: i32 = 15;

/// Something that opens at a moment, with so many for each buyer and so many in all.
#[derive(Debug)]
pub(crate) struct Drop(stock::drops::Drop);

/// Something that opens at a moment, with so many for each buyer and so many in all.
#[Object]
impl Drop {
    /// Its id.
    async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it opens to everyone.
    async fn opens_at(&self) -> DateTime<Utc> {
        self.0.opening.opens_at
    }

    /// When it is over; null: when it is sold out.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.opening.ends_at
    }

    /// Who may come how much earlier.
    async fn early_access(&self) -> Vec<EarlyAccess> {
        let leads = self.0.opening.leads.iter();
        leads.map(|lead| EarlyAccess { level: i32::from(lead.level), minutes: lead.minutes }).collect()
    }

    /// Units that one buyer may have, held and bought together.
    async fn per_buyer(&self) -> i32 {
        self.0.per_buyer
    }

    /// Units in all.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// Units that are held or sold.
    async fn taken(&self) -> i32 {
        self.0.taken
    }

    /// How long a claim is held.
    async fn hold_minutes(&self) -> i32 {
        self.0.hold_minutes
    }

    /// What is in it.
    #[graphql(complexity = "10 * child_complexity")]
    async fn variants(&self, ctx: &Context<'_>) -> Answer<Vec<Variant>> {
        let loads = self.0.variants.iter().map(|variant| load_variant(ctx, *variant));
        Ok(try_join_all(loads).await?.into_iter().flatten().collect())
    }
}

/// How much earlier a drop opens from a level on.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct EarlyAccess {
    /// From this level on.
    level: i32,
    /// So many minutes earlier.
    minutes: i32,
}

/// Units of a drop that are held for a buyer.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct DropClaim {
    /// The id of the reservation that holds them.
    reservation: ID,
    /// The id of the drop.
    drop: ID,
    /// Units.
    quantity: i32,
    /// How long they are held.
    until: DateTime<Utc>,
}

impl From<stock::drops::Claimed> for DropClaim {
    fn from(claimed: stock::drops::Claimed) -> Self {
        let (reservation, drop) = (RESERVATION.id(claimed.reservation), KIND.id(claimed.drop));
        Self { reservation, drop, quantity: claimed.quantity, until: claimed.until }
    }
}

/// How much earlier a drop opens from a level on.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct EarlyAccessInput {
    /// From this level on, 1 to 1000.
    level: i32,
    /// So many minutes earlier, at most a year.
    minutes: i32,
}

/// What making a drop takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateDropInput {
    /// What people call it: 1 to 200 characters in one line.
    name: String,
    /// When it opens to everyone.
    opens_at: DateTime<Utc>,
    /// When it is over; when it is sold out if nothing is said.
    ends_at: Option<DateTime<Utc>>,
    /// Who may come how much earlier, at most 20.
    #[graphql(default)]
    early_access: Vec<EarlyAccessInput>,
    /// Units that one buyer may have.
    per_buyer: i32,
    /// Units in all.
    quantity: i32,
    /// How long a claim is held: 1 to 10080 minutes, a quarter of an hour if nothing is said.
    hold_minutes: Option<i32>,
    /// The ids of the variants in it, 1 to 100.
    variants: Vec<ID>,
}

/// What of a drop is to be different. What is not named stays as it is.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct ChangeDropInput {
    /// When it opens to everyone.
    opens_at: Option<DateTime<Utc>>,
    /// When it is over.
    ends_at: Option<DateTime<Utc>>,
    /// Units that one buyer may have; not below what one has.
    per_buyer: Option<i32>,
    /// Units in all; not below what is taken.
    quantity: Option<i32>,
}

payload! {
    /// What came of making a drop.
    CreateDropPayload {
        /// The drop.
        drop: Drop
    }
}
payload! {
    /// What came of changing a drop.
    ChangeDropPayload {
        /// The drop as it is now.
        drop: Drop
    }
}
payload! {
    /// What came of claiming units of a drop.
    ClaimDropPayload {
        /// What is held.
        claim: DropClaim
    }
}
payload! {
    /// What came of setting a buyer's level.
    SetBuyerLevelPayload {
        /// The level that they have now.
        level: i32
    }
}

#[derive(Debug, Default)]
pub(crate) struct DropQuery;

#[Object]
impl DropQuery {
    /// The drops of the co-op, by when they open, latest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn drops(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the drop before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Drop>> {
        let actor = ctx.actor()?;
        let page: Page<(DateTime<Utc>, Uuid)> = Page::of(LIST, first, after.as_deref())?;
        let after = page.after.map(|(at, id)| (at, DropId(id)));
        let rows = promises(ctx).drops_page(actor.coop, page.limit(), after).await?;
        Ok(page.connection(LIST, rows, |drop| (drop.opening.opens_at, drop.id.0), Drop))
    }

    /// A drop.
    async fn drop(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Drop> {
        let actor = ctx.actor()?;
        Ok(Drop(promises(ctx).drop(actor.coop, DropId(KIND.key(&id)?)).await?))
    }
}

/// What is wanted of a drop.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ClaimDropInput {
    /// Which drop.
    drop: ID,
    /// What, and how many.
    lines: Vec<UnitsInput>,
    /// For whom, if not for whoever asks: their mail address.
    email: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct DropMutation;

#[Object]
impl DropMutation {
    /// Makes a drop.
    async fn create_drop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again makes nothing more.")] idempotency_key: String,
        #[graphql(desc = "What it is.")] input: CreateDropInput,
    ) -> Answer<CreateDropPayload> {
        CreateDropPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let variants: Answer<Vec<VariantId>> = input.variants.iter().map(variant).collect();
            let variants = variants?;
            let leads: Answer<Vec<Lead>> = input.early_access.iter().copied().map(lead).collect();
            let leads = leads?;
            let CreateDropInput { name, opens_at, ends_at, per_buyer, quantity, hold_minutes, .. } = input;
            let asked: Vec<(i16, i32)> = leads.iter().map(|lead| (lead.level, lead.minutes)).collect();
            let asked = (&name, opens_at, ends_at, per_buyer, quantity, hold_minutes, &variants, asked);
            let id: Uuid = once(ctx, actor, ("createDrop", &idempotency_key), &asked, async |claim| {
                let opening = Opening { opens_at, ends_at, leads: leads.clone() };
                let hold_minutes = hold_minutes.unwrap_or(HOLD_MINUTES);
                let (id, name, variants) = (DropId(claim.name()), name.clone(), variants.clone());
                let new = NewDrop { id, name, opening, per_buyer, quantity, hold_minutes, variants };
                Ok(promises(ctx).create_drop(actor, new).await?.id.0)
            })
            .await?;
            Ok(Drop(promises(ctx).drop(actor.coop, DropId(id)).await?))
        })
        .await
    }

    /// Changes the moments and the limits of a drop.
    async fn change_drop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which drop.")] id: ID,
        #[graphql(desc = "What is to be different.")] input: ChangeDropInput,
    ) -> Answer<ChangeDropPayload> {
        ChangeDropPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let ChangeDropInput { opens_at, ends_at, per_buyer, quantity } = input;
            let change = ChangeDrop { opens_at, ends_at, per_buyer, quantity };
            Ok(Drop(promises(ctx).change_drop(actor, DropId(KIND.key(&id)?), change).await?))
        })
        .await
    }

    /// Holds units of a drop for whoever asks, or, with `stock.write`, for an address: all of them or none, within the drop's
    /// limits.
    async fn claim_drop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again holds nothing more.")] idempotency_key: String,
        #[graphql(desc = "What is wanted.")] input: ClaimDropInput,
    ) -> Answer<ClaimDropPayload> {
        ClaimDropPayload::of(async {
            let actor = ctx.actor()?;
            let buyer = buyer(actor, input.email.as_deref())?;
            let (drop, units) = (DropId(KIND.key(&input.drop)?), Units::of(&input.lines)?);
            let asked = (drop, &units, buyer.as_str());
            let name: Uuid = once(ctx, actor, ("claimDrop", &idempotency_key), &asked, async |claim| {
                let reservation = ReservationId(claim.name());
                promises(ctx).claim(actor, Claim { reservation, drop, buyer: buyer.clone(), lines: units.0.clone() }).await?;
                Ok(reservation.0)
            })
            .await?;
            // Known by its reservation now, whatever became of the drop since
            let claim = Claim { reservation: ReservationId(name), drop, buyer: buyer.clone(), lines: units.0.clone() };
            Ok(promises(ctx).claim(actor, claim).await?.into())
        })
        .await
    }

    /// Says how far a buyer has come as a contributor: how early drops open to them.
    async fn set_buyer_level(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Somebody who signs in: their id as a person. This or an address.")] person: Option<ID>,
        #[graphql(desc = "Somebody who does not: their mail address.")] email: Option<String>,
        #[graphql(desc = "0 to 1000.")] level: i32,
    ) -> Answer<SetBuyerLevelPayload> {
        SetBuyerLevelPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let buyer = match (person, email) {
                (Some(person), None) => Buyer::person(PersonId(people::KIND.key(&person)?)),
                (None, Some(email)) => Buyer::email(&email)?,
                _ => return Err(at(&["person"], kernel::Code::InvalidInput, "name a person or an address, and not both")),
            };
            Ok(i32::from(promises(ctx).set_level(actor, &buyer, small(level)?).await?))
        })
        .await
    }
}

fn small(level: i32) -> Answer<i16> {
    i16::try_from(level).map_err(|_| at(&["level"], kernel::Code::InvalidInput, "a level is 0 to 1000"))
}

fn lead(input: EarlyAccessInput) -> Answer<Lead> {
    Ok(Lead { level: small(input.level)?, minutes: input.minutes })
}
