//! Lots, as the graph shows them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::{LotId, PartyId, VariantId};
use stock::LotsAsk;
use uuid::Uuid;

use super::{
    LOT, Location, StockLevel,
    allocation::StockAllocation,
    lot_id,
    movement::{StockMovement, movements},
    sees_all,
    terms::ConsignmentTerms,
};
use crate::graphql::{
    base::{Answer, Asking as _, BigInt, Page, page_cost},
    catalogue::{VARIANT, Variant},
    loaders::{PlacesOf, SumsOf},
    parties::{self, Party},
};

const LIST: &str = "lots";
const ALLOCATIONS: &str = "allocations";

/// A quantity of one variant that one party owns, wherever its units lie.
#[derive(Clone, Debug)]
pub(crate) struct Lot(pub(crate) stock::Lot);

/// Units of a lot at one location.
#[derive(Debug, SimpleObject)]
pub(crate) struct StockPlace {
    /// Where.
    location: Option<Location>,
    /// How many.
    level: StockLevel,
}

/// What became of the units of a lot: received + counted = onHand + underWay + sold + returned + lost + donated + pooled.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct LotSums {
    /// Handed in.
    received: BigInt,
    /// Sold, and not taken back.
    sold: BigInt,
    /// Gone back to the owner.
    returned: BigInt,
    /// Broken, stolen, or missing on arrival.
    lost: BigInt,
    /// Given away.
    donated: BigInt,
    /// Become the pool's.
    pooled: BigInt,
    /// Found at stock counts; missing ones with a minus.
    counted: BigInt,
    /// Sent from a location and not arrived at another yet.
    under_way: BigInt,
    /// Lying somewhere.
    on_hand: BigInt,
}

impl From<stock::LotSums> for LotSums {
    fn from(sums: stock::LotSums) -> Self {
        Self {
            received: BigInt(sums.received),
            sold: BigInt(sums.sold),
            returned: BigInt(sums.returned),
            lost: BigInt(sums.lost),
            donated: BigInt(sums.donated),
            pooled: BigInt(sums.pooled),
            counted: BigInt(sums.counted),
            under_way: BigInt(sums.under_way),
            on_hand: BigInt(sums.on_hand),
        }
    }
}

/// A quantity of one variant that one party owns, wherever its units lie.
#[Object]
impl Lot {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        LOT.id(self.0.id)
    }

    /// Of which variant.
    async fn variant(&self, ctx: &Context<'_>) -> Answer<Option<Variant>> {
        Ok(ctx.loaders()?.load(self.0.variant).await?.map(Variant))
    }

    /// Whose it is, for good: units that change hands become a lot of their new owner.
    async fn owner(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        Party::load(ctx, self.0.owner).await
    }

    /// The terms that it came in under; null: what the split agreements say.
    async fn terms(&self, ctx: &Context<'_>) -> Answer<Option<ConsignmentTerms>> {
        match self.0.terms {
            Some(terms) => ConsignmentTerms::load(ctx, terms).await,
            None => Ok(None),
        }
    }

    /// Units that were handed in.
    async fn quantity(&self) -> i32 {
        self.0.quantity
    }

    /// When.
    async fn received_at(&self) -> DateTime<Utc> {
        self.0.received_at
    }

    /// When it is not sold any more; null: for good.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }

    /// When what is left of it is returned, donated or pooled, as its terms say.
    async fn ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.ends_at
    }

    /// When its owner, or the co-op, called it back.
    async fn recalled_at(&self) -> Option<DateTime<Utc>> {
        self.0.recalled.as_ref().map(|(at, _, _)| *at)
    }

    /// Why it was called back.
    async fn recall_reason(&self) -> Option<&str> {
        self.0.recalled.as_ref()?.2.as_deref()
    }

    /// When it had ended and nothing of it was left.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// What became of its units.
    async fn sums(&self, ctx: &Context<'_>) -> Answer<LotSums> {
        Ok(ctx.loaders()?.load(SumsOf(self.0.id)).await?.unwrap_or_default().into())
    }

    /// Where its units lie.
    #[graphql(complexity = "5 * child_complexity")]
    async fn places(&self, ctx: &Context<'_>) -> Answer<Vec<StockPlace>> {
        let loaders = ctx.loaders()?;
        let mut places = Vec::new();
        for place in loaders.load(PlacesOf(self.0.id)).await?.unwrap_or_default() {
            places.push(StockPlace { location: Location::load(ctx, place.location).await?, level: place.level.into() });
        }
        Ok(places)
    }

    /// Units of it that are set aside, or were.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn allocations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the allocation before them.")] after: Option<String>,
    ) -> Answer<Connection<String, StockAllocation>> {
        let actor = ctx.actor()?;
        let page: Page<Uuid> = Page::of(ALLOCATIONS, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let after = page.after.map(stock::AllocationId);
        let rows = stock::allocations_page(&tx, actor.coop, Some(self.0.id), (page.limit(), after)).await?;
        tx.commit().await?;
        Ok(page.connection(ALLOCATIONS, rows, |row| row.id.0, StockAllocation))
    }

    /// What happened to it, oldest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn movements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the movement before them.")] after: Option<String>,
    ) -> Answer<Connection<String, StockMovement>> {
        movements(ctx, Some(self.0.id), (first, after)).await
    }
}

impl Lot {
    /// A lot of the actor's co-op, if they may see it.
    pub(super) async fn load(ctx: &Context<'_>, id: LotId) -> Answer<Option<Self>> {
        let actor = ctx.actor()?;
        let found = ctx.loaders()?.load(id).await?;
        Ok(found.filter(|lot| sees_all(actor) || actor.party == Some(lot.owner)).map(Self))
    }
}

/// The lot of that id, for those who may see stock and for its owner.
pub(crate) async fn lot(ctx: &Context<'_>, id: &ID) -> Answer<Option<Lot>> {
    match LOT.key(id) {
        Ok(key) => Lot::load(ctx, LotId(key)).await,
        Err(_) => Ok(None),
    }
}

/// Which lots.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct LotsFilter {
    /// Of this owner.
    owner: Option<ID>,
    /// Of this variant.
    variant: Option<ID>,
}

#[derive(Debug, Default)]
pub(crate) struct LotQuery;

#[Object]
impl LotQuery {
    /// The lots of the co-op, oldest first. Who may not read stock sees those of their own.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn lots(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those alone.")] filter: Option<LotsFilter>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the lot before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Lot>> {
        let actor = ctx.actor()?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let LotsFilter { owner, variant } = filter.unwrap_or_default();
        let asked = owner.map(|owner| parties::KIND.key(&owner).map(PartyId)).transpose()?;
        let owner = if sees_all(actor) { asked } else { actor.party };
        if !sees_all(actor) && (owner.is_none() || asked.is_some_and(|asked| Some(asked) != owner)) {
            return Ok(Connection::new(false, false));
        }
        let variant = variant.map(|variant| VARIANT.key(&variant).map(VariantId)).transpose()?;
        let tx = ctx.reading().await?;
        let rows = stock::lots_page(&tx, actor.coop, LotsAsk { owner, variant, after: page.after.map(LotId) }, page.limit()).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |row| row.id.0, Lot))
    }

    /// A lot.
    async fn lot(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Lot> {
        Ok(Lot::load(ctx, lot_id(&id)?).await?.ok_or_else(|| LOT.missing(&id))?)
    }
}
