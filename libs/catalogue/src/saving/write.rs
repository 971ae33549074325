//! Every statement that writes products. Each is for a whole batch; what is as it was is not written, so that neither the
//! audit nor whoever follows the changes hears of it.

use chrono::{DateTime, Utc};
use db::{column, statement};
use kernel::{CoopId, OfferId, ProductId};
use sea_orm::{ConnectionTrait as _, DbErr, Value};
use uuid::Uuid;

use super::row::{OfferRow, PriceRow, ProductRow, VariantRow};
use crate::{Attribute, Contributor, Publication, Text, offers::ALL_CHANNELS};

/// Between the parts of a list that travels in an array of texts; no name or value has it in it.
const BETWEEN: &str = "\u{1f}";
/// "No moment", in arrays that hold no absent values.
const NEVER: DateTime<Utc> = DateTime::UNIX_EPOCH;

const PRODUCTS: &str = "
insert into product (coop_id, product_id, handle, kind, status, category_id, language, option_names, created_at, changed_at)
select $1, id, handle, kind::product_kind, status::product_status, nullif(category, 0), language,
       string_to_array(option_names, E'\\x1f'), $9, $9
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::int4[], $7::text[], $8::text[])
    as new (id, handle, kind, status, category, language, option_names)
on conflict (coop_id, product_id) do update
set handle = excluded.handle, status = excluded.status, category_id = excluded.category_id, language = excluded.language,
    option_names = excluded.option_names, changed_at = excluded.changed_at
where (product.handle, product.status, product.category_id, product.language, product.option_names)
    is distinct from (excluded.handle, excluded.status, excluded.category_id, excluded.language, excluded.option_names)";
const VARIANTS: &str = "
insert into variant (coop_id, variant_id, product_id, sku, barcode, options, position, archived_at, created_at)
select $1, id, product, sku, nullif(barcode, ''), string_to_array(options, E'\\x1f'), position, nullif(archived_at, 'epoch'), $9
from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::int4[], $8::timestamptz[])
    as new (id, product, sku, barcode, options, position, archived_at)
on conflict (coop_id, variant_id) do update
set sku = excluded.sku, barcode = excluded.barcode, options = excluded.options, position = excluded.position,
    archived_at = excluded.archived_at
where (variant.sku, variant.barcode, variant.options, variant.position, variant.archived_at)
    is distinct from (excluded.sku, excluded.barcode, excluded.options, excluded.position, excluded.archived_at)";
const OFFERS: &str = "
insert into offer (coop_id, offer_id, variant_id, party_id, sku, withdrawn_at, created_at)
select $1, id, variant, party, nullif(sku, ''), nullif(withdrawn_at, 'epoch'), $7
from unnest($2::uuid[], $3::uuid[], $4::int8[], $5::text[], $6::timestamptz[]) as new (id, variant, party, sku, withdrawn_at)
on conflict (coop_id, offer_id) do update set sku = excluded.sku, withdrawn_at = excluded.withdrawn_at
where (offer.sku, offer.withdrawn_at) is distinct from (excluded.sku, excluded.withdrawn_at)";
const PRICES: &str = "
insert into price (coop_id, offer_id, currency, channel, amount)
select $1, offer, currency, channel::price_channel, amount
from unnest($2::uuid[], $3::text[], $4::text[], $5::int8[]) as new (offer, currency, channel, amount)
on conflict (coop_id, offer_id, currency, channel) do update set amount = excluded.amount where price.amount <> excluded.amount";
const FORGET_PRICES: &str = "
delete from price where coop_id = $1 and offer_id = any ($2::uuid[]) and (offer_id, currency::text, channel::text) not in (
    select * from unnest($3::uuid[], $4::text[], $5::text[]))";
const TEXTS: &str = "
insert into product_text (coop_id, product_id, language, title, description)
select $1, new.* from unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) as new (product, language, title, description)
on conflict (coop_id, product_id, language) do update set title = excluded.title, description = excluded.description
where (product_text.title, product_text.description) is distinct from (excluded.title, excluded.description)";
const FORGET_TEXTS: &str = "
delete from product_text where coop_id = $1 and product_id = any ($2::uuid[]) and (product_id, language) not in (
    select * from unnest($3::uuid[], $4::text[]))";
const ATTRIBUTES: &str = "
insert into product_attribute (coop_id, product_id, name, value)
select $1, new.* from unnest($2::uuid[], $3::text[], $4::text[]) as new (product, name, value)
on conflict do nothing";
const FORGET_ATTRIBUTES: &str = "
delete from product_attribute where coop_id = $1 and product_id = any ($2::uuid[]) and (product_id, name, value) not in (
    select * from unnest($3::uuid[], $4::text[], $5::text[]))";
