//! What was mailed to prove an address: kept by its hash, used once.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::Email;
use crate::random::token_hash;

/// What a token was mailed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    SignUp,
    Reset,
    ChangeEmail,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Reset => "reset",
            Self::ChangeEmail => "change_email",
        }
    }
}

/// Who signed up, or whose address is to be changed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Whose<'a> {
    pub(super) person: Option<PersonId>,
    pub(super) name: Option<&'a str>,
    pub(super) hash: Option<&'a str>,
}

/// Keeps a token for an address until then.
pub(super) async fn keep(
    db: &impl ConnectionTrait,
    (purpose, token, email): (Purpose, &str, &Email),
    whose: Whose<'_>,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), DbErr> {
    const INSERT: &str = "
        insert into mail_token (token_hash, purpose, email, person_id, name, password_hash, made_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        token_hash(token).into(),
        purpose.name().into(),
        email.as_str().into(),
        whose.person.map(|person| person.0).into(),
        whose.name.into(),
        whose.hash.into(),
        now.into(),
        until.into(),
    ];
    db.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}

/// A token as it was used up.
#[derive(FromQueryResult)]
pub(super) struct Used {
    purpose: String,
    pub(super) email: String,
    person_id: Option<Uuid>,
    pub(super) name: Option<String>,
    pub(super) password_hash: Option<String>,
}

impl Used {
    /// Whose address is to be changed; `None` for somebody who signed up.
    pub(super) fn person(&self) -> Option<PersonId> {
        self.person_id.map(PersonId)
    }

    pub(super) fn is_for(&self, purpose: Purpose) -> bool {
        self.purpose == purpose.name()
    }
}

/// Uses a token up, if it is good for one of these.
pub(super) async fn use_up(tx: &db::Tx, token: &str, purposes: &[Purpose], now: DateTime<Utc>) -> Result<Option<Used>, DbErr> {
    const UPDATE: &str = "
        update mail_token set used_at = $3
        where token_hash = $1 and purpose = any ($2::text[]) and used_at is null and expires_at > $3
        returning purpose, email, person_id, name, password_hash";
    let purposes: Vec<String> = purposes.iter().map(|purpose| purpose.name().to_owned()).collect();
    Used::find_by_statement(statement(UPDATE, [token_hash(token).into(), purposes.into(), now.into()])).one(tx).await
}

/// The token would be good, without using it: nothing is hashed for a link that is dead.
pub(super) async fn is_good(db: &impl ConnectionTrait, token: &str, purpose: Purpose, now: DateTime<Utc>) -> Result<Option<String>, DbErr> {
    const SELECT: &str = "
        select email from mail_token where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3";
    let row = db.query_one_raw(statement(SELECT, [token_hash(token).into(), purpose.name().into(), now.into()])).await?;
    row.map(|row| row.try_get("", "email")).transpose()
}

/// The other tokens of an address are worth nothing any more.
pub(super) async fn drop_others(tx: &db::Tx, email: &str, purposes: &[Purpose]) -> Result<(), DbErr> {
    const DELETE: &str = "delete from mail_token where lower(email) = lower($1) and purpose = any ($2::text[]) and used_at is null";
    let purposes: Vec<String> = purposes.iter().map(|purpose| purpose.name().to_owned()).collect();
    tx.execute_raw(statement(DELETE, [email.into(), purposes.into()])).await?;
    Ok(())
}
