//! What the use cases share.

use std::{
    net::IpAddr,
    sync::{Arc, atomic::AtomicI64},
};

use kernel::Clock;
use sea_orm::DatabaseConnection;
use serde_json::Value;
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::{AccessConfig, AccessError, events::Failures, people::Hasher, secret::Keyring, sessions::Living, tokens::Keys};

/// Characters of a device's name that are kept.
const MAX_DEVICE: usize = 200;

/// The use cases of the door. Clones share what they know; a process needs one.
#[derive(Clone, Debug)]
pub struct Access {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) db: DatabaseConnection,
    pub(crate) config: AccessConfig,
    pub(crate) clock: Clock,
    pub(crate) ring: Arc<Keyring>,
    pub(crate) hasher: Hasher,
    pub(crate) keys: Keys,
    pub(crate) living: Living,
    pub(crate) failures: Failures,
    pub(crate) webauthn: Webauthn,
    /// When this process last tidied up, in seconds; 0 before it began.
    pub(crate) tidied_at: AtomicI64,
}

/// From where and with what somebody knocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub(crate) address: Option<IpAddr>,
    pub(crate) device: String,
}

impl Visitor {
    /// Somebody at a network address, if there is one, with a device that calls itself so.
    pub fn new(address: Option<IpAddr>, device: &str) -> Self {
        let plain: String = device.chars().filter(|letter| !letter.is_control()).take(MAX_DEVICE).collect();
        let device = if plain.trim().is_empty() { "an unnamed device".to_owned() } else { plain.trim().to_owned() };
        Self { address, device }
    }

    /// The address as PostgreSQL takes it; empty for none.
    pub(crate) fn inet(&self) -> String {
        self.address.map(|address| address.to_canonical().to_string()).unwrap_or_default()
    }
}

impl Access {
    /// The door over a database. Nothing is asked of it yet.
    pub fn new(db: DatabaseConnection, config: AccessConfig, clock: Clock) -> Result<Self, AccessError> {
        let ring = Arc::new(Keyring::new(&config.secret, &config.former_secrets));
        let hasher = Hasher::new(&config)?;
        let keys = Keys::new(db.clone(), Arc::clone(&ring), &config);
        let (living, failures, webauthn) = (Living::default(), Failures::default(), webauthn(&config.web_origin)?);
        Ok(Self {
            inner: Arc::new(Inner { db, config, clock, ring, hasher, keys, living, failures, webauthn, tidied_at: AtomicI64::new(0) }),
        })
    }

    /// The public halves of the keys that sign access tokens, as a JSON Web Key Set.
    pub async fn jwks(&self) -> Result<Value, AccessError> {
        self.inner.keys.jwks(self.inner.clock.now()).await
    }

    /// Makes the next signing key: it signs in five minutes, and what the present one signed stays good until it expires.
    pub async fn rotate_signing_key(&self) -> Result<(), AccessError> {
        self.inner.keys.rotate(self.inner.clock.now()).await
    }

    /// How often a password was hashed: a measure of load, and of the work that an answer took.
    pub fn passwords_hashed(&self) -> u64 {
        self.inner.hasher.runs()
    }
}

/// Passkeys are bound to the web pages' host, and made there only.
fn webauthn(origin: &Url) -> Result<Webauthn, AccessError> {
    let host = origin.domain().ok_or_else(|| AccessError::Config(format!("{origin} has no host name, which passkeys are bound to")))?;
    let built = WebauthnBuilder::new(host, origin).and_then(|builder| builder.rp_name("Guildhall").build());
    built.map_err(|error| AccessError::Config(format!("passkeys cannot be bound to {origin}: {error}")))
}
