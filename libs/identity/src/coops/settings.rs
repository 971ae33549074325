//! What a co-op may change about itself, and whether it works at all.

use db::statement;
use kernel::{Actor, Permission};
use sea_orm::{ConnectionTrait as _, DbErr};

use super::{Coop, checks, coop};
use crate::{CoopStatus, Identity, IdentityError, words};

/// What is to be different; `None` stays as it is. The currency of the books never changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoopChange {
    /// Its name on paper.
    pub name: Option<String>,
    /// ISO 3166 alpha-2.
    pub country: Option<String>,
    /// An IANA name. Only before the first posting: months that are in the books would begin at another moment.
    pub time_zone: Option<String>,
    /// Whether strangers may apply.
    pub takes_applications: Option<bool>,
}

impl Identity {
    /// The actor's co-op.
    pub async fn coop(&self, actor: &Actor) -> Result<Coop, IdentityError> {
        coop(&self.db, actor.coop).await
    }

    /// Changes what a co-op says of itself.
    #[tracing::instrument(name = "identity.update_coop", skip_all, fields(coop.id = %actor.coop))]
    pub async fn update_coop(&self, actor: &Actor, change: CoopChange) -> Result<Coop, IdentityError> {
        const UPDATE: &str = "
            update coop set name = $2, country = $3, time_zone = $4, takes_applications = $5 where coop_id = $1";
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = locked(&tx, actor).await?;
        works(&was)?;
        let name = change.name.as_deref().map_or(Ok(was.name.as_str()), checks::name)?;
        let country = change.country.as_deref().map_or_else(|| Ok(was.country.clone()), checks::country)?;
        let zone = change.time_zone.as_deref().map_or(Ok(was.zone), checks::time_zone)?;
        if zone != was.zone && has_postings(&tx, actor).await? {
            return Err(IdentityError::BooksHaveBegun(was.zone));
        }
        let takes = change.takes_applications.unwrap_or(was.takes_applications);
        let values = [actor.coop.0.into(), name.into(), country.into(), zone.name().into(), takes.into()];
        tx.execute_raw(statement(UPDATE, values)).await?;
        let changed = coop(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Stops a co-op: it can be read, and nothing changes until it is reinstated. Suspended already: the reason stays.
    #[tracing::instrument(name = "identity.suspend_coop", skip_all, fields(coop.id = %actor.coop))]
    pub async fn suspend_coop(&self, actor: &Actor, reason: &str) -> Result<Coop, IdentityError> {
        const SUSPEND: &str = "update coop set status = 'suspended', status_reason = $2, status_at = $3 where coop_id = $1";
        actor.require(Permission::CoopManage)?;
        let reason = words::reason(reason)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        match locked(&tx, actor).await? {
            was @ Coop { status: CoopStatus::Suspended, .. } => return Ok(was),
            Coop { status: CoopStatus::Closed, .. } => return Err(IdentityError::Closed),
            Coop { status: CoopStatus::Open, .. } => {}
        }
        tx.execute_raw(statement(SUSPEND, [actor.coop.0.into(), reason.into(), self.clock.now().into()])).await?;
        let suspended = coop(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(suspended)
    }

    /// Lets a suspended co-op work again. One that works already stays as it is.
    #[tracing::instrument(name = "identity.reinstate_coop", skip_all, fields(coop.id = %actor.coop))]
    pub async fn reinstate_coop(&self, actor: &Actor) -> Result<Coop, IdentityError> {
        const REINSTATE: &str = "update coop set status = 'open', status_reason = null, status_at = $2 where coop_id = $1";
        actor.require(Permission::CoopManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        match locked(&tx, actor).await? {
            was @ Coop { status: CoopStatus::Open, .. } => return Ok(was),
            Coop { status: CoopStatus::Closed, .. } => return Err(IdentityError::Closed),
            Coop { status: CoopStatus::Suspended, .. } => {}
        }
        tx.execute_raw(statement(REINSTATE, [actor.coop.0.into(), self.clock.now().into()])).await?;
        let open = coop(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(open)
    }
}

/// Whether a co-op works.
pub(crate) fn works(coop: &Coop) -> Result<(), IdentityError> {
    match coop.status {
        CoopStatus::Open => Ok(()),
        CoopStatus::Suspended => Err(IdentityError::Suspended(coop.status_reason.clone().unwrap_or_default())),
        CoopStatus::Closed => Err(IdentityError::Closed),
    }
}

/// The actor's co-op, locked: others who change it, or what there may be only so many of in it, wait.
pub(crate) async fn locked(tx: &db::Tx, actor: &Actor) -> Result<Coop, IdentityError> {
    const LOCK: &str = "select from coop where coop_id = $1 for no key update";
    tx.execute_raw(statement(LOCK, [actor.coop.0.into()])).await?;
    coop(tx, actor.coop).await
}

async fn has_postings(tx: &db::Tx, actor: &Actor) -> Result<bool, DbErr> {
    const BEGUN: &str = "select exists (select from posting where coop_id = $1) as begun";
    let row = tx.query_one_raw(statement(BEGUN, [actor.coop.0.into()])).await?;
    row.map_or(Ok(false), |row| row.try_get("", "begun"))
}
