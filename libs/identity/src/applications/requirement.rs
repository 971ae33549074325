//! What a co-op wants of whoever applies.

use db::{Sqlstate, sqlstate, statement};
use kernel::{Actor, CoopId, Permission};
use sea_orm::{ActiveEnum, ConnectionTrait, DbErr, FromQueryResult, prelude::*};
use serde::{Deserialize, Serialize};

use super::hold;
use crate::{Coop, CoopStatus, Identity, IdentityError, coops, words};

/// Requirements that a co-op may have: a list that somebody still fills in.
pub const MAX_REQUIREMENTS: i64 = 30;
/// Characters of a requirement's name and of its description; the database allows no more either.
const LONGEST_NAME: usize = 120;
const LONGEST_DESCRIPTION: usize = 20_000;
/// How long something may stay good: ten years.
const MOST_DAYS: i32 = 3_650;
/// How many products somebody may be asked to name.
const MOST_PRODUCTS: i32 = 100;

/// A requirement, unique in the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequirementId(pub i32);

impl std::fmt::Display for RequirementId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What is to be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "requirement_kind")]
pub enum RequirementKind {
    /// A file, such as an insurance certificate; somebody reviews it.
    #[sea_orm(string_value = "document")]
    Document,
    /// The description holds terms, which are accepted as they stand. New terms are accepted anew.
    #[sea_orm(string_value = "terms")]
    Terms,
    /// A text about oneself; somebody reviews it.
    #[sea_orm(string_value = "profile")]
    Profile,
    /// So many products that one makes, by name; somebody reviews them.
    #[sea_orm(string_value = "minimum_products")]
    MinimumProducts,
}

/// What a co-op wants of whoever applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its number.
    pub id: RequirementId,
    /// What is to be submitted.
    pub kind: RequirementKind,
    /// Its name, unique among the co-op's.
    pub name: String,
    /// What it is about; of terms: the terms.
    pub description: String,
    /// Nobody is admitted without it.
    pub needed: bool,
    /// How many products, of those who name products.
    pub minimum: Option<i32>,
    /// How many days it stays good after it was accepted; `None`: for ever.
    pub expires_after_days: Option<i32>,
}

/// What defining a requirement takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequirement {
    /// What is to be submitted; never changes.
    pub kind: RequirementKind,
    /// Its name, unique among the co-op's.
    pub name: String,
    /// What it is about; of terms: the terms.
    pub description: String,
    /// Nobody is admitted without it.
    pub needed: bool,
    /// How many products, of those who name products.
    pub minimum: Option<i32>,
    /// How many days it stays good after it was accepted; `None`: for ever.
    pub expires_after_days: Option<i32>,
}

/// A co-op that takes applications, as strangers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDoor {
    /// The co-op.
    pub coop: Coop,
    /// What it wants.
    pub requirements: Vec<Requirement>,
}

#[derive(FromQueryResult)]
struct Row {
    requirement_id: i32,
    kind: String,
    name: String,
    description: String,
    needed: bool,
    minimum: Option<i32>,
    expires_after_days: Option<i32>,
}

impl TryFrom<Row> for Requirement {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: RequirementId(row.requirement_id),
            kind: RequirementKind::try_from_value(&row.kind)?,
            name: row.name,
            description: row.description,
            needed: row.needed,
            minimum: row.minimum,
            expires_after_days: row.expires_after_days,
        })
    }
}

