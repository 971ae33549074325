//! Defining roles.

use kernel::{Actor, Permission};
use sea_orm::ConnectionTrait;

use super::{BuiltIn, NewRole, Role, RoleId, repo};
use crate::{Identity, IdentityError};

/// Roles that a co-op may have: a list to choose from, not a list of people.
pub const MAX_ROLES: i64 = 50;
/// Characters of a role's name; the database allows no more either.
const LONGEST_NAME: usize = 60;

impl Identity {
    /// Every role of the co-op, by number.
    pub async fn roles(&self, actor: &Actor) -> Result<Vec<Role>, IdentityError> {
        actor.require(Permission::MembersRead)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let roles = repo::list(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(roles)
    }

    /// Defines a role. The actor can put into it what they hold themselves.
    #[tracing::instrument(name = "identity.create_role", skip_all, fields(coop.id = %actor.coop))]
    pub async fn create_role(&self, actor: &Actor, new: NewRole) -> Result<Role, IdentityError> {
        actor.require(Permission::RolesManage)?;
        let new = checked(new)?;
        may_give(actor, &new)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let made = repo::insert(&tx, actor.coop, &new, MAX_ROLES).await?.ok_or(IdentityError::TooManyRoles(MAX_ROLES))?;
        tx.commit().await?;
        Ok(Role { id: made, name: new.name, permissions: new.permissions, built_in: None })
    }

    /// Gives a role another name or other permissions; its members have them within seconds. The actor holds whatever is
    /// in it before and after: nobody takes away what they could not give.
    #[tracing::instrument(name = "identity.update_role", skip_all, fields(coop.id = %actor.coop, role.id = %id))]
    pub async fn update_role(&self, actor: &Actor, id: RoleId, new: NewRole) -> Result<Role, IdentityError> {
        actor.require(Permission::RolesManage)?;
        let new = checked(new)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let role = repo::lock(&tx, actor.coop, id).await?;
        if role.built_in == Some(BuiltIn::Admin) {
            return Err(IdentityError::AdminRole);
        }
        may_give(actor, &NewRole { name: role.name.clone(), permissions: role.permissions })?;
        may_give(actor, &new)?;
        repo::update(&tx, actor.coop, id, &new).await?;
        tx.commit().await?;
        Ok(Role { name: new.name, permissions: new.permissions, ..role })
    }

    /// Deletes a role that nobody has.
    #[tracing::instrument(name = "identity.delete_role", skip_all, fields(coop.id = %actor.coop, role.id = %id))]
    pub async fn delete_role(&self, actor: &Actor, id: RoleId) -> Result<(), IdentityError> {
        actor.require(Permission::RolesManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let role = repo::lock(&tx, actor.coop, id).await?;
        match role.built_in {
            Some(BuiltIn::Admin) => return Err(IdentityError::AdminRole),
            Some(BuiltIn::Treasurer | BuiltIn::Organiser | BuiltIn::Member) => return Err(IdentityError::FirstRole(role.name)),
            None => {}
        }
        may_give(actor, &NewRole { name: role.name.clone(), permissions: role.permissions })?;
        repo::delete(&tx, actor.coop, &role).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The role that an actor wants to give to somebody.
pub(crate) async fn to_give(db: &impl ConnectionTrait, actor: &Actor, id: RoleId) -> Result<Role, IdentityError> {
    let role = repo::get(db, actor.coop, id).await?;
    may_give(actor, &NewRole { name: role.name.clone(), permissions: role.permissions })?;
    Ok(role)
}

fn may_give(actor: &Actor, role: &NewRole) -> Result<(), IdentityError> {
    if role.permissions.is_within(actor.permissions) {
        return Ok(());
    }
    let lacking = role.permissions.iter().filter(|permission| !actor.permissions.contains(*permission)).map(Permission::name);
    Err(IdentityError::NotYoursToGive { role: role.name.clone(), lacking: lacking.collect::<Vec<_>>().join(", ") })
}

fn checked(new: NewRole) -> Result<NewRole, IdentityError> {
    let NewRole { name, permissions } = new;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(IdentityError::RoleName(LONGEST_NAME));
    }
    Ok(NewRole { name: name.to_owned(), permissions })
}
