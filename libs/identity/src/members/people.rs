//! Adding people and members, for whoever may do so without being asked: founding, imports, the demo.

use db::statement;
use kernel::{CoopId, PartyId, PersonId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _};

use crate::{IdentityError, entity::person, roles};

/// Adds a person; one who has that address already stays who they are.
pub async fn add_person(db: &impl ConnectionTrait, id: PersonId, name: &str, email: &str) -> Result<PersonId, IdentityError> {
    const ADD: &str = "
        insert into person (person_id, name, email) values ($1, $2, $3)
        on conflict (lower(email)) do update set name = person.name returning person_id";
    let row = db.query_one_raw(statement(ADD, [id.0.into(), name.into(), email.into()])).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotInserted)?;
    Ok(PersonId(row.try_get("", "person_id")?))
}

/// Somebody who can sign in.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// The person of that number.
pub(crate) async fn person(db: &impl ConnectionTrait, id: PersonId) -> Result<Person, IdentityError> {
    let row = person::Entity::directory().filter(person::Column::PersonId.eq(id.0)).one(db).await?;
    row.map(|row| Person { name: row.name, email: row.email }).ok_or(IdentityError::NoPerson)
}

/// Makes a person a member of a co-op, with the role of that name and perhaps the party that is paid. Once a member,
/// nothing changes.
pub async fn add_member(tx: &db::Tx, coop: CoopId, person: PersonId, role: &str, party: Option<PartyId>) -> Result<(), IdentityError> {
    const ADD: &str = "
        insert into membership (coop_id, person_id, party_id, role_id) values ($1, $2, $3, $4)
        on conflict (coop_id, person_id) do nothing";
    let role = roles::find(tx, coop, role).await?.ok_or_else(|| IdentityError::NoRoleNamed(role.to_owned()))?;
    let values = [coop.0.into(), person.0.into(), party.map(|party| party.0).into(), role.id.0.into()];
    tx.execute_raw(statement(ADD, values)).await?;
    Ok(())
}

/// The people of a co-op: number, name, role.
pub async fn persons(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<(PersonId, String, String)>, DbErr> {
    const PERSONS: &str = "
        select membership.person_id, person.name, role.name as role
        from membership
        join person on person.person_id = membership.person_id
        join role on role.coop_id = membership.coop_id and role.role_id = membership.role_id
        where membership.coop_id = $1 and membership.status <> 'left'
        order by membership.person_id";
    let rows = db.query_all_raw(statement(PERSONS, [coop.0.into()])).await?;
    rows.iter().map(|row| Ok((PersonId(row.try_get("", "person_id")?), row.try_get("", "name")?, row.try_get("", "role")?))).collect()
}
