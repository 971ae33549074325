//! Every statement about roles.

use db::{Sqlstate, sqlstate, statement};
use kernel::{CoopId, Permission, Permissions};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, ExprTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::{BuiltIn, NewRole, Role, RoleId, built_in::EVERYTHING};
use crate::{IdentityError, entity::role};

/// How a set is stored: by name, in the order in which they are shown.
fn names(permissions: Permissions) -> Vec<String> {
    permissions.iter().map(|permission: Permission| permission.name().to_owned()).collect()
}

/// Gives a co-op its first roles, in one statement.
pub(crate) async fn insert_built_in(tx: &db::Tx, coop: CoopId) -> Result<(), DbErr> {
    const INSERT: &str = "
        insert into role (coop_id, name, permissions, built_in)
        select $1, new.name, string_to_array(new.permissions, ','), new.name from unnest($2::text[], $3::text[]) as new (name, permissions)
        on conflict (coop_id, built_in) where built_in is not null do nothing";
    let stored = |role: BuiltIn| match role {
        BuiltIn::Admin => EVERYTHING.to_owned(),
        BuiltIn::Treasurer | BuiltIn::Organiser | BuiltIn::Member => names(role.permissions()).join(","),
    };
    let (titles, lists): (Vec<String>, Vec<String>) = BuiltIn::ALL.into_iter().map(|role| (role.name().to_owned(), stored(role))).unzip();
    tx.execute_raw(statement(INSERT, [coop.0.into(), titles.into(), lists.into()])).await?;
    Ok(())
}

/// The role of that number.
pub(crate) async fn get(db: &impl ConnectionTrait, coop: CoopId, id: RoleId) -> Result<Role, IdentityError> {
    let row = role::Entity::in_coop(coop).filter(role::Column::RoleId.eq(id.0)).one(db).await?;
    row.map(Role::from).ok_or(IdentityError::NoRole(id))
}

/// The role of that number, locked: nobody changes what it allows before this transaction ends.
pub(crate) async fn lock(tx: &db::Tx, coop: CoopId, id: RoleId) -> Result<Role, IdentityError> {
    let row = role::Entity::in_coop(coop).filter(role::Column::RoleId.eq(id.0)).lock_exclusive().one(tx).await?;
    row.map(Role::from).ok_or(IdentityError::NoRole(id))
}

/// The role of that name; a first role is found by its first name as well.
pub(crate) async fn find(db: &impl ConnectionTrait, coop: CoopId, name: &str) -> Result<Option<Role>, DbErr> {
    let named = role::Column::BuiltIn.eq(name).or(sea_orm::sea_query::Expr::cust_with_values("lower(name) = lower($1)", [name]));
    let row = role::Entity::in_coop(coop).filter(named).order_by_asc(role::Column::BuiltIn).one(db).await?;
    Ok(row.map(Role::from))
}

/// Every role of a co-op, by number.
pub(crate) async fn list(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<Role>, DbErr> {
    let rows = role::Entity::in_coop(coop).order_by_asc(role::Column::RoleId).all(db).await?;
    Ok(rows.into_iter().map(Role::from).collect())
}

fn taken(error: DbErr, name: &str) -> IdentityError {
    match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => IdentityError::Taken { what: "role", name: name.to_owned() },
        _ => IdentityError::Db(error),
    }
}

/// Adds a role, unless the co-op has as many as it may.
pub(crate) async fn insert(tx: &db::Tx, coop: CoopId, new: &NewRole, most: i64) -> Result<Option<RoleId>, IdentityError> {
    const INSERT: &str = "
        insert into role (coop_id, name, permissions)
        select $1, $2, $3::text[] where (select count(*) from role where coop_id = $1) < $4
        returning role_id";
    let values = [coop.0.into(), new.name.as_str().into(), names(new.permissions).into(), most.into()];
    let row = tx.query_one_raw(statement(INSERT, values)).await.map_err(|error| taken(error, &new.name))?;
    Ok(row.map(|row| row.try_get("", "role_id").map(RoleId)).transpose()?)
}

/// Writes what a role has become.
pub(crate) async fn update(tx: &db::Tx, coop: CoopId, id: RoleId, new: &NewRole) -> Result<(), IdentityError> {
    const UPDATE: &str = "update role set name = $3, permissions = $4::text[] where coop_id = $1 and role_id = $2";
    let values = [coop.0.into(), id.0.into(), new.name.as_str().into(), names(new.permissions).into()];
    tx.execute_raw(statement(UPDATE, values)).await.map_err(|error| taken(error, &new.name))?;
    Ok(())
}

/// Deletes a role that nobody has or was ever given.
pub(crate) async fn delete(tx: &db::Tx, coop: CoopId, role: &Role) -> Result<(), IdentityError> {
    const DELETE: &str = "delete from role where coop_id = $1 and role_id = $2 and built_in is null";
    tx.execute_raw(statement(DELETE, [coop.0.into(), role.id.0.into()])).await.map_err(|error| match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => IdentityError::RoleInUse(role.name.clone()),
        _ => IdentityError::Db(error),
    })?;
    Ok(())
}
