//! Looking at the catalogue.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, connection::Connection};
use catalogue::{CategoryId, MediumId, ProductsAsk, VariantBy};
use kernel::{OfferId, Permission, ProductId, VariantId};
use uuid::Uuid;

use super::{
    CATEGORY, Category, MEDIUM, Medium, OFFER, Offer, PRODUCT, Product, VARIANT, Variant, channel_of, input::party, product::ProductStatus,
};
use crate::graphql::{
    base::{Answer, Asking as _, Page, page_cost},
    parties,
    sales::SaleChannel,
};

const PRODUCTS: &str = "products";
const OFFERS: &str = "myOffers";

/// Which products are wanted; nothing said is all.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct ProductFilterInput {
    /// Only the one of that handle.
    handle: Option<String>,
    /// Only those that have come that far.
    status: Option<ProductStatus>,
    /// Only those that are shown there now.
    channel: Option<SaleChannel>,
    /// Only those in that category, or in one below it.
    category: Option<ID>,
    /// Only those that this party offers or had a hand in.
    maker: Option<ID>,
}

/// What a variant is found by.
#[derive(Clone, Debug, OneofObject)]
pub(crate) enum VariantByInput {
    /// Its id.
    Id(ID),
    /// What the co-op calls it.
    Sku(String),
    /// What is printed on it.
    Barcode(String),
}

impl ProductFilterInput {
    fn read(self, page: &Page<Uuid>) -> Answer<ProductsAsk> {
        let category = self.category.as_ref().map(|id| CATEGORY.key(id)).transpose()?.map(CategoryId);
        if let Some(maker) = &self.maker {
            parties::KIND.key::<i64>(maker)?;
        }
        Ok(ProductsAsk {
            handle: self.handle,
            status: self.status.map(catalogue::ProductStatus::from),
            channel: self.channel.map(channel_of),
            category,
            maker: self.maker.as_ref().map(party),
            after: page.after.map(ProductId),
            first: limit(page),
        })
    }
}

fn limit(page: &Page<Uuid>) -> u32 {
    u32::try_from(page.limit()).expect("a page is small")
}

#[derive(Debug, Default)]
pub(crate) struct CatalogueQuery;

#[Object]
impl CatalogueQuery {
    /// A product.
    async fn product(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Product> {
        let actor = ctx.actor_who_may(Permission::CatalogueRead)?;
        Ok(Product(ctx.house().catalogue.product(actor, ProductId(PRODUCT.key(&id)?)).await?))
    }

    /// The products of the co-op, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; all when nothing is said.")] filter: Option<ProductFilterInput>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the product before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Product>> {
        let actor = ctx.actor_who_may(Permission::CatalogueRead)?;
        let page: Page<Uuid> = Page::of(PRODUCTS, first, after.as_deref())?;
        let ask = filter.unwrap_or_default().read(&page)?;
        let rows = ctx.house().catalogue.products(actor, &ask).await?;
        Ok(page.connection(PRODUCTS, rows, |product| product.id.0, Product))
    }

    /// A variant, by its id, its SKU or its barcode: what was scanned.
    async fn variant(&self, ctx: &Context<'_>, #[graphql(desc = "What it is found by.")] by: VariantByInput) -> Answer<Variant> {
        let actor = ctx.actor_who_may(Permission::CatalogueRead)?;
        let by = match by {
            VariantByInput::Id(id) => VariantBy::Id(VariantId(VARIANT.key(&id)?)),
            VariantByInput::Sku(sku) => VariantBy::Sku(sku),
            VariantByInput::Barcode(barcode) => VariantBy::Barcode(barcode),
        };
        Ok(Variant(ctx.house().catalogue.variant(actor, &by).await?))
    }

    /// All categories, floor by floor: whatever has a parent comes after it.
    #[graphql(complexity = "50 * child_complexity")]
    async fn categories(&self, ctx: &Context<'_>) -> Answer<Vec<Category>> {
        let actor = ctx.actor_who_may(Permission::CatalogueRead)?;
        Ok(ctx.house().catalogue.categories(actor).await?.into_iter().map(Category).collect())
    }

    /// What whoever asks offers as a maker, latest first; empty for those who make nothing.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn my_offers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the offer before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Offer>> {
        let actor = ctx.actor()?;
        let page: Page<Uuid> = Page::of(OFFERS, first, after.as_deref())?;
        let Some(party) = actor.party else { return Ok(Connection::new(false, false)) };
        let rows = ctx.house().catalogue.offers(actor, party, page.after.map(OfferId), limit(&page)).await?;
        Ok(page.connection(OFFERS, rows, |offer| offer.id.0, Offer))
    }
}

/// Whether whoever asks reads the catalogue.
fn reads(ctx: &Context<'_>) -> Answer<bool> {
    Ok(ctx.actor()?.permissions.contains(Permission::CatalogueRead))
}

/// The product of that id, for those who read the catalogue.
pub(crate) async fn product(ctx: &Context<'_>, id: &ID) -> Answer<Option<Product>> {
    match PRODUCT.key(id) {
        Ok(key) if reads(ctx)? => Ok(ctx.loaders()?.load(ProductId(key)).await?.map(Product)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// The variant of that id, for those who read the catalogue.
pub(crate) async fn variant(ctx: &Context<'_>, id: &ID) -> Answer<Option<Variant>> {
    match VARIANT.key(id) {
        Ok(key) if reads(ctx)? => Ok(ctx.loaders()?.load(VariantId(key)).await?.map(Variant)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// The offer of that id, for those who read the catalogue and for its maker.
pub(crate) async fn offer(ctx: &Context<'_>, id: &ID) -> Answer<Option<Offer>> {
    let Ok(key) = OFFER.key(id) else { return Ok(None) };
    let (reads, own) = (reads(ctx)?, ctx.actor()?.party);
    let found = ctx.loaders()?.load(OfferId(key)).await?;
    Ok(found.filter(|offer| reads || own == Some(offer.maker)).map(Offer))
}

/// The category of that id, for those who read the catalogue.
pub(crate) async fn category(ctx: &Context<'_>, id: &ID) -> Answer<Option<Category>> {
    match CATEGORY.key(id) {
        Ok(key) if reads(ctx)? => Ok(ctx.loaders()?.load(CategoryId(key)).await?.map(Category)),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// The picture of that id, for those who read the catalogue.
pub(crate) async fn medium(ctx: &Context<'_>, id: &ID) -> Answer<Option<Medium>> {
    match MEDIUM.key(id) {
        Ok(key) if reads(ctx)? => Ok(ctx.loaders()?.load(MediumId(key)).await?.map(Medium)),
        Ok(_) | Err(_) => Ok(None),
    }
}
