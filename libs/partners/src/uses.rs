//! When keys were last used: in memory at once, in the database at most once a minute for each.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{ApiKeyId, CoopId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use uuid::Uuid;

/// What is written is this far apart for each secret, over all processes.
const WRITE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A secret of a key of a co-op.
pub(crate) type SecretAt = (CoopId, ApiKeyId, i16);

/// The uses that are not written yet, and when the others were.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<SecretAt, Use>>);

#[derive(Clone, Copy, Debug)]
struct Use {
    at: DateTime<Utc>,
    from: Option<IpAddr>,
    written: Option<DateTime<Utc>>,
}

impl Use {
    fn is_due(&self) -> bool {
        self.written.is_none_or(|written| self.at >= written + WRITE_EVERY)
    }
}

// Rows are looked up one by one, in the order of their keys: two processes lock them in the same one
const WRITE: &str = "
update api_key_secret as secret set last_used_at = used.at, last_used_from = nullif(used.address, '')::inet
from unnest($1::int4[], $2::uuid[], $3::int2[], $4::timestamptz[], $5::text[]) as used (coop_id, key_id, number, at, address)
where secret.coop_id = used.coop_id and secret.key_id = used.key_id and secret.number = used.number
  and (secret.last_used_at is null or secret.last_used_at <= used.at - interval '1 minute')";

impl Uses {
    pub(crate) fn note(&self, secret: SecretAt, at: DateTime<Utc>, from: Option<IpAddr>) {
        self.lock().entry(secret).and_modify(|noted| *noted = Use { at, from, ..*noted }).or_insert(Use { at, from, written: None });
    }

    /// What cannot be written is kept for the next time.
    pub(crate) async fn write(&self, db: &DatabaseConnection) -> Result<u64, DbErr> {
        let mut due: Vec<(SecretAt, Use)> =
            self.lock().iter().filter(|(_, noted)| noted.is_due()).map(|(secret, noted)| (*secret, *noted)).collect();
        if due.is_empty() {
            return Ok(0);
        }
        due.sort_unstable_by_key(|(secret, _)| *secret);
        let mut coops: Vec<CoopId> = due.iter().map(|((coop, ..), _)| *coop).collect();
        coops.dedup();
        let values = [
            due.iter().map(|((coop, ..), _)| coop.0).collect::<Vec<i32>>().into(),
            due.iter().map(|((_, key, _), _)| key.0).collect::<Vec<Uuid>>().into(),
            due.iter().map(|((.., number), _)| *number).collect::<Vec<i16>>().into(),
            due.iter().map(|(_, noted)| noted.at).collect::<Vec<DateTime<Utc>>>().into(),
            due.iter()
                .map(|(_, noted)| noted.from.map(|from| from.to_canonical().to_string()).unwrap_or_default())
                .collect::<Vec<_>>()
                .into(),
        ];
        let tx = db::begin_many(db, &coops).await?;
        let written = tx.execute_raw(statement(WRITE, values)).await?.rows_affected();
        tx.commit().await?;
        self.written(&due);
        Ok(written)
    }

    /// What nobody used for an interval needs no place any more: its next use is due anyway.
    fn written(&self, done: &[(SecretAt, Use)]) {
        let mut noted = self.lock();
        for (secret, used) in done {
            if let Some(entry) = noted.get_mut(secret) {
                entry.written = Some(used.at);
            }
        }
        if let Some(latest) = noted.values().map(|used| used.at).max() {
            noted.retain(|_, used| used.written.is_none_or(|written| latest < written + WRITE_EVERY));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SecretAt, Use>> {
        self.0.lock().expect("no holder of the map panics")
    }
}
