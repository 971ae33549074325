//! The keys that sign access tokens: made when needed, replaced every month, verified until the last token they signed is gone.
//!
//! A new key is published for [`PUBLISHED_AHEAD`] before it signs. The private half is sealed in the database, so every
//! process signs with the same key and none has to be configured.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, RwLock},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, FromQueryResult};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::{ed25519, jwt};
use crate::{AccessConfig, AccessError, Signed, secret::Keyring, tokens::Claims};

/// How long a key signs before another takes over.
const SIGNS_FOR: TimeDelta = TimeDelta::days(30);
/// How long a new key is published before it signs: longer than anyone should keep a copy of the published keys.
const PUBLISHED_AHEAD: TimeDelta = TimeDelta::minutes(5);
/// How long a key verifies after another took over: the life of a token and a minute for clocks that differ.
const VERIFIES_AFTER: TimeDelta = TimeDelta::minutes(11);
/// How often the keys are read again, for those that other processes made.
const READ_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Tokens that name an unknown key make us read again, but not more often than this.
const READ_FOR_STRANGERS_EVERY: TimeDelta = TimeDelta::seconds(1);
/// Held while a key is made, so that processes that start together make one.
const LOCK: i64 = 7_310_008;

pub(crate) struct Keys {
    db: DatabaseConnection,
    ring: Arc<Keyring>,
    names: jwt::Names,
    known: RwLock<Arc<Known>>,
    reading: Mutex<()>,
}

#[derive(Default)]
struct Known {
    read_at: Option<DateTime<Utc>>,
    keys: Vec<Key>,
    verifying: HashMap<String, DecodingKey>,
}

/// One key, oldest first in every list.
struct Key {
    kid: String,
    public: Vec<u8>,
    private: EncodingKey,
    signs_from: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    kid: String,
    public_key: Vec<u8>,
    sealed_private_key: Vec<u8>,
    signs_from: DateTime<Utc>,
}

const SELECT: &str = "select kid, public_key, sealed_private_key, signs_from from signing_key order by signs_from, kid";
const INSERT: &str = "insert into signing_key (kid, public_key, sealed_private_key, made_at, signs_from) values ($1, $2, $3, $4, $5)";
/// Keys whose successor has signed for longer than their own last token lives.
const FORGET: &str = "
delete from signing_key old
where exists (select from signing_key next where next.signs_from > old.signs_from and next.signs_from <= $1)";

impl Keys {
    pub(crate) fn new(db: DatabaseConnection, ring: Arc<Keyring>, config: &AccessConfig) -> Self {
        ed25519::install();
        let names = jwt::Names { issuer: config.issuer.clone(), audience: config.audience.clone() };
        Self { db, ring, names, known: RwLock::default(), reading: Mutex::default() }
    }

    /// An access token and until when it is good; at most until `last`.
    pub(crate) async fn sign(
        &self,
        signed: Signed,
        now: DateTime<Utc>,
        last: DateTime<Utc>,
    ) -> Result<(String, DateTime<Utc>), AccessError> {
        let mut known = self.read(now, READ_EVERY).await?;
        if known.signing(now).is_none_or(|key| now - key.signs_from >= SIGNS_FOR) && known.is_last_signing(now) {
            known = self.make(now).await?;
        }
        let key = known.signing(now).ok_or_else(|| AccessError::Config("there is no key to sign tokens with".to_owned()))?;
        let claims = Claims::new(&self.names, signed, now, last);
        Ok((claims.sign(&key.kid, &key.private)?, claims.expires_at()))
    }

    /// Who a token is of. In the steady state nothing is asked of the database.
    pub(crate) async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Signed, AccessError> {
        let kid = jwt::kid(token)?;
        let mut known = self.read(now, READ_EVERY).await?;
        if !known.verifying.contains_key(&kid) {
            known = self.read(now, READ_FOR_STRANGERS_EVERY).await?;
        }
        let key = known.verifying.get(&kid).ok_or(AccessError::NotSignedIn("the access token is not one of ours"))?;
        Claims::verify(token, key, &self.names, now)
    }

    /// Makes the next key. It signs after [`PUBLISHED_AHEAD`]; the present one verifies until its last token is gone.
    pub(crate) async fn rotate(&self, now: DateTime<Utc>) -> Result<(), AccessError> {
        self.add(now, |_| true).await
    }

