//! Makers and products at the listed places around a point: read in the name of the co-ops whose places they are, through the
//! wall like everything else.

use std::collections::BTreeSet;

use db::{column, statement};
use kernel::{CoopId, Currency, Money, PartyId, ProductId};
use sea_orm::{DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{Around, NearbyCoOp, NearbyPlace, places};
use crate::{Catalogue, CatalogueError};

/// Makers or products that are told at once at most: a page of a hundred, and one to see that there are more.
pub const MAX_NEARBY: i64 = 101;

/// Where a page of makers ends: distance, co-op, maker.
pub type MakerKey = (f64, CoopId, PartyId);
/// Where a page of products ends: distance, co-op, product.
pub type ProductKey = (f64, CoopId, ProductId);

/// A maker whose goods are found nearby.
#[derive(Clone, Debug, PartialEq)]
pub struct NearbyMaker {
    /// Where a page that ends with this one goes on.
    pub key: MakerKey,
    /// Their name in addresses, unique in the co-op.
    pub handle: String,
    /// Their name.
    pub name: String,
    /// The co-op that they belong to.
    pub coop: NearbyCoOp,
    /// The nearest place at which their goods are found.
    pub place: NearbyPlace,
}

/// A product that is found nearby.
#[derive(Clone, Debug, PartialEq)]
pub struct NearbyProduct {
    /// Where a page that ends with this one goes on.
    pub key: ProductKey,
    /// Its name in addresses, unique in the co-op.
    pub handle: String,
    /// Its title, in the language that it was written in.
    pub title: String,
    /// What its cheapest offer costs on the web, in the co-op's currency.
    pub from: Option<Money>,
    /// The co-op that sells it.
    pub coop: NearbyCoOp,
    /// The nearest place at which it is found.
    pub place: NearbyPlace,
}

/// The places by their number in the list: `maker` is 0 for those of every maker.
macro_rules! at_places {
    ($sql:literal) => {
        concat!(
            "with place as materialized (
                select coop_id, maker, metres, place from unnest($1::int4[], $2::int8[], $3::float8[]) with ordinality as place (coop_id, maker, metres, place)
            ) ",
            $sql
        )
    };
}

/// Each maker at the nearest place that has goods of theirs, of which something is published on the web at the moment `$4`.
const MAKERS: &str = at_places!(
    "select found.coop_id, found.party_id, found.handle, found.name, found.metres, found.place,
            coop.slug, coop.name as coop_name, coop_listing.about
     from (
        select distinct on (place.coop_id, party.party_id) place.coop_id, party.party_id, party.handle, party.name, place.metres, place.place
        from place cross join lateral (
            select party_id, handle, name from party
            where party.coop_id = place.coop_id and party.kind = 'member' and (place.maker = 0 or party.party_id = place.maker)
              and exists (
                select from offer
                join variant on variant.coop_id = place.coop_id and variant.variant_id = offer.variant_id and variant.archived_at is null
                join product on product.coop_id = place.coop_id and product.product_id = variant.product_id and product.status = 'active'
                join publication on publication.coop_id = place.coop_id and publication.product_id = product.product_id
                    and publication.channel = 'web' and publication.visible_from <= $4 and coalesce(publication.visible_until > $4, true)
                where offer.coop_id = place.coop_id and offer.party_id = party.party_id and offer.withdrawn_at is null)
            offset 0
        ) party
        order by place.coop_id, party.party_id, place.place
     ) found
     join coop on coop.coop_id = found.coop_id
     join coop_listing on coop_listing.coop_id = found.coop_id and coop_listing.listed
     where (found.metres, found.coop_id, found.party_id) > ($5, $6, $7)
     order by found.metres, found.coop_id, found.party_id limit $8"
);

/// Each product at its nearest place: at the others it is left out.
const PRODUCTS: &str = at_places!(
    "select found.coop_id, found.product_id, found.handle, text.title, found.metres, found.place, cheapest.amount as minor,
            coop.currency::text as currency, coop.slug, coop.name as coop_name, coop_listing.about
     from (
        select place.coop_id, place.metres, place.place, product.product_id, product.handle, product.language
        from place cross join lateral (
            select product.product_id, product.handle, product.language from product
            where place.maker = 0 and product.coop_id = place.coop_id and product.status = 'active'
              and (place.metres, place.coop_id, product.product_id) > ($5, $6, $7)
              and exists (select from publication where publication.coop_id = place.coop_id and publication.product_id = product.product_id
                and publication.channel = 'web' and publication.visible_from <= $4 and coalesce(publication.visible_until > $4, true))
              and not exists (select from place nearer where nearer.coop_id = place.coop_id and nearer.place < place.place
                and (nearer.maker = 0 or exists (select from variant
                    join offer on offer.coop_id = place.coop_id and offer.variant_id = variant.variant_id
                    where variant.coop_id = place.coop_id and variant.product_id = product.product_id and variant.archived_at is null
                      and offer.party_id = nearer.maker and offer.withdrawn_at is null)))
            order by product.product_id limit $8
        ) product
        union all
        select place.coop_id, place.metres, place.place, product.product_id, product.handle, product.language
        from place cross join lateral (
            select distinct product.product_id, product.handle, product.language
            from offer
            join variant on variant.coop_id = place.coop_id and variant.variant_id = offer.variant_id and variant.archived_at is null
            join product on product.coop_id = place.coop_id and product.product_id = variant.product_id and product.status = 'active'
            where place.maker <> 0 and offer.coop_id = place.coop_id and offer.party_id = place.maker and offer.withdrawn_at is null
              and (place.metres, place.coop_id, product.product_id) > ($5, $6, $7)
              and exists (select from publication where publication.coop_id = place.coop_id and publication.product_id = product.product_id
                and publication.channel = 'web' and publication.visible_from <= $4 and coalesce(publication.visible_until > $4, true))
              and not exists (select from place nearer where nearer.coop_id = place.coop_id and nearer.place < place.place
                and (nearer.maker = 0 or exists (select from variant known
                    join offer other on other.coop_id = place.coop_id and other.variant_id = known.variant_id
                    where known.coop_id = place.coop_id and known.product_id = product.product_id and known.archived_at is null
                      and other.party_id = nearer.maker and other.withdrawn_at is null)))
            order by product.product_id limit $8
        ) product
        order by metres, coop_id, product_id limit $8
     ) found
     join coop on coop.coop_id = found.coop_id
     join coop_listing on coop_listing.coop_id = found.coop_id and coop_listing.listed
     join lateral (select title from product_text
        where product_text.coop_id = found.coop_id and product_text.product_id = found.product_id and product_text.language = found.language
        offset 0) text on true
     cross join lateral (
        select min(coalesce(own.amount, price.amount)) as amount
        from variant
        join offer on offer.coop_id = found.coop_id and offer.variant_id = variant.variant_id and offer.withdrawn_at is null
        left join price on price.coop_id = found.coop_id and price.offer_id = offer.offer_id
            and price.currency = coop.currency and price.channel = 'all'
        left join price own on own.coop_id = found.coop_id and own.offer_id = offer.offer_id
            and own.currency = coop.currency and own.channel = 'web'
        where variant.coop_id = found.coop_id and variant.product_id = found.product_id and variant.archived_at is null
     ) cheapest
     order by found.metres, found.coop_id, found.product_id"
);

