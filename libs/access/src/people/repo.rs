//! What is read and written of people. Global rows: every statement names one person or one address.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::Email;

/// What the door knows of a person.
#[derive(Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Known {
    person_id: Uuid,
    pub(crate) name: String,
    pub(crate) email: String,
    /// `None` for somebody who never set a password.
    pub(crate) hash: Option<String>,
    pub(crate) has_totp: bool,
    pub(crate) has_passkey: bool,
}

impl Known {
    pub(crate) const fn id(&self) -> PersonId {
        PersonId(self.person_id)
    }

    /// Whether a password alone does not let them in.
    pub(crate) const fn has_factor(&self) -> bool {
        self.has_totp || self.has_passkey
    }
}

macro_rules! known {
    ($which:literal) => {
        concat!(
            "select person.person_id, person.name, person.email, password.hash,
            exists (select from totp where totp.person_id = person.person_id and confirmed_at is not null) as has_totp,
            exists (select from passkey where passkey.person_id = person.person_id) as has_passkey
            from person left join password on password.person_id = person.person_id where ",
            $which
        )
    };
}

/// The person of an address, however it is written.
pub(crate) async fn by_email(db: &impl ConnectionTrait, email: &Email) -> Result<Option<Known>, DbErr> {
    const SELECT: &str = known!("lower(person.email) = lower($1)");
    Known::find_by_statement(statement(SELECT, [email.as_str().into()])).one(db).await
}

pub(crate) async fn by_id(db: &impl ConnectionTrait, person: PersonId) -> Result<Option<Known>, DbErr> {
    const SELECT: &str = known!("person.person_id = $1");
    Known::find_by_statement(statement(SELECT, [person.0.into()])).one(db).await
}

/// Makes a person; `false` when the address belongs to somebody.
pub(crate) async fn insert(
    tx: &db::Tx,
    (person, name, email): (PersonId, &str, &str),
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    const INSERT: &str = "
        insert into person (person_id, name, email, created_at) values ($1, $2, $3, $4) on conflict (lower(email)) do nothing";
    let values = [person.0.into(), name.into(), email.into(), now.into()];
    if tx.execute_raw(statement(INSERT, values)).await?.rows_affected() == 0 {
        return Ok(false);
    }
    set_password(tx, person, hash, now).await?;
    Ok(true)
}

/// Gives a person a password, the first or another. What was begun with the one before is given up: challenges that wait for
/// a second factor, and links that would move the account to another address.
pub(crate) async fn set_password(db: &impl ConnectionTrait, person: PersonId, hash: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    const UPSERT: &str = "
        with challenged as (
            delete from sign_in_challenge where person_id = $1
        ), moving as (
            delete from mail_token where person_id = $1 and used_at is null
        )
        insert into password (person_id, hash, changed_at) values ($1, $2, $3)
        on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at";
    db.execute_raw(statement(UPSERT, [person.0.into(), hash.into(), now.into()])).await?;
    Ok(())
}

/// Stores the same password at its present cost, unless it was changed meanwhile.
pub(crate) async fn rehash(db: &impl ConnectionTrait, person: PersonId, old: &str, new: &str) -> Result<(), DbErr> {
    const UPDATE: &str = "update password set hash = $3 where person_id = $1 and hash = $2";
    db.execute_raw(statement(UPDATE, [person.0.into(), old.into(), new.into()])).await?;
    Ok(())
}

/// Moves a person to another address; a unique violation says that it belongs to somebody.
pub(crate) async fn set_email(tx: &db::Tx, person: PersonId, email: &str) -> Result<(), DbErr> {
    const UPDATE: &str = "update person set email = $2 where person_id = $1";
    tx.execute_raw(statement(UPDATE, [person.0.into(), email.into()])).await?;
    Ok(())
}
