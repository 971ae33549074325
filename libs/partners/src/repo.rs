//! Every statement about keys.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{ApiKeyId, CoopId, Permission, Permissions, PersonId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{Key, KeySecret, NewKey, PartnersError};

/// Names that this version does not know grant nothing.
pub(crate) fn permissions(names: &[String]) -> Permissions {
    names.iter().filter_map(|name| name.parse::<Permission>().ok()).collect()
}

const LOCK_COOP: &str = "select coop_id from coop where coop_id = $1 for no key update";
const WORKING: &str = "select count(*) as working from api_key where coop_id = $1 and revoked_at is null and expires_at > $2";

/// How many keys of the co-op work. Until the transaction ends, nobody else counts.
pub(crate) async fn count_working(tx: &db::Tx, coop: CoopId, now: DateTime<Utc>) -> Result<i64, DbErr> {
    tx.query_one_raw(statement(LOCK_COOP, [coop.0.into()])).await?;
    let row = tx.query_one_raw(statement(WORKING, [coop.0.into(), now.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get("", "working"))
}

const INSERT: &str = "
insert into api_key (coop_id, key_id, prefix, name, permissions, made_by, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Writes a new key, still without a secret.
pub(crate) async fn insert(
    tx: &db::Tx,
    (coop, id): (CoopId, ApiKeyId),
    prefix: &str,
    new: &NewKey,
    (by, now): (PersonId, DateTime<Utc>),
) -> Result<(), DbErr> {
    let names: Vec<String> = new.permissions.iter().map(|permission| permission.name().to_owned()).collect();
    let values =
        [coop.0.into(), id.0.into(), prefix.into(), new.name.as_str().into(), names.into(), by.0.into(), now.into(), new.expires_at.into()];
    tx.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}

const INSERT_SECRET: &str = "
insert into api_key_secret (coop_id, key_id, number, hash, made_by, made_at)
select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5 from api_key_secret where coop_id = $1 and key_id = $2";

/// Writes the next secret of a key.
pub(crate) async fn insert_secret(
    tx: &db::Tx,
    (coop, id): (CoopId, ApiKeyId),
    hash: [u8; 32],
    (by, now): (PersonId, DateTime<Utc>),
) -> Result<(), DbErr> {
    let values = [coop.0.into(), id.0.into(), hash.to_vec().into(), by.0.into(), now.into()];
    tx.execute_raw(statement(INSERT_SECRET, values)).await?;
    Ok(())
}

const END_SECRETS: &str = "
update api_key_secret set works_until = $3 where coop_id = $1 and key_id = $2 and (works_until is null or works_until > $3)";

/// Gives the secrets that there are an end, which is never later than one that they have.
pub(crate) async fn end_secrets(tx: &db::Tx, (coop, id): (CoopId, ApiKeyId), works_until: DateTime<Utc>) -> Result<(), DbErr> {
    tx.execute_raw(statement(END_SECRETS, [coop.0.into(), id.0.into(), works_until.into()])).await?;
    Ok(())
}

const EXTEND: &str = "update api_key set expires_at = $3 where coop_id = $1 and key_id = $2";

/// Lets a key end at another time.
pub(crate) async fn set_expiry(tx: &db::Tx, (coop, id): (CoopId, ApiKeyId), expires_at: DateTime<Utc>) -> Result<(), DbErr> {
    tx.execute_raw(statement(EXTEND, [coop.0.into(), id.0.into(), expires_at.into()])).await?;
    Ok(())
}

const REVOKE: &str = "
update api_key set revoked_by = $3, revoked_at = $4 where coop_id = $1 and key_id = $2 and revoked_at is null";

/// Ends a key. One that is revoked stays as it is.
pub(crate) async fn revoke(tx: &db::Tx, (coop, id): (CoopId, ApiKeyId), (by, now): (PersonId, DateTime<Utc>)) -> Result<(), DbErr> {
    tx.execute_raw(statement(REVOKE, [coop.0.into(), id.0.into(), by.0.into(), now.into()])).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct KeyRow {
    key_id: Uuid,
    prefix: String,
    name: String,
    permissions: Vec<String>,
    made_by: Uuid,
    made_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    revoked_by: Option<Uuid>,
    revoked_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct SecretRow {
    key_id: Uuid,
    number: i16,
    made_by: Uuid,
    made_at: DateTime<Utc>,
    works_until: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    last_used_from: Option<String>,
}

impl From<SecretRow> for KeySecret {
    fn from(row: SecretRow) -> Self {
        Self {
            number: row.number,
            made_by: PersonId(row.made_by),
            made_at: row.made_at,
            works_until: row.works_until,
            last_used_at: row.last_used_at,
            last_used_from: row.last_used_from.and_then(|from| from.parse().ok()),
        }
    }
}

const KEYS: &str = "
select key_id, prefix, name, permissions, made_by, made_at, expires_at, revoked_by, revoked_at
from api_key where coop_id = $1 and key_id < $2 order by key_id desc limit $3";
const GET: &str = "
select key_id, prefix, name, permissions, made_by, made_at, expires_at, revoked_by, revoked_at
from api_key where coop_id = $1 and key_id = $2";
const LOCK: &str = "
select key_id, prefix, name, permissions, made_by, made_at, expires_at, revoked_by, revoked_at
from api_key where coop_id = $1 and key_id = $2 for no key update";
const SECRETS: &str = "
select key_id, number, made_by, made_at, works_until, last_used_at, host(last_used_from) as last_used_from
from api_key_secret where coop_id = $1 and key_id = any ($2::uuid[]) order by key_id, number desc";

/// The keys made before that one, the latest first.
pub(crate) async fn list(db: &impl ConnectionTrait, coop: CoopId, before: ApiKeyId, limit: u64) -> Result<Vec<Key>, DbErr> {
    let values = [coop.0.into(), before.0.into(), limit.into()];
    with_secrets(db, coop, KeyRow::find_by_statement(statement(KEYS, values)).all(db).await?).await
}

/// The key.
pub(crate) async fn get(db: &impl ConnectionTrait, (coop, id): (CoopId, ApiKeyId)) -> Result<Key, PartnersError> {
    let rows = KeyRow::find_by_statement(statement(GET, [coop.0.into(), id.0.into()])).all(db).await?;
    with_secrets(db, coop, rows).await?.pop().ok_or(PartnersError::NoKey(id))
}

/// The key, locked: whoever rotates or revokes it waits.
pub(crate) async fn lock(tx: &db::Tx, (coop, id): (CoopId, ApiKeyId)) -> Result<Key, PartnersError> {
    let rows = KeyRow::find_by_statement(statement(LOCK, [coop.0.into(), id.0.into()])).all(tx).await?;
    with_secrets(tx, coop, rows).await?.pop().ok_or(PartnersError::NoKey(id))
}

async fn with_secrets(db: &impl ConnectionTrait, coop: CoopId, rows: Vec<KeyRow>) -> Result<Vec<Key>, DbErr> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.key_id).collect();
    let mut secrets: HashMap<Uuid, Vec<KeySecret>> = HashMap::with_capacity(ids.len());
    for row in SecretRow::find_by_statement(statement(SECRETS, [coop.0.into(), ids.into()])).all(db).await? {
        secrets.entry(row.key_id).or_default().push(row.into());
    }
    Ok(rows.into_iter().map(|row| key(row, &mut secrets)).collect())
}

fn key(row: KeyRow, secrets: &mut HashMap<Uuid, Vec<KeySecret>>) -> Key {
    Key {
        id: ApiKeyId(row.key_id),
        permissions: permissions(&row.permissions),
        made_by: PersonId(row.made_by),
        made_at: row.made_at,
        expires_at: row.expires_at,
        revoked: row.revoked_by.map(PersonId).zip(row.revoked_at),
        secrets: secrets.remove(&row.key_id).unwrap_or_default(),
        prefix: row.prefix,
        name: row.name,
    }
}
