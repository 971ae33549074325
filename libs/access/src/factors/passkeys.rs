//! Passkeys as they are kept: by their person, and found again by what an authenticator calls them.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude as webauthn;

use crate::{AccessError, access::Inner};

/// The number of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PasskeyId(pub Uuid);

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Passkey {
    id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub made_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// Its number.
    pub const fn id(&self) -> PasskeyId {
        PasskeyId(self.id)
    }
}

/// A person's passkeys, oldest first.
pub(crate) async fn passkeys(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Passkey>, DbErr> {
    const SELECT: &str =
        "select passkey_id as id, name, made_at, last_used_at from passkey where person_id = $1 order by made_at, passkey_id";
    Passkey::find_by_statement(statement(SELECT, [person.0.into()])).all(db).await
}

/// What was kept of a person's authenticators.
pub(super) async fn credentials(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<webauthn::Passkey>, AccessError> {
    const SELECT: &str = "select credential from passkey where person_id = $1 order by made_at, passkey_id";
    let rows = db.query_all_raw(statement(SELECT, [person.0.into()])).await?;
    rows.iter().map(|row| Ok(serde_json::from_value(row.try_get::<Value>("", "credential")?)?)).collect()
}

/// One of a person's authenticators, held until the transaction ends.
pub(super) async fn lock(tx: &db::Tx, person: PersonId, credential: &[u8]) -> Result<Option<webauthn::Passkey>, AccessError> {
    const SELECT: &str = "select credential from passkey where person_id = $1 and credential_id = $2 for update";
    let row = tx.query_one_raw(statement(SELECT, [person.0.into(), credential.to_vec().into()])).await?;
    row.map(|row| Ok(serde_json::from_value(row.try_get::<Value>("", "credential")?)?)).transpose()
}

/// Keeps a new passkey; `false` when its credential is known already.
pub(super) async fn insert(
    tx: &db::Tx,
    person: PersonId,
    (name, passkey): (&str, &webauthn::Passkey),
    now: DateTime<Utc>,
) -> Result<bool, AccessError> {
    const INSERT: &str = "
        insert into passkey (person_id, passkey_id, credential_id, name, credential, made_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (credential_id) do nothing";
    let values = [
        person.0.into(),
        Uuid::now_v7().into(),
        passkey.cred_id().clone().into(),
        name.into(),
        serde_json::to_value(passkey)?.into(),
        now.into(),
    ];
    Ok(tx.execute_raw(statement(INSERT, values)).await?.rows_affected() > 0)
}

/// Notes that a passkey was used, with the counter that it told.
pub(super) async fn used(
    tx: &db::Tx,
    person: PersonId,
    (mut passkey, result): (webauthn::Passkey, &webauthn::AuthenticationResult),
    now: DateTime<Utc>,
) -> Result<(), AccessError> {
    const UPDATE: &str = "update passkey set credential = $3, last_used_at = $4 where person_id = $1 and credential_id = $2";
    passkey.update_credential(result);
    let values = [person.0.into(), passkey.cred_id().clone().into(), serde_json::to_value(&passkey)?.into(), now.into()];
    tx.execute_raw(statement(UPDATE, values)).await?;
    Ok(())
}

/// Removes a passkey; `false` when the person has none of that number.
pub(super) async fn remove(tx: &db::Tx, person: PersonId, passkey: PasskeyId) -> Result<bool, DbErr> {
    const DELETE: &str = "delete from passkey where person_id = $1 and passkey_id = $2";
    Ok(tx.execute_raw(statement(DELETE, [person.0.into(), passkey.0.into()])).await?.rows_affected() > 0)
}

/// What a person's passkeys are asked to sign: the options for the browser, and the state that the answer is checked by.
pub(super) async fn ask(inner: &Inner, person: PersonId) -> Result<(Value, Value), AccessError> {
    let known = credentials(&inner.db, person).await?;
    let (options, state) = inner.webauthn.start_passkey_authentication(&known).map_err(|error| {
        tracing::error!(%error, "passkeys of person {person} cannot be asked");
        AccessError::Config("passkeys do not work".to_owned())
    })?;
    Ok((serde_json::to_value(options)?, serde_json::to_value(state)?))
}

/// Takes what a passkey signed, as the answer to that question.
pub(super) async fn take(
    inner: &Inner,
    tx: &db::Tx,
    person: PersonId,
    (signed, state): (&Value, Option<Value>),
) -> Result<(), AccessError> {
    let state: webauthn::PasskeyAuthentication = serde_json::from_value(state.ok_or(AccessError::WrongFactor)?)?;
    let signed: webauthn::PublicKeyCredential = serde_json::from_value(signed.clone()).map_err(|_| AccessError::WrongFactor)?;
    // It may have been removed since it was asked
    let known = lock(tx, person, signed.get_credential_id()).await?.ok_or(AccessError::WrongFactor)?;
    let result = inner.webauthn.finish_passkey_authentication(&signed, &state).map_err(|error| wrong(&error))?;
    used(tx, person, (known, &result), inner.clock.now()).await
}

/// An answer that does not fit its question. Why is for the log alone.
pub(super) fn wrong(error: &webauthn::WebauthnError) -> AccessError {
    tracing::info!(%error, "what a passkey signed is not right");
    AccessError::WrongFactor
}