const CONTRIBUTORS: &str = "
insert into contributor (coop_id, product_id, party_id, weight, part)
select $1, new.* from unnest($2::uuid[], $3::int8[], $4::int4[], $5::text[]) as new (product, party, weight, part)
on conflict (coop_id, product_id, party_id) do update set weight = excluded.weight, part = excluded.part
where (contributor.weight, contributor.part) is distinct from (excluded.weight, excluded.part)";
const FORGET_CONTRIBUTORS: &str = "
delete from contributor where coop_id = $1 and product_id = any ($2::uuid[]) and (product_id, party_id) not in (
    select * from unnest($3::uuid[], $4::int8[]))";
const PUBLICATIONS: &str = "
insert into publication (coop_id, product_id, channel, visible_from, visible_until)
select $1, product, channel::sale_channel, visible_from, nullif(visible_until, 'epoch')
from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[]) as new (product, channel, visible_from, visible_until)
on conflict (coop_id, product_id, channel) do update
set visible_from = excluded.visible_from, visible_until = excluded.visible_until
where (publication.visible_from, publication.visible_until) is distinct from (excluded.visible_from, excluded.visible_until)";
const FORGET_PUBLICATIONS: &str = "
delete from publication where coop_id = $1 and product_id = any ($2::uuid[]) and (product_id, channel::text) not in (
    select * from unnest($3::uuid[], $4::text[]))";

/// Writes the rows of a batch: products first, then what points to them.
pub(super) async fn write(tx: &db::Tx, (coop, now): (CoopId, DateTime<Utc>), rows: &[ProductRow]) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    write_products(tx, (coop, now), rows).await?;
    write_texts(tx, coop, rows).await?;
    write_variants(tx, (coop, now), rows).await?;
    let offers: Vec<&OfferRow> = rows.iter().flat_map(|row| &row.variants).flat_map(|variant| &variant.offers).collect();
    write_offers(tx, (coop, now), &offers).await?;
    write_attributes(tx, coop, rows).await?;
    write_contributors(tx, coop, rows).await?;
    write_publications(tx, coop, rows).await
}

async fn write_products(tx: &db::Tx, (coop, now): (CoopId, DateTime<Utc>), rows: &[ProductRow]) -> Result<(), DbErr> {
    let values: [Value; 9] = [
        coop.0.into(),
        column(rows, |row| row.id.0),
        column(rows, |row| row.handle.clone()),
        column(rows, |row| row.kind.word().to_owned()),
        column(rows, |row| row.status.word().to_owned()),
        column(rows, |row| row.category.map_or(0, |category| category.0)),
        column(rows, |row| row.language.clone()),
        column(rows, |row| row.option_names.join(BETWEEN)),
        now.into(),
    ];
    tx.execute_raw(statement(PRODUCTS, values)).await?;
    Ok(())
}

async fn write_variants(tx: &db::Tx, (coop, now): (CoopId, DateTime<Utc>), rows: &[ProductRow]) -> Result<(), DbErr> {
    let variants: Vec<(ProductId, &VariantRow)> =
        rows.iter().flat_map(|row| row.variants.iter().map(|variant| (row.id, variant))).collect();
    if variants.is_empty() {
        return Ok(());
    }
    let values: [Value; 9] = [
        coop.0.into(),
        column(&variants, |(_, variant)| variant.id.0),
        column(&variants, |(product, _)| product.0),
        column(&variants, |(_, variant)| variant.sku.clone()),
        column(&variants, |(_, variant)| variant.barcode.clone().unwrap_or_default()),
        column(&variants, |(_, variant)| variant.options.join(BETWEEN)),
        column(&variants, |(_, variant)| variant.position),
        column(&variants, |(_, variant)| variant.archived_at.unwrap_or(NEVER)),
        now.into(),
    ];
    tx.execute_raw(statement(VARIANTS, values)).await?;
    Ok(())
}

async fn write_offers(tx: &db::Tx, (coop, now): (CoopId, DateTime<Utc>), offers: &[&OfferRow]) -> Result<(), DbErr> {
    if offers.is_empty() {
        return Ok(());
    }
    let values: [Value; 7] = [
        coop.0.into(),
        column(offers, |offer| offer.id.0),
        column(offers, |offer| offer.variant.0),
        column(offers, |offer| offer.maker.0),
        column(offers, |offer| offer.sku.clone().unwrap_or_default()),
        column(offers, |offer| offer.withdrawn_at.unwrap_or(NEVER)),
        now.into(),
    ];
    tx.execute_raw(statement(OFFERS, values)).await?;
    let with_prices: Vec<OfferId> = offers.iter().filter(|offer| offer.prices.is_some()).map(|offer| offer.id).collect();
    let prices: Vec<PriceRow> = offers.iter().flat_map(|offer| offer.prices.iter().flatten().copied()).collect();
    if with_prices.is_empty() {
        return Ok(());
    }
    let values: [Value; 5] = [
        coop.0.into(),
        column(&with_prices, |offer| offer.0),
        column(&prices, |price| price.offer.0),
        column(&prices, |price| price.currency.code().to_owned()),
        column(&prices, channel_of),
    ];
    tx.execute_raw(statement(FORGET_PRICES, values)).await?;
    write_prices(tx, coop, &prices).await
}