    /// The public halves, as RFC 7517 has it.
    pub(crate) async fn jwks(&self, now: DateTime<Utc>) -> Result<Value, AccessError> {
        let mut known = self.read(now, READ_EVERY).await?;
        if known.keys.is_empty() {
            known = self.make(now).await?;
        }
        let keys = known.keys.iter().map(|key| {
            let x = URL_SAFE_NO_PAD.encode(&key.public);
            json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": x})
        });
        Ok(json!({ "keys": keys.collect::<Vec<_>>() }))
    }

    /// Forgets the keys whose tokens are gone.
    pub(crate) async fn forget_old(&self, now: DateTime<Utc>) -> Result<(), AccessError> {
        self.db.execute_raw(statement(FORGET, [(now - VERIFIES_AFTER).into()])).await?;
        Ok(())
    }

    /// Makes a key when the last one is old or there is none, whichever process comes first.
    async fn make(&self, now: DateTime<Utc>) -> Result<Arc<Known>, AccessError> {
        self.add(now, |rows| rows.last().is_none_or(|last| now - last.signs_from >= SIGNS_FOR)).await?;
        self.read(now, TimeDelta::zero()).await
    }

    async fn add(&self, now: DateTime<Utc>, is_needed: impl FnOnce(&[Row]) -> bool) -> Result<(), AccessError> {
        let made =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| AccessError::Hash("no key could be made".to_owned()))?;
        let pair = Ed25519KeyPair::from_pkcs8(made.as_ref()).map_err(|_| AccessError::Hash("no key could be made".to_owned()))?;
        let public = pair.public_key().as_ref().to_vec();
        let tx = db::begin_global(&self.db).await?;
        tx.query_one_raw(statement("select pg_advisory_xact_lock($1)::text", [LOCK.into()])).await?;
        let rows = Row::find_by_statement(statement(SELECT, [])).all(&tx).await?;
        if is_needed(&rows) {
            let signs_from = if rows.is_empty() { now } else { now + PUBLISHED_AHEAD };
            let kid = URL_SAFE_NO_PAD.encode(&digest(&SHA256, &public).as_ref()[..16]);
            let sealed = self.ring.seal("signing key", made.as_ref());
            tx.execute_raw(statement(INSERT, [kid.into(), public.into(), sealed.into(), now.into(), signs_from.into()])).await?;
        }
        tx.commit().await?;
        self.read(now, TimeDelta::zero()).await.map(|_| ())
    }

    /// The keys as they were `every` ago at most.
    async fn read(&self, now: DateTime<Utc>, every: TimeDelta) -> Result<Arc<Known>, AccessError> {
        let is_recent = |known: &Known| known.read_at.is_some_and(|at| now - at < every);
        let known = self.known();
        if is_recent(&known) {
            return Ok(known);
        }
        let _one_reads = self.reading.lock().await;
        let known = self.known();
        if is_recent(&known) {
            return Ok(known);
        }
        let rows = Row::find_by_statement(statement(SELECT, [])).all(&self.db).await?;
        let fresh = Arc::new(Known::open(rows, &self.ring, now)?);
        *self.known.write().expect("nobody panics with the keys in hand") = Arc::clone(&fresh);
        Ok(fresh)
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().expect("nobody panics with the keys in hand"))
    }
}

impl Known {
    fn open(rows: Vec<Row>, ring: &Keyring, now: DateTime<Utc>) -> Result<Self, AccessError> {
        let over: Vec<DateTime<Utc>> = rows.iter().skip(1).map(|next| next.signs_from + VERIFIES_AFTER).collect();
        let mut known = Self { read_at: Some(now), ..Self::default() };
        for (place, row) in rows.into_iter().enumerate() {
            if over.get(place).is_some_and(|over| *over <= now) {
                continue;
            }
            let private = ring.open("signing key", &row.sealed_private_key).ok_or(AccessError::Sealed("a signing key"))?;
            known.verifying.insert(row.kid.clone(), DecodingKey::from_ed_der(&row.public_key));
            let private = EncodingKey::from_ed_der(&private);
            known.keys.push(Key { kid: row.kid, public: row.public_key, private, signs_from: row.signs_from });
        }
        Ok(known)
    }

    /// The key that signs now: the last one that may.
    fn signing(&self, now: DateTime<Utc>) -> Option<&Key> {
        self.keys.iter().rev().find(|key| key.signs_from <= now)
    }

    /// Whether no other key waits for its turn.
    fn is_last_signing(&self, now: DateTime<Utc>) -> bool {
        self.keys.iter().all(|key| key.signs_from <= now)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known();
        f.debug_list().entries(known.keys.iter().map(|key| &key.kid)).finish()
    }
}
