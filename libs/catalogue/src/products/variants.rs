//! Variants with their offers and prices: one statement, however many products they are of.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, CoopId, OfferId, PartyId, Permission, ProductId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use uuid::Uuid;

use super::{Variant, VariantBy};
use crate::{Catalogue, CatalogueError, Offer, offers::price_in};

/// A row for each price; for an offer without one, for a variant without one, a row with less in it. Rows of a variant
/// and of an offer lie together.
macro_rules! variants {
    ($from:literal) => {
        concat!(
            "select variant.variant_id, variant.product_id, variant.sku, variant.barcode, variant.options, variant.position,
                    variant.archived_at, offer.offer_id, offer.party_id, offer.sku as own_sku, offer.created_at, offer.withdrawn_at,
                    price.currency, price.channel, price.amount
             from ",
            $from,
            "
             left join lateral (select offer_id, party_id, sku, created_at, withdrawn_at from offer
                 where coop_id = $1 and variant_id = variant.variant_id offset 0) offer on true
             left join lateral (select currency::text as currency, channel::text as channel, channel as place, amount from price
                 where coop_id = $1 and offer_id = offer.offer_id offset 0) price on true
             order by variant.product_id, variant.position, variant.variant_id, offer.created_at, offer.offer_id,
                 price.currency, price.place"
        )
    };
}

const OF_PRODUCTS: &str = variants!(
    "unnest($2::uuid[]) as asked (id)
     cross join lateral (select * from variant where coop_id = $1 and product_id = asked.id offset 0) variant"
);
const BY_ID: &str = variants!(
    "unnest($2::uuid[]) as asked (id)
     cross join lateral (select * from variant where coop_id = $1 and variant_id = asked.id offset 0) variant"
);
const BY_SKU: &str = variants!("(select * from variant where coop_id = $1 and sku = $2 offset 0) variant");
const BY_BARCODE: &str = variants!("(select * from variant where coop_id = $1 and barcode = $2 offset 0) variant");

#[derive(FromQueryResult)]
struct VariantRow {
    variant_id: Uuid,
    product_id: Uuid,
    sku: String,
    barcode: Option<String>,
    options: Vec<String>,
    position: i32,
    archived_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct OfferRow {
    party_id: i64,
    own_sku: Option<String>,
    created_at: DateTime<Utc>,
    withdrawn_at: Option<DateTime<Utc>>,
}

impl Catalogue {
    /// A variant with its offers and prices, by its number, its SKU or its barcode.
    pub async fn variant(&self, actor: &Actor, by: &VariantBy) -> Result<Variant, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let coop = actor.coop.0.into();
        let ask = match by {
            VariantBy::Id(id) => statement(BY_ID, [coop, vec![id.0].into()]),
            VariantBy::Sku(sku) => statement(BY_SKU, [coop, sku.as_str().into()]),
            VariantBy::Barcode(barcode) => statement(BY_BARCODE, [coop, barcode.as_str().into()]),
        };
        let tx = db::begin_reading(&self.db, actor.coop).await?;
        let found = gathered(&tx.query_all_raw(ask).await?)?;
        tx.commit().await?;
        found.into_iter().next().ok_or_else(|| match by {
            VariantBy::Id(id) => CatalogueError::NoVariant(*id),
            VariantBy::Sku(sku) => CatalogueError::NoVariantWith { what: "SKU", code: sku.clone() },
            VariantBy::Barcode(barcode) => CatalogueError::NoVariantWith { what: "barcode", code: barcode.clone() },
        })
    }
}

/// The variants of these products with their offers and prices, those of a product in their order.
pub async fn variants_of(db: &impl ConnectionTrait, coop: CoopId, products: &[ProductId]) -> Result<Vec<Variant>, DbErr> {
    let ids = db::column(products, |product| product.0);
    gathered(&db.query_all_raw(statement(OF_PRODUCTS, [coop.0.into(), ids])).await?)
}

/// These variants with their offers and prices, in no order.
pub async fn variants_by_id(db: &impl ConnectionTrait, coop: CoopId, variants: &[VariantId]) -> Result<Vec<Variant>, DbErr> {
    let ids = db::column(variants, |variant| variant.0);
    gathered(&db.query_all_raw(statement(BY_ID, [coop.0.into(), ids])).await?)
}

/// Puts rows that lie together into one variant, one offer.
fn gathered(rows: &[QueryResult]) -> Result<Vec<Variant>, DbErr> {
    let mut variants: Vec<Variant> = Vec::new();
    for row in rows {
        let id = VariantId(row.try_get("", "variant_id")?);
        if variants.last().is_none_or(|last| last.id != id) {
            variants.push(variant(VariantRow::from_query_result(row, "")?));
        }
        let Some(offer_id) = row.try_get::<Option<Uuid>>("", "offer_id")?.map(OfferId) else { continue };
        let offers = &mut variants.last_mut().expect("one was just put there").offers;
        if offers.last().is_none_or(|last| last.id != offer_id) {
            offers.push(offer((offer_id, id), OfferRow::from_query_result(row, "")?));
        }
        let prices = &mut offers.last_mut().expect("one was just put there").prices;
        prices.extend(price_in(row)?);
    }
    Ok(variants)
}

fn variant(row: VariantRow) -> Variant {
    Variant {
        id: VariantId(row.variant_id),
        product: ProductId(row.product_id),
        sku: row.sku,
        barcode: row.barcode,
        options: row.options,
        position: row.position,
        archived_at: row.archived_at,
        offers: Vec::new(),
    }
}

fn offer((id, variant): (OfferId, VariantId), row: OfferRow) -> Offer {
    Offer {
        id,
        variant,
        maker: PartyId(row.party_id),
        sku: row.own_sku,
        created_at: row.created_at,
        withdrawn_at: row.withdrawn_at,
        prices: Vec::new(),
    }
}
