//! What becomes of a member: another role, suspended, reinstated.
//!
//! Whoever changes a member holds what that member's role holds: nobody takes away what they could not give.

use db::{Sqlstate, sqlstate, statement};
use kernel::{Actor, Permission, PersonId};
use sea_orm::{ActiveEnum as _, ConnectionTrait as _, DbErr};

use super::member::{Member, lock, member};
use crate::{Identity, IdentityError, MembershipStatus, RoleId, invitations, roles, words};

impl Identity {
    /// Gives a member another role. The same role again changes nothing.
    #[tracing::instrument(name = "identity.change_role", skip_all, fields(coop.id = %actor.coop, person.id = %person))]
    pub async fn change_role(&self, actor: &Actor, person: PersonId, role: RoleId) -> Result<Member, IdentityError> {
        const CHANGE: &str = "update membership set role_id = $3, changed_at = $4 where coop_id = $1 and person_id = $2";
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = changeable(&tx, actor, person).await?;
        let role = roles::to_give(&tx, actor, role).await?;
        if was.role.id == role.id {
            return Ok(was);
        }
        match was.status {
            MembershipStatus::Active | MembershipStatus::Suspended => {}
            MembershipStatus::Leaving | MembershipStatus::Left => return Err(IdentityError::Going(was.name)),
        }
        let values = [actor.coop.0.into(), person.0.into(), role.id.0.into(), self.clock.now().into()];
        tx.execute_raw(statement(CHANGE, values)).await.map_err(last_admin)?;
        tx.commit().await?;
        Ok(Member { role, ..was })
    }

    /// Suspends a member: their sessions lose the co-op within seconds, their money stays theirs. Suspended already: the
    /// first reason stays.
    #[tracing::instrument(name = "identity.suspend_member", skip_all, fields(coop.id = %actor.coop, person.id = %person))]
    pub async fn suspend_member(&self, actor: &Actor, person: PersonId, reason: &str) -> Result<Member, IdentityError> {
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = changeable(&tx, actor, person).await?;
        let reason = words::reason(reason)?;
        if actor.person() == Ok(person) {
            return Err(IdentityError::Yourself);
        }
        match was.status {
            MembershipStatus::Active => {}
            MembershipStatus::Suspended => return Ok(was),
            MembershipStatus::Leaving | MembershipStatus::Left => return Err(IdentityError::Going(was.name)),
        }
        set_status(&tx, self, (actor, person), MembershipStatus::Suspended, Some(&reason)).await?;
        let suspended = member(&tx, actor.coop, person).await?;
        tx.commit().await?;
        Ok(suspended)
    }

    /// Lets a suspended member back in. One who is active stays as they are.
    #[tracing::instrument(name = "identity.reinstate_member", skip_all, fields(coop.id = %actor.coop, person.id = %person))]
    pub async fn reinstate_member(&self, actor: &Actor, person: PersonId) -> Result<Member, IdentityError> {
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = changeable(&tx, actor, person).await?;
        match was.status {
            MembershipStatus::Suspended => {}
            MembershipStatus::Active => return Ok(was),
            MembershipStatus::Leaving | MembershipStatus::Left => return Err(IdentityError::Going(was.name)),
        }
        set_status(&tx, self, (actor, person), MembershipStatus::Active, None).await?;
        let active = member(&tx, actor.coop, person).await?;
        tx.commit().await?;
        Ok(active)
    }
}

/// The member, locked, if the actor may change them.
pub(crate) async fn changeable(tx: &db::Tx, actor: &Actor, person: PersonId) -> Result<Member, IdentityError> {
    actor.require(Permission::MembersManage)?;
    let was = lock(tx, actor.coop, person).await?;
    if was.role.permissions.is_within(actor.permissions) { Ok(was) } else { Err(IdentityError::AboveYou(was.name)) }
}

/// Writes a member's status. Who is not active any more has nobody invited, either.
pub(crate) async fn set_status(
    tx: &db::Tx,
    identity: &Identity,
    (actor, person): (&Actor, PersonId),
    status: MembershipStatus,
    reason: Option<&str>,
) -> Result<(), IdentityError> {
    const SET: &str = "
        update membership set status = $3::membership_status, reason = $4, changed_at = $5 where coop_id = $1 and person_id = $2";
    let now = identity.clock.now();
    let values = [actor.coop.0.into(), person.0.into(), status.to_value().into(), reason.into(), now.into()];
    tx.execute_raw(statement(SET, values)).await.map_err(last_admin)?;
    if status != MembershipStatus::Active {
        invitations::revoke_of(tx, actor.coop, person, now).await?;
    }
    Ok(())
}

/// The database lets no co-op go without an admin.
fn last_admin(error: DbErr) -> IdentityError {
    match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => IdentityError::LastAdmin,
        _ => IdentityError::Db(error),
    }
}
