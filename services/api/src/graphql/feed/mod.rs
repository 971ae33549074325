//! What devices without a network keep of the catalogue: in the graph, and over plain HTTP.

mod http;

use async_graphql::{Context, Object, SimpleObject, Union};
use catalogue::{FeedAsk, FeedEntry, FeedThing};
use kernel::Permission;

pub(crate) use http::{changes, snapshot};

use super::{
    base::{Answer, Asking as _, BigInt, Page, page_cost},
    catalogue::{Category, Product, channel_of},
    sales::SaleChannel,
};

const CHANGES: &str = "catalogueChanges";

/// What changed in the catalogue since a version.
#[derive(Debug, SimpleObject)]
pub(crate) struct CatalogueChanges {
    /// The version of the catalogue.
    version: BigInt,
    /// Whoever has kept this page has everything up to here: their next `since`.
    until: BigInt,
    /// Whether there are further changes behind this page.
    has_more: bool,
    /// The changes, in the order of their versions; each thing once.
    changes: Vec<CatalogueChange>,
}

/// Something of the catalogue that was touched.
#[derive(Debug)]
pub(crate) struct CatalogueChange(FeedEntry);

/// What of the catalogue devices keep.
#[derive(Debug, Union)]
pub(crate) enum CatalogueThing {
    Product(Product),
    Category(Category),
}

/// Something of the catalogue that was touched.
#[Object]
impl CatalogueChange {
    /// The number of its newest change.
    async fn version(&self) -> BigInt {
        BigInt(self.0.version)
    }

    /// Its id, also of what is gone.
    async fn id(&self) -> async_graphql::ID {
        match self.0.thing {
            FeedThing::Product(id) => super::catalogue::PRODUCT.id(id),
            FeedThing::Category(id) => super::catalogue::CATEGORY.id(id),
        }
    }

    /// As it is now; null when it is gone or not for sale any more: forget it.
    async fn now(&self, ctx: &Context<'_>) -> Answer<Option<CatalogueThing>> {
        if self.0.body.is_none() {
            return Ok(None);
        }
        Ok(match self.0.thing {
            FeedThing::Product(id) => ctx.loaders()?.load(id).await?.map(|found| CatalogueThing::Product(Product(found))),
            FeedThing::Category(id) => ctx.loaders()?.load(id).await?.map(|found| CatalogueThing::Category(Category(found))),
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct FeedQuery;

#[Object]
impl FeedQuery {
    /// What changed in the catalogue since a version, for devices that go on without a network: products that are for sale, and
    /// categories. Begin with 0, or with `GET /catalogue/snapshot`, and go on from `until`; nothing is ever skipped. When the catalogue
    /// has begun anew, the code is `NOT_NOW`: begin again. Over plain HTTP the same is at `GET /catalogue/changes`.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn catalogue_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version up to which everything is known; 0 for nothing.")] since: BigInt,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Where the device sells: what is not shown there is gone. Everywhere when nothing is said.")] channel: Option<
            SaleChannel,
        >,
    ) -> Answer<CatalogueChanges> {
        let actor = ctx.actor_who_may(Permission::CatalogueRead)?;
        let first = Page::<i64>::of(CHANGES, first, None)?.first;
        let ask = FeedAsk { since: since.0, first: u32::try_from(first).expect("a page is small"), channel: channel.map(channel_of) };
        let feed = ctx.house().catalogue.changes(actor, ask).await?;
        Ok(CatalogueChanges {
            version: BigInt(feed.version),
            until: BigInt(feed.until),
            has_more: feed.more,
            changes: feed.changes.into_iter().map(CatalogueChange).collect(),
        })
    }
}
