//! Products, by the page and by number.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, CoopId, Permission, ProductId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use super::{Product, ProductKind, ProductStatus, ProductsAsk};
use crate::{Catalogue, CatalogueError, CategoryId};

/// Products that are read at once at most: a page of a hundred, and one to see that there are more.
pub const MAX_PAGE: u32 = 101;

/// Title and description are looked up for those rows that are wanted, and no others.
macro_rules! products {
    ($from:literal) => {
        concat!(
            "select product.product_id, product.handle, product.kind::text as kind, product.status::text as status,
                    product.category_id, product.language, text.title, text.description, product.option_names,
                    product.created_at, product.changed_at
             from ",
            $from,
            "
             join lateral (select title, description from product_text
                 where coop_id = $1 and product_id = product.product_id and language = product.language offset 0) text on true"
        )
    };
}

const PAGE: &str = products!("product");
const SOME: &str = products!(
    "unnest($2::uuid[]) as asked (id)
     cross join lateral (select * from product where coop_id = $1 and product_id = asked.id offset 0) product"
);

const WITH_HANDLE: &str = " and product.handle = {}";
const OF_STATUS: &str = " and product.status = {}::product_status";
const IN_ORDER: &str = " order by product.product_id desc limit {}";
const OF_CATEGORY: &str = " and product.category_id = any (array(
    with recursive below as (
        select category_id from category where coop_id = $1 and category_id = {}
        union all
        select category.category_id from below join category
            on category.coop_id = $1 and coalesce(category.parent_id, 0) = below.category_id
    ) select category_id from below))";
const OF_MAKER: &str = " and product.product_id = any (array(
    select variant.product_id from offer join variant on variant.coop_id = $1 and variant.variant_id = offer.variant_id
    where offer.coop_id = $1 and offer.party_id = {0}
    union
    select product_id from contributor where coop_id = $1 and party_id = {0}))";
const ON_CHANNEL: &str = " and exists (select from publication
    where publication.coop_id = $1 and publication.product_id = product.product_id and publication.channel = {}::sale_channel
      and publication.visible_from <= {now} and coalesce(publication.visible_until > {now}, true))";

#[derive(FromQueryResult)]
struct Row {
    product_id: Uuid,
    handle: String,
    kind: String,
    status: String,
    category_id: Option<i32>,
    language: String,
    title: String,
    description: String,
    option_names: Vec<String>,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
}

impl Catalogue {
    /// A page of the co-op's products, newest first.
    pub async fn products(&self, actor: &Actor, ask: &ProductsAsk) -> Result<Vec<Product>, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin_reading(&self.db, actor.coop).await?;
        let page = page(&tx, actor.coop, ask, self.now()).await?;
        tx.commit().await?;
        Ok(page)
    }

    /// A product.
    pub async fn product(&self, actor: &Actor, id: ProductId) -> Result<Product, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin_reading(&self.db, actor.coop).await?;
        let found = products_of(&tx, actor.coop, &[id]).await?;
        tx.commit().await?;
        found.into_iter().next().ok_or(CatalogueError::NoProduct(id))
    }
}

/// The page, by a statement that holds the conditions that were asked for and no others: so each is met by its index.
async fn page(db: &impl ConnectionTrait, coop: CoopId, ask: &ProductsAsk, now: DateTime<Utc>) -> Result<Vec<Product>, DbErr> {
    let mut values: Vec<Value> = vec![coop.0.into(), ask.after.map_or(Uuid::max(), |after| after.0).into()];
    let mut sql = format!("{PAGE} where product.coop_id = $1 and product.product_id < $2");
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if let Some(handle) = &ask.handle {
        sql += &WITH_HANDLE.replace("{}", &bind(handle.as_str().into()));
    }
    if let Some(status) = ask.status {
        sql += &OF_STATUS.replace("{}", &bind(status.word().into()));
    }
    if let Some(category) = ask.category {
        sql += &OF_CATEGORY.replace("{}", &bind(category.0.into()));
    }
    if let Some(maker) = ask.maker {
        sql += &OF_MAKER.replace("{0}", &bind(maker.0.into()));
    }
    if let Some(channel) = ask.channel {
        let now = bind(now.into());
        sql += &ON_CHANNEL.replace("{}", &bind(channel.word().into())).replace("{now}", &now);
    }
    let limit = bind(i64::from(ask.first.min(MAX_PAGE)).into());
    sql += &IN_ORDER.replace("{}", &limit);
    decoded(Row::find_by_statement(statement(&sql, values)).all(db).await?)
}

/// Those products of a co-op that have these numbers, in no order.
pub async fn products_of(db: &impl ConnectionTrait, coop: CoopId, products: &[ProductId]) -> Result<Vec<Product>, DbErr> {
    let ids = db::column(products, |product| product.0);
    decoded(Row::find_by_statement(statement(SOME, [coop.0.into(), ids])).all(db).await?)
}

fn decoded(rows: Vec<Row>) -> Result<Vec<Product>, DbErr> {
    rows.into_iter().map(Product::try_from).collect()
}

impl TryFrom<Row> for Product {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: ProductId(row.product_id),
            handle: row.handle,
            kind: ProductKind::decode(&row.kind)?,
            status: ProductStatus::decode(&row.status)?,
            category: row.category_id.map(CategoryId),
            language: row.language,
            title: row.title,
            description: row.description,
            option_names: row.option_names,
            created_at: row.created_at,
            changed_at: row.changed_at,
        })
    }
}