fn channel_of(price: &PriceRow) -> String {
    price.channel.map_or(ALL_CHANNELS, crate::Channel::word).to_owned()
}

/// Sets prices; others of the same offers stay.
pub(crate) async fn write_prices(tx: &db::Tx, coop: CoopId, prices: &[PriceRow]) -> Result<(), DbErr> {
    if prices.is_empty() {
        return Ok(());
    }
    let values: [Value; 5] = [
        coop.0.into(),
        column(prices, |price| price.offer.0),
        column(prices, |price| price.currency.code().to_owned()),
        column(prices, channel_of),
        column(prices, |price| price.amount),
    ];
    tx.execute_raw(statement(PRICES, values)).await?;
    Ok(())
}

/// The items of a list that is meant whole, with the product that each is of; and the products whose list is said.
fn said<T>(rows: &[ProductRow], list: impl Fn(&ProductRow) -> Option<&Vec<T>>) -> (Vec<Uuid>, Vec<(Uuid, &T)>) {
    let products = rows.iter().filter(|row| list(row).is_some()).map(|row| row.id.0).collect();
    (products, items(rows, list))
}

fn items<T>(rows: &[ProductRow], list: impl Fn(&ProductRow) -> Option<&Vec<T>>) -> Vec<(Uuid, &T)> {
    let mut items = Vec::new();
    for row in rows {
        items.extend(list(row).into_iter().flatten().map(|item| (row.id.0, item)));
    }
    items
}

/// Forgets what is no longer on a list, by the columns that name an item, and writes what is, by all columns.
async fn write_list(
    tx: &db::Tx,
    coop: CoopId,
    products: Vec<Uuid>,
    (forget, names): (&str, Vec<Value>),
    (write, columns): (&str, Vec<Value>),
) -> Result<(), DbErr> {
    if products.is_empty() {
        return Ok(());
    }
    let start = || [coop.0.into()].into_iter();
    tx.execute_raw(statement(forget, start().chain([products.into()]).chain(names))).await?;
    tx.execute_raw(statement(write, start().chain(columns))).await?;
    Ok(())
}

async fn write_texts(tx: &db::Tx, coop: CoopId, rows: &[ProductRow]) -> Result<(), DbErr> {
    let (products, items): (_, Vec<(Uuid, &Text)>) = said(rows, |row| row.texts.as_ref());
    let names = vec![column(&items, |item| item.0), column(&items, |item| item.1.language.clone())];
    let rest = [column(&items, |item| item.1.title.clone()), column(&items, |item| item.1.description.clone())];
    let columns = names.iter().cloned().chain(rest).collect();
    write_list(tx, coop, products, (FORGET_TEXTS, names), (TEXTS, columns)).await
}

async fn write_attributes(tx: &db::Tx, coop: CoopId, rows: &[ProductRow]) -> Result<(), DbErr> {
    let (products, items): (_, Vec<(Uuid, &Attribute)>) = said(rows, |row| row.attributes.as_ref());
    let names =
        vec![column(&items, |item| item.0), column(&items, |item| item.1.name.clone()), column(&items, |item| item.1.value.clone())];
    write_list(tx, coop, products, (FORGET_ATTRIBUTES, names.clone()), (ATTRIBUTES, names)).await
}

async fn write_contributors(tx: &db::Tx, coop: CoopId, rows: &[ProductRow]) -> Result<(), DbErr> {
    let (products, items): (_, Vec<(Uuid, &Contributor)>) = said(rows, |row| row.contributors.as_ref());
    let names = vec![column(&items, |item| item.0), column(&items, |item| item.1.party.0)];
    let rest = [column(&items, |item| item.1.weight), column(&items, |item| item.1.part.clone())];
    let columns = names.iter().cloned().chain(rest).collect();
    write_list(tx, coop, products, (FORGET_CONTRIBUTORS, names), (CONTRIBUTORS, columns)).await
}

async fn write_publications(tx: &db::Tx, coop: CoopId, rows: &[ProductRow]) -> Result<(), DbErr> {
    let (products, items): (_, Vec<(Uuid, &Publication)>) = said(rows, |row| row.publications.as_ref());
    let names = vec![column(&items, |item| item.0), column(&items, |item| item.1.channel.word().to_owned())];
    let rest = [column(&items, |item| item.1.from), column(&items, |item| item.1.until.unwrap_or(NEVER))];
    let columns = names.iter().cloned().chain(rest).collect();
    write_list(tx, coop, products, (FORGET_PUBLICATIONS, names), (PUBLICATIONS, columns)).await
}
