//! What changed since a version.

use std::collections::HashMap;

use db::statement;
use kernel::{Actor, CoopId, Permission, ProductId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{bodies, version};
use crate::{Catalogue, CatalogueError, CategoryId, Channel};

/// Changes that are told at once at most.
pub const MAX_FEED: u32 = 500;

/// What a device has, and what it sells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedAsk {
    /// It has everything up to this version.
    pub since: i64,
    /// That many changes at most, and never more than [`MAX_FEED`].
    pub first: u32,
    /// What is for sale there; everywhere when nothing is named.
    pub channel: Option<Channel>,
}

/// A page of changes, in the order of their versions.
#[derive(Clone, Debug, Serialize)]
pub struct Feed {
    /// The version of the catalogue.
    pub version: i64,
    /// The device has everything up to here once it has kept this page: its next `since`.
    pub until: i64,
    /// Whether there are further changes behind this page.
    pub more: bool,
    /// The changes.
    pub changes: Vec<FeedEntry>,
}

/// One thing that was touched.
#[derive(Clone, Debug, Serialize)]
pub struct FeedEntry {
    /// The number of its newest change.
    pub version: i64,
    /// Which thing.
    #[serde(flatten)]
    pub thing: FeedThing,
    /// As it is now, as JSON; `None`: it is gone, or not for sale any more.
    #[serde(rename = "now")]
    pub body: Option<Box<RawValue>>,
}

/// What can be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum FeedThing {
    /// A product with everything about it.
    Product(ProductId),
    /// A category.
    Category(#[serde(serialize_with = "number")] CategoryId),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn number<S: serde::Serializer>(id: &CategoryId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i32(id.0)
}

const CHANGES: &str = "
select version, product_id, category_id from catalogue_change
where coop_id = $1 and version > $2 order by version limit $3";

#[derive(FromQueryResult)]
struct Row {
    version: i64,
    product_id: Option<Uuid>,
    category_id: Option<i32>,
}

impl Catalogue {
    /// What changed in the co-op's catalogue since a version: each thing once, as it is now. At most four statements, in one view of
    /// the database, so nothing is told older than its number says.
    pub async fn changes(&self, actor: &Actor, ask: FeedAsk) -> Result<Feed, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin_snapshot(&self.db, actor.coop).await?;
        let now = version(&tx, actor.coop).await?;
        now.take_up(ask.since)?;
        let first = ask.first.clamp(1, MAX_FEED) as usize;
        let touched = if now.version > ask.since { touched(&tx, actor.coop, ask.since, first + 1).await? } else { Vec::new() };
        let more = touched.len() > first;
        let page = &touched[..touched.len().min(first)];
        let changes = with_bodies(&tx, actor.coop, ask.channel, page).await?;
        tx.commit().await?;
        let until = if more { page.last().map_or(ask.since, |last| last.0) } else { now.version };
        Ok(Feed { version: now.version, until, more, changes })
    }
}

async fn touched(db: &impl ConnectionTrait, coop: CoopId, since: i64, limit: usize) -> Result<Vec<(i64, FeedThing)>, DbErr> {
    let limit = i64::try_from(limit).expect("a page is small");
    let rows = Row::find_by_statement(statement(CHANGES, [coop.0.into(), since.into(), limit.into()])).all(db).await?;
    let of = |row: Row| match (row.product_id, row.category_id) {
        (Some(product), None) => Ok((row.version, FeedThing::Product(ProductId(product)))),
        (None, Some(category)) => Ok((row.version, FeedThing::Category(CategoryId(category)))),
        (Some(_), Some(_)) | (None, None) => Err(DbErr::Type(format!("change {} is of no one thing", row.version))),
    };
    rows.into_iter().map(of).collect()
}

async fn with_bodies(
    db: &impl ConnectionTrait,
    coop: CoopId,
    channel: Option<Channel>,
    page: &[(i64, FeedThing)],
) -> Result<Vec<FeedEntry>, DbErr> {
    let (mut products, mut categories) = (Vec::new(), Vec::new());
    for (_, thing) in page {
        match thing {
            FeedThing::Product(id) => products.push(*id),
            FeedThing::Category(id) => categories.push(*id),
        }
    }
    let mut bodies: HashMap<FeedThing, String> = HashMap::with_capacity(page.len());
    if !products.is_empty() {
        let found = bodies::products_of(db, coop, channel, &products).await?;
        bodies.extend(found.into_iter().map(|(id, body)| (FeedThing::Product(id), body)));
    }
    if !categories.is_empty() {
        let found = bodies::categories(db, coop, Some(&categories)).await?;
        bodies.extend(found.into_iter().map(|(id, body)| (FeedThing::Category(id), body)));
    }
    let entry = |(version, thing): &(i64, FeedThing)| {
        let body = bodies.remove(thing).map(RawValue::from_string).transpose().map_err(|error| DbErr::Json(error.to_string()))?;
        Ok(FeedEntry { version: *version, thing: *thing, body })
    };
    page.iter().map(entry).collect()
}
