//! When keys were last used: in memory at once, in the database at most once a minute for each.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{ApiKeyId, CoopId};
use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};
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
  and (secret.last_used_at is null or secret.last_used_at <= used.at - interval '1 minute')
returning secret.coop_id, secret.key_id, secret.number";

#[derive(FromQueryResult)]
struct Written {
    coop_id: i32,
    key_id: Uuid,
    number: i16,
}

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
        let rows = Written::find_by_statement(statement(WRITE, values)).all(&tx).await?;
        tx.commit().await?;
        let written: HashSet<SecretAt> = rows.into_iter().map(|row| (CoopId(row.coop_id), ApiKeyId(row.key_id), row.number)).collect();
        self.settle(&due, &written);
        Ok(written.len() as u64)
    }

    /// What another process wrote within the interval is forgotten here, and so is what was not used since it was written.
    fn settle(&self, due: &[(SecretAt, Use)], written: &HashSet<SecretAt>) {
        let mut noted = self.lock();
        for (secret, used) in due {
            match noted.get_mut(secret) {
                Some(entry) if written.contains(secret) => entry.written = Some(used.at),
                Some(_) => drop(noted.remove(secret)),
                None => {}
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
