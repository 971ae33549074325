//! Products and categories as devices keep them, written as JSON by the database: it has all parts at hand, and one statement
//! makes a page of them.

use db::statement;
use kernel::{CoopId, ProductId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{CategoryId, Channel};

/// What makes a body of the product `product`.
macro_rules! body {
    ($from:literal) => {
        concat!(
            "select product.product_id as id, json_strip_nulls(json_build_object(
    'id', product.product_id, 'handle', product.handle, 'kind', product.kind, 'category', product.category_id,
    'language', product.language, 'optionNames', product.option_names,
    'titles', (select json_object_agg(language, title order by language) from product_text
        where coop_id = $1 and product_id = product.product_id),
    'attributes', (select json_object_agg(name, value_list order by name)
        from (select name, json_agg(value order by value) as value_list from product_attribute
            where coop_id = $1 and product_id = product.product_id group by name) said),
    'picture', (select medium_id from medium where coop_id = $1 and product_id = product.product_id order by position, medium_id limit 1),
    'shown', (select json_agg(json_build_object('channel', channel, 'from', visible_from, 'until', visible_until) order by channel)
        from publication where coop_id = $1 and product_id = product.product_id),
    'variants', (select json_agg(json_build_object('id', variant_id, 'sku', sku, 'barcode', barcode, 'options', options,
            'offers', (select json_agg(json_build_object('id', offer.offer_id, 'sku', offer.sku,
                    'maker', json_build_object('id', party.party_id, 'handle', party.handle, 'name', party.name),
                    'prices', (select json_agg(json_build_object('currency', currency, 'channel', channel, 'minor', amount)
                            order by currency, channel) from price where coop_id = $1 and offer_id = offer.offer_id))
                order by offer.offer_id)
                from offer join party on party.coop_id = $1 and party.party_id = offer.party_id
                where offer.coop_id = $1 and offer.variant_id = variant.variant_id and offer.withdrawn_at is null))
            order by position, variant_id)
        from variant where coop_id = $1 and product_id = product.product_id and archived_at is null)
))::text as body
from ", $from, "
where product.status = 'active' and exists (select from publication
    where coop_id = $1 and product_id = product.product_id and ($2 = '' or channel::text = $2))"
        )
    };
}

const OF_THESE: &str = body!(
    "unnest($3::uuid[]) as asked (id)
     cross join lateral (select * from product where coop_id = $1 and product_id = asked.id offset 0) product"
);
const AFTER: &str = concat!(
    body!("(select * from product where coop_id = $1 and status = 'active' and product_id > $3 order by product_id limit $4) product"),
    " order by product.product_id"
);
/// Where the page ends, for sale or not: the next begins behind it.
const LAST: &str = "
select product_id from product where coop_id = $1 and status = 'active' and product_id > $2
order by product_id offset $3 - 1 limit 1";

const CATEGORIES: &str = "
select category_id as id, json_strip_nulls(json_build_object('id', category_id, 'handle', handle, 'name', name, 'parent', parent_id,
    'position', position))::text as body
from category where coop_id = $1 and ($2 or category_id = any ($3)) order by category_id";

#[derive(FromQueryResult)]
struct ProductBody {
    id: Uuid,
    body: String,
}

#[derive(FromQueryResult)]
struct CategoryBody {
    id: i32,
    body: String,
}

fn word(channel: Option<Channel>) -> &'static str {
    channel.map_or("", Channel::word)
}

/// Those of these products that are for sale.
pub(super) async fn products_of(
    db: &impl ConnectionTrait,
    coop: CoopId,
    channel: Option<Channel>,
    ids: &[ProductId],
) -> Result<Vec<(ProductId, String)>, DbErr> {
    let values = [coop.0.into(), word(channel).into(), db::column(ids, |id| id.0)];
    let rows = ProductBody::find_by_statement(statement(OF_THESE, values)).all(db).await?;
    Ok(rows.into_iter().map(|row| (ProductId(row.id), row.body)).collect())
}

/// Those of the next `limit` active products after that one that are for sale, and the last that was looked at; `None` when there
/// are no further ones.
pub(super) async fn products_after(
    db: &impl ConnectionTrait,
    coop: CoopId,
    channel: Option<Channel>,
    (after, limit): (Uuid, i64),
) -> Result<(Vec<String>, Option<Uuid>), DbErr> {
    let values = [coop.0.into(), word(channel).into(), after.into(), limit.into()];
    let rows = ProductBody::find_by_statement(statement(AFTER, values)).all(db).await?;
    let last = db.query_one_raw(statement(LAST, [coop.0.into(), after.into(), limit.into()])).await?;
    let last = last.map(|row| row.try_get("", "product_id")).transpose()?;
    Ok((rows.into_iter().map(|row| row.body).collect(), last))
}

/// Those of these categories that there are; all of them where none are named.
pub(super) async fn categories(
    db: &impl ConnectionTrait,
    coop: CoopId,
    ids: Option<&[CategoryId]>,
) -> Result<Vec<(CategoryId, String)>, DbErr> {
    let values = [coop.0.into(), ids.is_none().into(), db::column(ids.unwrap_or_default(), |id| id.0)];
    let rows = CategoryBody::find_by_statement(statement(CATEGORIES, values)).all(db).await?;
    Ok(rows.into_iter().map(|row| (CategoryId(row.id), row.body)).collect())
}
