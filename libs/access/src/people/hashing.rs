//! Passwords are hashed here and nowhere else, with argon2id, a bounded number at once.
//!
//! Each costs a core for a moment and the memory of its cost. More than [`MAX_WAITING`] in the queue are told to come back,
//! so that a flood of sign-ins delays people by a moment and never fills the memory.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::{AccessConfig, AccessError, random::random};

/// Passwords that wait for their turn: a few seconds of work.
const MAX_WAITING: usize = 64;

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    /// It is not the password.
    Wrong,
    /// It is.
    Right,
    /// It is, but its hash cost less than passwords cost by now; this one does.
    RightAnew(String),
}

pub(crate) struct Hasher {
    params: Params,
    /// A hash that no password has: what is verified when there is nobody.
    nobody: String,
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
    runs: Arc<AtomicU64>,
}

impl Hasher {
    pub(crate) fn new(config: &AccessConfig) -> Result<Self, AccessError> {
        let wrong = || AccessError::Config(format!("argon2id cannot work with {:?}", config.cost));
        let params = config.cost.params().ok_or_else(wrong)?;
        let at_once = config.hashes_at_once.max(1);
        Ok(Self {
            nobody: nobody(&params).map_err(|_| wrong())?,
            params,
            running: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once + MAX_WAITING)),
            runs: Arc::default(),
        })
    }

    /// How often argon2 ran.
    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, AccessError> {
        let (password, params) = (password.to_owned(), self.params.clone());
        self.run(move |count| {
            count.fetch_add(1, Ordering::Relaxed);
            hash(&params, &password)
        })
        .await
    }

    /// Whether a password is the one of a hash. Without a hash the same work is done, and the answer is no.
    pub(crate) async fn verify(&self, password: &str, known: Option<&str>) -> Result<Verified, AccessError> {
        let (password, params) = (password.to_owned(), self.params.clone());
        let (is_somebody, known) = (known.is_some(), known.unwrap_or(&self.nobody).to_owned());
        self.run(move |count| {
            count.fetch_add(1, Ordering::Relaxed);
            let parsed = PasswordHash::new(&known)?;
            match Argon2::from(&params).verify_password(password.as_bytes(), &parsed) {
                Ok(()) if !is_somebody => Ok(Verified::Wrong),
                Ok(()) if is_current(&parsed, &params) => Ok(Verified::Right),
                Ok(()) => {
                    count.fetch_add(1, Ordering::Relaxed);
                    hash(&params, &password).map(Verified::RightAnew)
                }
                Err(password_hash::Error::PasswordInvalid) => Ok(Verified::Wrong),
                Err(error) => Err(error),
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicU64) -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, AccessError> {
        let _place = self.places.try_acquire().map_err(|_| AccessError::Busy)?;
        // The thread holds the permit: whoever hangs up while it works does not let one more in
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|error| AccessError::Hash(error.to_string()))?;
        let runs = Arc::clone(&self.runs);
        let done = spawn_blocking(move || {
            let _permit = permit;
            work(&runs)
        })
        .await;
        done.map_err(|error| AccessError::Hash(error.to_string()))?.map_err(|error| AccessError::Hash(error.to_string()))
    }
}

fn hash(params: &Params, password: &str) -> password_hash::Result<String> {
    Ok(Argon2::from(params).hash_password(password.as_bytes())?.to_string())
}

/// A well-formed hash of the present cost that was made of chance.
fn nobody(params: &Params) -> password_hash::Result<String> {
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(&random::<16>())?),
        hash: Some(Output::new(&random::<32>())?),
    };
    Ok(hash.to_string())
}

fn is_current(hash: &PasswordHash, params: &Params) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    Params::try_from(hash).is_ok_and(|used| cost(&used) == cost(params)) && hash.algorithm == Algorithm::Argon2id.ident()
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", &self.params).field("runs", &self.runs()).finish_non_exhaustive()
    }
}
