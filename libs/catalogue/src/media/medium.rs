//! A picture of a product, as it is read.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, ProductId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediumId(pub Uuid);

impl fmt::Display for MediumId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A picture of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medium {
    /// Which.
    pub id: MediumId,
    /// Of which product.
    pub product: ProductId,
    /// Where its bytes lie.
    pub storage_key: String,
    /// Its type, as in HTTP.
    pub content_type: String,
    /// How many bytes it has.
    pub size: i32,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// The SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// What it shows, for those who do not see it.
    pub alt: String,
    /// Its place among the product's pictures.
    pub position: i32,
    /// Since when it is there.
    pub created_at: DateTime<Utc>,
}

/// What adding a picture takes.
#[derive(Clone)]
pub struct NewMedium {
    /// To which product.
    pub product: ProductId,
    /// Its bytes: a JPEG, PNG or WebP.
    pub bytes: Bytes,
    /// What it shows, for those who do not see it.
    pub alt: String,
}

impl fmt::Debug for NewMedium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewMedium({}, {} bytes)", self.product, self.bytes.len())
    }
}

macro_rules! media {
    ($from:literal) => {
        concat!(
            "select medium_id, product_id, storage_key, content_type, size, width, height, sha256, alt, position, created_at from ",
            $from,
            " medium"
        )
    };
}

const SOME: &str = media!(
    "unnest($2::uuid[]) as asked (id)
     cross join lateral (select * from medium where coop_id = $1 and medium_id = asked.id offset 0)"
);
const OF_PRODUCTS: &str = media!(
    "unnest($2::uuid[]) as asked (id)
     cross join lateral (select * from medium where coop_id = $1 and product_id = asked.id order by position, medium_id offset 0)"
);

#[derive(FromQueryResult)]
struct Row {
    medium_id: Uuid,
    product_id: Uuid,
    storage_key: String,
    content_type: String,
    size: i32,
    width: i32,
    height: i32,
    sha256: Vec<u8>,
    alt: String,
    position: i32,
    created_at: DateTime<Utc>,
}

/// These pictures, in no order.
pub async fn media_of(db: &impl ConnectionTrait, coop: CoopId, media: &[MediumId]) -> Result<Vec<Medium>, DbErr> {
    let ids = db::column(media, |medium| medium.0);
    let rows = Row::find_by_statement(statement(SOME, [coop.0.into(), ids])).all(db).await?;
    Ok(rows.into_iter().map(Medium::from).collect())
}

/// The pictures of these products, those of a product in their order.
pub async fn media_of_products(db: &impl ConnectionTrait, coop: CoopId, products: &[ProductId]) -> Result<Vec<Medium>, DbErr> {
    let ids = db::column(products, |product| product.0);
    let rows = Row::find_by_statement(statement(OF_PRODUCTS, [coop.0.into(), ids])).all(db).await?;
    Ok(rows.into_iter().map(Medium::from).collect())
}

impl From<Row> for Medium {
    fn from(row: Row) -> Self {
        Self {
            id: MediumId(row.medium_id),
            product: ProductId(row.product_id),
            storage_key: row.storage_key,
            content_type: row.content_type,
            size: row.size,
            width: row.width,
            height: row.height,
            sha256: row.sha256,
            alt: row.alt,
            position: row.position,
            created_at: row.created_at,
        }
    }
}
