//! Adding pictures, describing, ordering and removing them.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, CoopId, Permission, ProductId};
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult, Value};
use sha2::{Digest as _, Sha256};
use storage::Storage;
use uuid::Uuid;

use super::{Medium, MediumId, NewMedium, Picture, media_of};
use crate::{Catalogue, CatalogueError, words};

/// The largest picture: a photograph of a good camera at full size. The database says the same.
pub const MAX_MEDIUM_BYTES: usize = 10 * 1024 * 1024;
/// Pictures of a product at most.
pub const MAX_MEDIA: i64 = 50;
/// The most letters of what a picture shows.
const LONGEST_ALT: usize = 500;

/// The product, locked, with how many pictures it has and whether these bytes are among them.
const LOCK: &str = "
select (select count(*) from medium where coop_id = $1 and product_id = $2) as count,
       (select coalesce(max(position) + 1, 0) from medium where coop_id = $1 and product_id = $2) as next,
       (select medium_id from medium where coop_id = $1 and product_id = $2 and sha256 = $3) as known
from product where coop_id = $1 and product_id = $2 for no key update";
const INSERT: &str = "
insert into medium (coop_id, medium_id, product_id, storage_key, content_type, size, width, height, sha256, alt, position, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (coop_id, product_id, sha256) do update set sha256 = excluded.sha256
returning medium_id";
const UPDATE: &str = "
update medium set alt = $3, position = $4 where coop_id = $1 and medium_id = $2";
const DELETE: &str = "delete from medium where coop_id = $1 and medium_id = $2";

impl Catalogue {
    /// Adds a picture to a product. Its bytes are stored first, under a key made of them; the same picture again is the one
    /// that is there.
    #[tracing::instrument(name = "catalogue.add_medium", skip_all, fields(coop.id = %actor.coop, product.id = %new.product))]
    pub async fn add_medium(&self, actor: &Actor, new: NewMedium, storage: &Storage) -> Result<Medium, CatalogueError> {
        actor.require(Permission::CatalogueWrite)?;
        let coop = actor.coop;
        let alt = words::paragraphs(&new.alt, LONGEST_ALT).ok_or(CatalogueError::Alt)?;
        let size = new.bytes.len();
        let size = i32::try_from(size).ok().filter(|_| size <= MAX_MEDIUM_BYTES).ok_or(CatalogueError::LargePicture(size))?;
        let picture = Picture::of(&new.bytes).ok_or(CatalogueError::NoPicture)?;
        let sha256 = Sha256::digest(&new.bytes).to_vec();
        // Nothing is stored for a product that is not there, and nothing is sent while a transaction is open
        let tx = db::begin(&self.db, coop).await?;
        room_for(&tx, coop, (new.product, &sha256)).await?;
        tx.commit().await?;
        let key = format!("media/{coop}/{}.{}", hex::encode(&sha256), picture.extension);
        storage.put(&key, new.bytes, picture.content_type).await?;
        let tx = db::begin(&self.db, coop).await?;
        let (known, position) = room_for(&tx, coop, (new.product, &sha256)).await?;
        let id = match known {
            Some(id) => id,
            None => insert(&tx, coop, (new.product, &alt, position, self.now()), (&picture, key, size, sha256)).await?,
        };
        let medium = get(&tx, coop, id).await?;
        tx.commit().await?;
        Ok(medium)
    }

    /// Says anew what a picture shows, or where it stands among the product's.
    #[tracing::instrument(name = "catalogue.update_medium", skip_all, fields(coop.id = %actor.coop, medium.id = %id))]
    pub async fn update_medium(
        &self,
        actor: &Actor,
        id: MediumId,
        alt: Option<&str>,
        position: Option<i32>,
    ) -> Result<Medium, CatalogueError> {
        actor.require(Permission::CatalogueWrite)?;
        let alt = alt.map(|alt| words::paragraphs(alt, LONGEST_ALT).ok_or(CatalogueError::Alt)).transpose()?;
        if position.is_some_and(|position| !words::is_position(position)) {
            return Err(CatalogueError::Position);
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = get(&tx, actor.coop, id).await?;
        let becomes = Medium { alt: alt.unwrap_or(was.alt), position: position.unwrap_or(was.position), ..was };
        let values = [actor.coop.0.into(), id.0.into(), becomes.alt.as_str().into(), becomes.position.into()];
        tx.execute_raw(statement(UPDATE, values)).await?;
        tx.commit().await?;
        Ok(becomes)
    }

    /// Removes a picture from its product. One that is gone already is not found.
    #[tracing::instrument(name = "catalogue.remove_medium", skip_all, fields(coop.id = %actor.coop, medium.id = %id))]
    pub async fn remove_medium(&self, actor: &Actor, id: MediumId) -> Result<Medium, CatalogueError> {
        actor.require(Permission::CatalogueWrite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = get(&tx, actor.coop, id).await?;
        tx.execute_raw(statement(DELETE, [actor.coop.0.into(), id.0.into()])).await?;
        tx.commit().await?;
        Ok(was)
    }

    /// A picture.
    pub async fn medium(&self, actor: &Actor, id: MediumId) -> Result<Medium, CatalogueError> {
        actor.require(Permission::CatalogueRead)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let found = get(&tx, actor.coop, id).await?;
        tx.commit().await?;
        Ok(found)
    }
}

/// Writes a new picture; one that somebody added at the same moment is the same.
async fn insert(
    tx: &db::Tx,
    coop: CoopId,
    (product, alt, position, now): (ProductId, &str, i32, DateTime<Utc>),
    (picture, key, size, sha256): (&Picture, String, i32, Vec<u8>),
) -> Result<MediumId, DbErr> {
    let values: [Value; 12] = [
        coop.0.into(),
        Uuid::now_v7().into(),
        product.0.into(),
        key.into(),
        picture.content_type.into(),
        size.into(),
        picture.width.into(),
        picture.height.into(),
        sha256.into(),
        alt.into(),
        position.into(),
        now.into(),
    ];
    let row = tx.query_one_raw(statement(INSERT, values)).await?;
    Ok(MediumId(row.ok_or(DbErr::RecordNotInserted)?.try_get("", "medium_id")?))
}

async fn get(tx: &db::Tx, coop: CoopId, id: MediumId) -> Result<Medium, CatalogueError> {
    media_of(tx, coop, &[id]).await?.pop().ok_or(CatalogueError::NoMedium(id))
}

/// The picture that has these bytes already, if any, and the place of a new one; there has to be room for it.
async fn room_for(tx: &db::Tx, coop: CoopId, (product, sha256): (ProductId, &[u8])) -> Result<(Option<MediumId>, i32), CatalogueError> {
    let read = |row: &QueryResult| -> Result<(i64, Option<Uuid>, i32), DbErr> {
        Ok((row.try_get("", "count")?, row.try_get("", "known")?, row.try_get("", "next")?))
    };
    let row = tx.query_one_raw(statement(LOCK, [coop.0.into(), product.0.into(), sha256.to_vec().into()])).await?;
    let (count, known, next) = read(&row.ok_or(CatalogueError::NoProduct(product))?)?;
    if known.is_none() && count >= MAX_MEDIA {
        return Err(CatalogueError::TooManyMedia);
    }
    Ok((known.map(MediumId), next))
}