impl Identity {
    /// What the co-op wants of whoever applies.
    pub async fn requirements(&self, actor: &Actor) -> Result<Vec<Requirement>, IdentityError> {
        actor.require(Permission::MembersReview)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let all = list(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(all)
    }

    /// A co-op and what it wants, for anybody who thinks of applying. One that takes no applications is not there.
    pub async fn open_door(&self, slug: &str) -> Result<OpenDoor, IdentityError> {
        let coop = open_coop(&self.db, slug).await?;
        let tx = db::begin(&self.db, coop.id).await?;
        let requirements = list(&tx, coop.id).await?;
        tx.commit().await?;
        Ok(OpenDoor { coop, requirements })
    }

    /// Wants one thing more of whoever applies from now on.
    #[tracing::instrument(name = "identity.create_requirement", skip_all, fields(coop.id = %actor.coop))]
    pub async fn create_requirement(&self, actor: &Actor, new: NewRequirement) -> Result<Requirement, IdentityError> {
        const INSERT: &str = "
            insert into requirement (coop_id, kind, name, description, needed, minimum, expires_after_days)
            select $1, $2::requirement_kind, $3, $4, $5, $6, $7
            where (select count(*) from requirement where coop_id = $1 and retired_at is null) < $8
            returning requirement_id";
        actor.require(Permission::CoopManage)?;
        let new = checked(new)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        coops::locked(&tx, actor).await?;
        let values = [
            actor.coop.0.into(),
            new.kind.to_value().into(),
            new.name.as_str().into(),
            new.description.as_str().into(),
            new.needed.into(),
            new.minimum.into(),
            new.expires_after_days.into(),
            MAX_REQUIREMENTS.into(),
        ];
        let made = tx.query_one_raw(statement(INSERT, values)).await.map_err(|error| taken(error, &new.name))?;
        let made = made.ok_or(IdentityError::TooManyRequirements(MAX_REQUIREMENTS))?;
        let id = RequirementId(made.try_get("", "requirement_id")?);
        tx.commit().await?;
        Ok(of(id, new))
    }

    /// Words a requirement differently, or asks more or less. What was accepted stays accepted, except terms of another text.
    #[tracing::instrument(name = "identity.update_requirement", skip_all, fields(coop.id = %actor.coop, requirement.id = %id))]
    pub async fn update_requirement(&self, actor: &Actor, id: RequirementId, new: NewRequirement) -> Result<Requirement, IdentityError> {
        const UPDATE: &str = "
            update requirement set name = $3, description = $4, needed = $5, minimum = $6, expires_after_days = $7
            where coop_id = $1 and requirement_id = $2";
        actor.require(Permission::CoopManage)?;
        let new = checked(new)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        if get(&tx, actor.coop, id).await?.kind != new.kind {
            return Err(IdentityError::RequirementKind);
        }
        let values = [
            actor.coop.0.into(),
            id.0.into(),
            new.name.as_str().into(),
            new.description.as_str().into(),
            new.needed.into(),
            new.minimum.into(),
            new.expires_after_days.into(),
        ];
        tx.execute_raw(statement(UPDATE, values)).await.map_err(|error| taken(error, &new.name))?;
        hold::refresh(&tx, &[actor.coop]).await?;
        tx.commit().await?;
        Ok(of(id, new))
    }

    /// Wants it no more. What was submitted stays, and blocks nobody. A second time it is not found.
    #[tracing::instrument(name = "identity.retire_requirement", skip_all, fields(coop.id = %actor.coop, requirement.id = %id))]
    pub async fn retire_requirement(&self, actor: &Actor, id: RequirementId) -> Result<(), IdentityError> {
        const RETIRE: &str = "update requirement set retired_at = $3 where coop_id = $1 and requirement_id = $2 and retired_at is null";
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let values = [actor.coop.0.into(), id.0.into(), self.clock.now().into()];
        if tx.execute_raw(statement(RETIRE, values)).await?.rows_affected() == 0 {
            return Err(IdentityError::NoRequirement(id));
        }
        hold::refresh(&tx, &[actor.coop]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The co-op of that slug, if strangers may apply to it.
pub(super) async fn open_coop(db: &impl ConnectionTrait, slug: &str) -> Result<Coop, IdentityError> {
    let coop = coops::find_coop(db, slug).await.map_err(|error| match error {
        IdentityError::NoCoop(slug) => IdentityError::ClosedDoor(slug),
        other => other,
    })?;
    if coop.takes_applications && coop.status == CoopStatus::Open { Ok(coop) } else { Err(IdentityError::ClosedDoor(slug.to_owned())) }
}

async fn list(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<Requirement>, DbErr> {
    const LIST: &str = "
        select requirement_id, kind::text as kind, name, description, needed, minimum, expires_after_days
        from requirement where coop_id = $1 and retired_at is null order by requirement_id";
    let rows = Row::find_by_statement(statement(LIST, [coop.0.into()])).all(db).await?;
    rows.into_iter().map(Requirement::try_from).collect()
}

/// The requirement, locked against being changed while something is submitted for it.
pub(super) async fn get(tx: &db::Tx, coop: CoopId, id: RequirementId) -> Result<Requirement, IdentityError> {
    const GET: &str = "
        select requirement_id, kind::text as kind, name, description, needed, minimum, expires_after_days
        from requirement where coop_id = $1 and requirement_id = $2 and retired_at is null for no key update";
    let row = Row::find_by_statement(statement(GET, [coop.0.into(), id.0.into()])).one(tx).await?;
    Ok(row.ok_or(IdentityError::NoRequirement(id))?.try_into()?)
}

fn of(id: RequirementId, new: NewRequirement) -> Requirement {
    let NewRequirement { kind, name, description, needed, minimum, expires_after_days } = new;
    Requirement { id, kind, name, description, needed, minimum, expires_after_days }
}

fn taken(error: DbErr, name: &str) -> IdentityError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => IdentityError::Taken { what: "requirement", name: name.to_owned() },
        _ => IdentityError::Db(error),
    }
}

fn checked(new: NewRequirement) -> Result<NewRequirement, IdentityError> {
    let NewRequirement { kind, name, description, needed, minimum, expires_after_days } = new;
    let (name, description) = (name.trim().to_owned(), description.trim().to_owned());
    let wrong = if !words::is_plain(&name) || !words::is_plain(&description) {
        Some("leave out control characters")
    } else if name.is_empty() || name.chars().count() > LONGEST_NAME {
        Some("its name has 1 to 120 characters")
    } else if description.chars().count() > LONGEST_DESCRIPTION {
        Some("its description has 20,000 characters at most")
    } else if kind == RequirementKind::Terms && description.is_empty() {
        Some("the description of terms is the terms themselves; write them there")
    } else if expires_after_days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        Some("it expires after 1 to 3,650 days, or never")
    } else if (kind == RequirementKind::MinimumProducts) != minimum.is_some() {
        Some("a minimum belongs to products, and products have one")
    } else if minimum.is_some_and(|minimum| !(1..=MOST_PRODUCTS).contains(&minimum)) {
        Some("the minimum is 1 to 100 products")
    } else {
        None
    };
    match wrong {
        Some(wrong) => Err(IdentityError::BadRequirement(wrong)),
        None => Ok(NewRequirement { kind, name, description, needed, minimum, expires_after_days }),
    }
}
