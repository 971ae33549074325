//! The whole catalogue as a plain file, which our own import takes back without changing anything.
//!
//! A row for each variant, maker and location. What is not for sale any more (archived variants, withdrawn offers) is left out,
//! and so are prices in other currencies and of single channels: an import leaves them as they are.

use std::io::Write;

use db::statement;
use identity::Coop;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, QueryResult};
use serde::Serialize;

use super::{Progress, fields::COLUMNS, row::BENEATH};
use crate::{ImportsError, rejects::harmless};

/// How many products are read at once.
const PAGE: i32 = 500;

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Products.
    pub products: u64,
    /// Rows.
    pub rows: u64,
}

const COUNT: &str = "select count(*) as products from product where coop_id = $1";
const ROWS: &str = "
with recursive tree as (
    select category_id, name as path from category where coop_id = $1 and parent_id is null
    union all
    select category.category_id, tree.path || $5 || category.name
    from tree join category on category.coop_id = $1 and category.parent_id = tree.category_id
)
select product.handle, text.title, text.description, coalesce((select path from tree where category_id = product.category_id), '') as category,
       product.kind::text as kind, product.status::text as status, product.option_names, variant.options, variant.sku,
       coalesce(variant.barcode, '') as barcode, coalesce(offer.maker, '') as maker, offer.amount,
       coalesce(lying.name, '') as location, lying.free
from (select * from product where coop_id = $1 and handle > $2 order by handle limit $3) product
cross join lateral (select title, description from product_text
    where coop_id = $1 and product_id = product.product_id and language = product.language offset 0) text
cross join lateral (select * from variant where coop_id = $1 and product_id = product.product_id and archived_at is null offset 0) variant
left join lateral (
    select party.handle as maker, offer.party_id, offer.created_at,
           (select amount from price where coop_id = $1 and offer_id = offer.offer_id and currency = $4 and channel = 'all') as amount
    from (select * from offer where coop_id = $1 and variant_id = variant.variant_id and withdrawn_at is null offset 0) offer
    cross join lateral (select handle from party where coop_id = $1 and party_id = offer.party_id offset 0) party
) offer on true
left join lateral (
    select location.name, sum(stock.on_hand - stock.reserved - stock.allocated)::int4 as free
    from (select * from lot where coop_id = $1 and variant_id = variant.variant_id and party_id = offer.party_id
          and closed_at is null and recalled_at is null and coalesce(expires_at > $6, true) offset 0) lot
    cross join lateral (select * from stock where coop_id = $1 and lot_id = lot.lot_id and stocked offset 0) stock
    cross join lateral (select name from location where coop_id = $1 and location_id = stock.location_id and archived_at is null
        offset 0) location
    group by location.name
) lying on true
order by product.handle, variant.position, variant.variant_id, offer.created_at, offer.maker, lying.name";

/// Writes the catalogue of a co-op, as it is at this moment.
#[tracing::instrument(name = "imports.export_products", skip_all, fields(coop.id = %coop.id))]
pub async fn export(
    db: &DatabaseConnection,
    coop: &Coop,
    now: chrono::DateTime<chrono::Utc>,
    to: &mut (dyn Write + Send),
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Exported, ImportsError> {
    let tx = db::begin_snapshot(db, coop.id).await?;
    let total = tx.query_one_raw(statement(COUNT, [coop.id.0.into()])).await?;
    let total = total.map_or(Ok(0), |row| row.try_get::<i64>("", "products"))?.unsigned_abs();
    let mut page = csv::Writer::from_writer(Vec::new());
    page.write_record(COLUMNS).map_err(ImportsError::Rejects)?;
    let (mut exported, mut last, mut done) = (Exported::default(), String::new(), 0);
    let next = "
select max(handle) as last, count(*) as size from (
    select handle from product where coop_id = $1 and handle > $2 order by handle limit $3) page";
    loop {
        let row = tx.query_one_raw(statement(next, [coop.id.0.into(), last.clone().into(), PAGE.into()])).await?;
        let Some(row) = row else { break };
        let Some(furthest) = row.try_get::<Option<String>>("", "last")? else { break };
        let values = [coop.id.0.into(), last.into(), PAGE.into(), coop.currency.code().into(), BENEATH.into(), now.into()];
        let mut handle = String::new();
        for row in tx.query_all_raw(statement(ROWS, values)).await? {
            let fields = fields(&row, coop)?;
            if handle != fields[0] {
                handle.clone_from(&fields[0]);
                exported.products += 1;
            }
            exported.rows += 1;
            page.write_record(fields.iter().map(|field| harmless(field.as_bytes()))).map_err(ImportsError::Rejects)?;
        }
        let bytes = page.into_inner().map_err(|error| ImportsError::Rejects(std::io::Error::other(error.to_string()).into()))?;
        to.write_all(&bytes).map_err(|error| ImportsError::Rejects(error.into()))?;
        page = csv::Writer::from_writer(Vec::new());
        done += row.try_get::<i64>("", "size")?.unsigned_abs();
        tell(Progress { done, total });
        last = furthest;
    }
    tx.commit().await?;
    let bytes = page.into_inner().map_err(|error| ImportsError::Rejects(std::io::Error::other(error.to_string()).into()))?;
    to.write_all(&bytes).and_then(|()| to.flush()).map_err(|error| ImportsError::Rejects(error.into()))?;
    Ok(exported)
}

/// A row as it is written: a field for each of [`COLUMNS`].
fn fields(row: &QueryResult, coop: &Coop) -> Result<[String; COLUMNS.len()], DbErr> {
    let text = |column: &str| row.try_get::<String>("", column);
    let named: Vec<String> = row.try_get("", "option_names")?;
    let valued: Vec<String> = row.try_get("", "options")?;
    let at = |list: &[String], place: usize| list.get(place).cloned().unwrap_or_default();
    let price = row.try_get::<Option<i64>>("", "amount")?.map(|minor| kernel::Money::new(minor, coop.currency).shown().to_string());
    let free = row.try_get::<Option<i32>>("", "free")?.map(|free| free.to_string());
    Ok([
        text("handle")?,
        text("title")?,
        text("description")?,
        text("category")?,
        text("kind")?,
        text("status")?,
        at(&named, 0),
        at(&valued, 0),
        at(&named, 1),
        at(&valued, 1),
        at(&named, 2),
        at(&valued, 2),
        text("sku")?,
        text("barcode")?,
        text("maker")?,
        coop.currency.code().to_owned(),
        price.unwrap_or_default(),
        text("location")?,
        free.unwrap_or_default(),
    ])
}
