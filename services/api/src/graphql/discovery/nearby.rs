//! What strangers find near a place.

use ::access::Visitor;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject, connection::Connection};
use catalogue::Around;
use kernel::{CoopId, PartyId, ProductId};
use uuid::Uuid;

use crate::graphql::base::{Answer, Asking as _, Failure, Money, Page, page_cost};

const MAKERS: &str = "nearbyMakers";
const PRODUCTS: &str = "nearbyProducts";
/// As far as people go when they say nothing, in metres.
const USUAL_WAY: i32 = 25_000;

/// Where somebody looks.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct NearInput {
    /// Degrees north, -90 to 90.
    latitude: f64,
    /// Degrees east, -180 to 180.
    longitude: f64,
    /// How far around, in metres, 1 to 200,000.
    #[graphql(default_with = "USUAL_WAY")]
    metres: i32,
}

impl NearInput {
    fn read(self) -> Answer<Around> {
        Ok(Around::try_new(self.latitude, self.longitude, f64::from(self.metres))?)
    }
}

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum PlaceKind {
    /// Where things are made or kept.
    Studio,
    /// A shop.
    Shop,
    /// A stall at a market.
    Stall,
    /// Something that drives.
    Van,
    /// Where what is sold on the web is packed.
    Web,
}

/// A place where goods are found.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NearbyPlace {
    /// What it is called.
    name: String,
    /// What kind of place it is.
    kind: PlaceKind,
    /// Degrees north.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
    /// How far away it is, in metres.
    metres: f64,
}

/// A co-op as strangers see it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NearbyCoOp {
    /// Its name in addresses.
    slug: String,
    /// Its name.
    name: String,
    /// What it says of itself; may be empty.
    about: String,
}

/// A maker whose goods are found nearby.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NearbyMaker {
    /// Their name in addresses, unique in the co-op.
    handle: String,
    /// Their name.
    name: String,
    /// The co-op that they belong to.
    co_op: NearbyCoOp,
    /// The nearest place at which their goods are found.
    place: NearbyPlace,
}

/// A product that is found nearby.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct NearbyProduct {
    /// Its name in addresses, unique in the co-op.
    handle: String,
    /// Its title, in the language that it was written in.
    title: String,
    /// What its cheapest offer costs on the web, in the co-op's currency; null when it has no price there.
    from: Option<Money>,
    /// The co-op that sells it.
    co_op: NearbyCoOp,
    /// The nearest place at which it is found.
    place: NearbyPlace,
}

fn place(found: catalogue::NearbyPlace) -> Answer<NearbyPlace> {
    let kind = match found.kind.as_str() {
        "studio" => PlaceKind::Studio,
        "shop" => PlaceKind::Shop,
        "stall" => PlaceKind::Stall,
        "van" => PlaceKind::Van,
        "web" => PlaceKind::Web,
        other => return Err(Failure::fault(format!("there is no kind of place {other:?}"))),
    };
    Ok(NearbyPlace { name: found.name, kind, latitude: found.latitude, longitude: found.longitude, metres: found.metres })
}

fn co_op(found: catalogue::NearbyCoOp) -> NearbyCoOp {
    NearbyCoOp { slug: found.slug, name: found.name, about: found.about }
}

/// Whoever asks without being known may ask so often.
async fn look_around(ctx: &Context<'_>) -> Answer<()> {
    if let Some(access) = &ctx.house().access {
        let visitor = ctx.data_opt::<Visitor>().cloned().unwrap_or_else(|| Visitor::new(None, ""));
        access.look_around(&visitor).await?;
    }
    Ok(())
}

#[derive(Debug, Default)]
pub(crate) struct NearbyQuery;

#[Object]
impl NearbyQuery {
    /// The makers whose goods are found near a place, nearest first: of the co-ops that chose to be listed, at the nearest 50 places that they name, and only
    /// those who have something published on the web. Whoever asks need not sign in; an address asks about once a second.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn nearby_makers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to look.")] near: NearInput,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the maker before them.")] after: Option<String>,
    ) -> Answer<Connection<String, NearbyMaker>> {
        look_around(ctx).await?;
        let page: Page<(u64, i32, i64)> = Page::of(MAKERS, first, after.as_deref())?;
        let after = page.after.map(|(metres, coop, party)| (f64::from_bits(metres), CoopId(coop), PartyId(party)));
        let rows = ctx.house().catalogue.nearby_makers(near.read()?, after, page.limit()).await?;
        let maker = |row: catalogue::NearbyMaker| {
            let cursor = (row.key.0.to_bits(), row.key.1.0, row.key.2.0);
            Ok((cursor, NearbyMaker { handle: row.handle, name: row.name, co_op: co_op(row.coop), place: place(row.place)? }))
        };
        let rows = rows.into_iter().map(maker).collect::<Answer<Vec<_>>>()?;
        Ok(page.connection(MAKERS, rows, |(cursor, _)| *cursor, |(_, maker)| maker))
    }

    /// The products that are found near a place, nearest first: of the co-ops that chose to be listed, at the nearest 50 places that they
    /// name, and only what is published on the web. Whoever asks need not sign in; an address asks about once a second.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn nearby_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to look.")] near: NearInput,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the product before them.")] after: Option<String>,
    ) -> Answer<Connection<String, NearbyProduct>> {
        look_around(ctx).await?;
        let page: Page<(u64, i32, Uuid)> = Page::of(PRODUCTS, first, after.as_deref())?;
        let after = page.after.map(|(metres, coop, product)| (f64::from_bits(metres), CoopId(coop), ProductId(product)));
        let rows = ctx.house().catalogue.nearby_products(near.read()?, after, page.limit()).await?;
        let product = |row: catalogue::NearbyProduct| {
            let cursor = (row.key.0.to_bits(), row.key.1.0, row.key.2.0);
            let (from, co_op) = (row.from.map(Money), co_op(row.coop));
            Ok((cursor, NearbyProduct { handle: row.handle, title: row.title, from, co_op, place: place(row.place)? }))
        };
        let rows = rows.into_iter().map(product).collect::<Answer<Vec<_>>>()?;
        Ok(page.connection(PRODUCTS, rows, |(cursor, _)| *cursor, |(_, product)| product))
    }
}
