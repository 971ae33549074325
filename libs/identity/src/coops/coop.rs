//! A tenant, and the directory of them.

use chrono_tz::Tz;
use kernel::{CoopId, Currency};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _};

use super::checks;
use crate::{CoopStatus, IdentityError, entity::coop};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coop {
    /// Its number.
    pub id: CoopId,
    /// Its name in addresses and commands.
    pub slug: String,
    /// Its name on paper.
    pub name: String,
    /// Where it is at home: ISO 3166 alpha-2.
    pub country: String,
    /// The currency its books are kept in.
    pub currency: Currency,
    /// Where its days and months begin.
    pub zone: Tz,
    /// Whether it works.
    pub status: CoopStatus,
    /// Why not.
    pub status_reason: Option<String>,
    /// Whether strangers may apply.
    pub takes_applications: bool,
}

/// What founding a co-op takes.
#[derive(Clone, Copy, Debug)]
pub struct NewCoop<'a> {
    /// Lower-case letters, digits and hyphens.
    pub slug: &'a str,
    /// Its name on paper.
    pub name: &'a str,
    /// ISO 3166 alpha-2.
    pub country: &'a str,
    /// The currency its books are kept in.
    pub currency: Currency,
    /// An IANA name such as `Europe/Amsterdam`.
    pub time_zone: &'a str,
}

impl TryFrom<coop::Model> for Coop {
    type Error = IdentityError;

    fn try_from(row: coop::Model) -> Result<Self, IdentityError> {
        Ok(Self {
            id: CoopId(row.coop_id),
            currency: row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?,
            zone: row.time_zone.parse().map_err(|_| IdentityError::TimeZone(row.time_zone))?,
            country: row.country,
            slug: row.slug,
            name: row.name,
            status: row.status,
            status_reason: row.status_reason,
            takes_applications: row.takes_applications,
        })
    }
}

/// The co-op of that slug.
pub async fn find_coop(db: &impl ConnectionTrait, slug: &str) -> Result<Coop, IdentityError> {
    // What cannot be a slug is nobody's
    checks::slug(slug).map_err(|_| IdentityError::NoCoop(slug.to_owned()))?;
    let row = coop::Entity::directory().filter(coop::Column::Slug.eq(slug)).one(db).await?;
    row.ok_or_else(|| IdentityError::NoCoop(slug.to_owned()))?.try_into()
}

/// The co-op of that number.
pub async fn coop(db: &impl ConnectionTrait, id: CoopId) -> Result<Coop, IdentityError> {
    let row = coop::Entity::directory().filter(coop::Column::CoopId.eq(id.0)).one(db).await?;
    row.ok_or_else(|| IdentityError::NoCoop(id.to_string()))?.try_into()
}

/// Every co-op of the installation, by number: for the schedules of the worker.
pub async fn coops(db: &impl ConnectionTrait) -> Result<Vec<Coop>, IdentityError> {
    coop::Entity::directory().order_by_asc(coop::Column::CoopId).all(db).await?.into_iter().map(Coop::try_from).collect()
}
