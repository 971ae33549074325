//! Who shows a key: looked up once in a while, compared in memory every time.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{Actor, ApiKeyId, Clock, CoopId, Permissions, Who};
use sea_orm::{DatabaseConnection, DbErr, FromQueryResult};
use subtle::{Choice, ConstantTimeEq as _};
use uuid::Uuid;

use crate::{
    PartnersError, repo,
    token::{self, Shown},
    uses::Uses,
};

/// How long what is known of a prefix is believed, also that there is no such key: a key that is revoked in another process
/// works so much longer.
pub const KNOWN_FOR_SECS: i64 = 5;
/// How many prefixes are remembered. Whoever makes tokens up costs others their place, which costs a look-up.
const MAX_KNOWN: usize = 10_000;

/// The use cases of keys. Clones share what they remember.
#[derive(Clone, Debug)]
pub struct Keys {
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
    pub(crate) uses: Arc<Uses>,
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Clone, Debug)]
struct Known {
    since: DateTime<Utc>,
    key: Option<Arc<KnownKey>>,
}

#[derive(Debug)]
struct KnownKey {
    coop: CoopId,
    id: ApiKeyId,
    permissions: Permissions,
    expires_at: DateTime<Utc>,
    secrets: Vec<KnownSecret>,
}

#[derive(Debug)]
struct KnownSecret {
    number: i16,
    hash: Vec<u8>,
    works_until: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Row {
    coop_id: i32,
    key_id: Uuid,
    permissions: Vec<String>,
    expires_at: DateTime<Utc>,
    number: i16,
    hash: Vec<u8>,
    works_until: Option<DateTime<Utc>>,
}

const KEY_OF: &str = "select coop_id, key_id, permissions, expires_at, number, hash, works_until from api_key_of($1)";

impl Keys {
    /// Over a pool of the application's role.
    pub fn new(db: DatabaseConnection, clock: Clock) -> Self {
        Self { db, clock, uses: Arc::default(), known: Arc::default() }
    }

    /// Who acts by that token. `None` for every token that does not work, whatever the reason.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Actor>, PartnersError> {
        self.authenticate_from(token, None).await
    }

    /// The same, and remembers where the key was used from.
    pub async fn authenticate_from(&self, token: &str, from: Option<IpAddr>) -> Result<Option<Actor>, PartnersError> {
        let Some(shown) = token::parse(token) else { return Ok(None) };
        let now = self.clock.now();
        let key = match self.remembered(&shown.prefix, now) {
            Some(known) => known.key,
            None => self.look_up(&shown.prefix, now).await?,
        };
        let Some(key) = key else { return Ok(None) };
        let Some(number) = key.proved_by(&shown, now) else { return Ok(None) };
        self.uses.note((key.coop, key.id, number), now, from);
        Ok(Some(Actor { coop: key.coop, who: Who::Key(key.id), party: None, permissions: key.permissions }))
    }

    /// Writes down which keys were used since the last time, in one statement: of each at most once a minute. Called beside
    /// the requests, every few seconds, and before the process ends; `db` may be a connection kept for that.
    pub async fn write_uses(&self, db: &DatabaseConnection) -> Result<u64, PartnersError> {
        Ok(self.uses.write(db).await?)
    }

    fn remembered(&self, prefix: &str, now: DateTime<Utc>) -> Option<Known> {
        self.known().get(prefix).filter(|known| known.is_fresh(now)).cloned()
    }

    async fn look_up(&self, prefix: &str, now: DateTime<Utc>) -> Result<Option<Arc<KnownKey>>, DbErr> {
        let rows = Row::find_by_statement(statement(KEY_OF, [prefix.into()])).all(&self.db).await?;
        let key = KnownKey::of(rows).map(Arc::new);
        let mut known = self.known();
        if known.len() >= MAX_KNOWN {
            known.retain(|_, known| known.is_fresh(now));
        }
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        // As of before the look-up: what changed during it is noticed in time
        known.insert(prefix.to_owned(), Known { since: now, key: key.clone() });
        Ok(key)
    }

    /// What this process changed itself, it notices at once.
    pub(crate) fn forget(&self, prefix: &str) {
        self.known().remove(prefix);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().expect("no holder of the map panics")
    }
}

impl Known {
    /// A clock that was set back makes everything stale.
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        (TimeDelta::zero()..TimeDelta::seconds(KNOWN_FOR_SECS)).contains(&(now - self.since))
    }
}

impl KnownKey {
    fn of(rows: Vec<Row>) -> Option<Self> {
        let first = rows.first()?;
        Some(Self {
            coop: CoopId(first.coop_id),
            id: ApiKeyId(first.key_id),
            permissions: repo::permissions(&first.permissions),
            expires_at: first.expires_at,
            secrets: rows.into_iter().map(|row| KnownSecret { number: row.number, hash: row.hash, works_until: row.works_until }).collect(),
        })
    }

    /// The number of the secret that was shown, if it works. Takes as long whichever it is, and however much of it is right.
    fn proved_by(&self, shown: &Shown, now: DateTime<Utc>) -> Option<i16> {
        let mut proved = None;
        for secret in &self.secrets {
            let is_it = secret.hash.ct_eq(&shown.hash);
            let works = Choice::from(u8::from(secret.works_until.is_none_or(|until| now < until) && now < self.expires_at));
            if bool::from(is_it & works) {
                proved = Some(secret.number);
            }
        }
        proved
    }
}
