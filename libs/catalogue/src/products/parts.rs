//! What belongs to products besides their variants, each sort by one statement.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, PartyId, ProductId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, TryGetable};
use uuid::Uuid;

use super::{Attribute, Contributor, Publication, Text};
use crate::Channel;

const TEXTS: &str = "
select part.* from unnest($2::uuid[]) as asked (id)
cross join lateral (select product_id, language, title, description from product_text
    where coop_id = $1 and product_id = asked.id order by language offset 0) part";
const ATTRIBUTES: &str = "
select part.* from unnest($2::uuid[]) as asked (id)
cross join lateral (select product_id, name, value from product_attribute
    where coop_id = $1 and product_id = asked.id order by name, value offset 0) part";
const CONTRIBUTORS: &str = "
select part.* from unnest($2::uuid[]) as asked (id)
cross join lateral (select product_id, party_id, weight, part from contributor
    where coop_id = $1 and product_id = asked.id order by weight desc, party_id offset 0) part";
const PUBLICATIONS: &str = "
select part.* from unnest($2::uuid[]) as asked (id)
cross join lateral (select product_id, channel::text as channel, visible_from, visible_until from publication
    where coop_id = $1 and product_id = asked.id order by publication.channel offset 0) part";

/// The texts of these products, by language.
pub async fn texts_of(db: &impl ConnectionTrait, coop: CoopId, products: &[ProductId]) -> Result<Vec<(ProductId, Text)>, DbErr> {
    parts(db, (coop, products), TEXTS, |row| {
        Ok(Text { language: get(row, "language")?, title: get(row, "title")?, description: get(row, "description")? })
    })
    .await
}

/// The attributes of these products, by name and value.
pub async fn attributes_of(db: &impl ConnectionTrait, coop: CoopId, products: &[ProductId]) -> Result<Vec<(ProductId, Attribute)>, DbErr> {
    parts(db, (coop, products), ATTRIBUTES, |row| Ok(Attribute { name: get(row, "name")?, value: get(row, "value")? })).await
}

/// Who had a hand in these products, the weightiest first.
pub async fn contributors_of(
    db: &impl ConnectionTrait,
    coop: CoopId,
    products: &[ProductId],
) -> Result<Vec<(ProductId, Contributor)>, DbErr> {
    parts(db, (coop, products), CONTRIBUTORS, |row| {
        Ok(Contributor { party: PartyId(get(row, "party_id")?), weight: get(row, "weight")?, part: get(row, "part")? })
    })
    .await
}

/// Where these products are shown.
pub async fn publications_of(
    db: &impl ConnectionTrait,
    coop: CoopId,
    products: &[ProductId],
) -> Result<Vec<(ProductId, Publication)>, DbErr> {
    parts(db, (coop, products), PUBLICATIONS, |row| {
        let (channel, from): (String, DateTime<Utc>) = (get(row, "channel")?, get(row, "visible_from")?);
        Ok(Publication { channel: Channel::decode(&channel)?, from, until: get(row, "visible_until")? })
    })
    .await
}

fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T, DbErr> {
    row.try_get("", column)
}

async fn parts<T>(
    db: &impl ConnectionTrait,
    (coop, products): (CoopId, &[ProductId]),
    sql: &str,
    read: impl Fn(&QueryResult) -> Result<T, DbErr>,
) -> Result<Vec<(ProductId, T)>, DbErr> {
    let ids: Vec<Uuid> = products.iter().map(|product| product.0).collect();
    let rows = db.query_all_raw(statement(sql, [coop.0.into(), ids.into()])).await?;
    rows.iter().map(|row| Ok((ProductId(get(row, "product_id")?), read(row)?))).collect()
}