#[derive(FromQueryResult)]
struct MakerRow {
    coop_id: i32,
    party_id: i64,
    handle: String,
    name: String,
    metres: f64,
    place: i64,
    slug: String,
    coop_name: String,
    about: String,
}

#[derive(FromQueryResult)]
struct ProductRow {
    coop_id: i32,
    product_id: Uuid,
    handle: String,
    title: String,
    metres: f64,
    place: i64,
    minor: Option<i64>,
    currency: String,
    slug: String,
    coop_name: String,
    about: String,
}

impl Catalogue {
    /// The makers whose goods are found around a point, nearest first. Two statements, whoever asks.
    pub async fn nearby_makers(&self, around: Around, after: Option<MakerKey>, first: i64) -> Result<Vec<NearbyMaker>, CatalogueError> {
        let (metres, coop, party) = after.unwrap_or((-1.0, CoopId(0), PartyId(0)));
        let places = places::near(&self.db, around).await?;
        let end = [metres.into(), coop.0.into(), party.0.into(), first.min(MAX_NEARBY).into()];
        let rows: Vec<MakerRow> = self.at(&places, MAKERS, end).await?;
        let maker = |row: MakerRow| {
            Ok(NearbyMaker {
                key: (row.metres, CoopId(row.coop_id), PartyId(row.party_id)),
                handle: row.handle,
                name: row.name,
                coop: NearbyCoOp { slug: row.slug, name: row.coop_name, about: row.about },
                place: numbered(&places, row.place)?,
            })
        };
        Ok(rows.into_iter().map(maker).collect::<Result<_, DbErr>>()?)
    }

    /// The products that are found around a point, nearest first. Two statements, whoever asks.
    pub async fn nearby_products(
        &self,
        around: Around,
        after: Option<ProductKey>,
        first: i64,
    ) -> Result<Vec<NearbyProduct>, CatalogueError> {
        let (metres, coop, product) = after.unwrap_or((-1.0, CoopId(0), ProductId(Uuid::nil())));
        let places = places::near(&self.db, around).await?;
        let end = [metres.into(), coop.0.into(), product.0.into(), first.min(MAX_NEARBY).into()];
        let rows: Vec<ProductRow> = self.at(&places, PRODUCTS, end).await?;
        let product = |row: ProductRow| {
            let currency: Currency = row.currency.parse().map_err(|_| DbErr::Type(format!("{} is no currency", row.currency)))?;
            Ok(NearbyProduct {
                key: (row.metres, CoopId(row.coop_id), ProductId(row.product_id)),
                handle: row.handle,
                title: row.title,
                from: row.minor.map(|minor| Money::new(minor, currency)),
                coop: NearbyCoOp { slug: row.slug, name: row.coop_name, about: row.about },
                place: numbered(&places, row.place)?,
            })
        };
        Ok(rows.into_iter().map(product).collect::<Result<_, DbErr>>()?)
    }

    /// What there is at these places, in the name of their co-ops.
    async fn at<R: FromQueryResult>(&self, places: &[NearbyPlace], sql: &str, end: [Value; 4]) -> Result<Vec<R>, DbErr> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let coops: Vec<CoopId> = places.iter().map(|place| place.coop).collect::<BTreeSet<_>>().into_iter().collect();
        let list = [
            column(places, |place| place.coop.0),
            column(places, |place| place.maker.map_or(0, |maker| maker.0)),
            column(places, |place| place.metres),
            self.now().into(),
        ];
        let tx = db::begin_many(&self.db, &coops).await?;
        let rows = R::find_by_statement(statement(sql, list.into_iter().chain(end))).all(&tx).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

fn numbered(places: &[NearbyPlace], place: i64) -> Result<NearbyPlace, DbErr> {
    let found = usize::try_from(place - 1).ok().and_then(|place| places.get(place));
    found.cloned().ok_or_else(|| DbErr::Type(format!("there is no place {place}")))
}
