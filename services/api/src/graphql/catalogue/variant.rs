//! A variant, as the graph shows it.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use kernel::Permission;

use super::{Offer, Product};
use crate::graphql::{
    base::{Answer, Asking as _, Kind},
    stock::StockLevel,
};

pub(crate) const VARIANT: Kind = Kind("Variant");

/// What has a SKU and lies in lots.
#[derive(Clone, Debug)]
pub(crate) struct Variant(pub(crate) catalogue::Variant);

/// What has a SKU and lies in lots: a product in one size, one colour.
#[Object]
impl Variant {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        VARIANT.id(self.0.id)
    }

    /// The product that it is one of.
    async fn product(&self, ctx: &Context<'_>) -> Answer<Option<Product>> {
        Ok(ctx.loaders()?.load(self.0.product).await?.map(Product))
    }

    /// What the co-op calls it; unique in the co-op.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What is printed on it.
    async fn barcode(&self) -> Option<&str> {
        self.0.barcode.as_deref()
    }

    /// A value for each of the product's option names, in their order.
    async fn options(&self) -> &[String] {
        &self.0.options
    }

    /// Its place among the product's variants.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Since when it is not for sale any more; null while it is.
    async fn archived_at(&self) -> Option<DateTime<Utc>> {
        self.0.archived_at
    }

    /// How much there is of it, over all lots and locations.
    async fn stock(&self, ctx: &Context<'_>) -> Answer<StockLevel> {
        StockLevel::of_variant(ctx, self.0.id).await
    }

    /// The makers' offers of it, the oldest first, withdrawn ones included. Who may not read the catalogue sees their own.
    #[graphql(complexity = "2 * child_complexity")]
    async fn offers(&self, ctx: &Context<'_>) -> Answer<Vec<Offer>> {
        let actor = ctx.actor()?;
        let reads = actor.permissions.contains(Permission::CatalogueRead);
        let offers = self.0.offers.iter().filter(|offer| reads || actor.party == Some(offer.maker));
        Ok(offers.cloned().map(Offer).collect())
    }
}
