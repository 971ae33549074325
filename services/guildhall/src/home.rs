//! The folder of a house that runs on this machine: `.guildhall/`.
//!
//! | in it | |
//! |---|---|
//! | `postgres/` | the database, unless `postgres-location` says where it lies |
//! | `stripe-sim/` | the stand-in's journal |
//! | `access.secret` | the secret that seals sessions and second factors; whoever has it and the database can sign in as anybody |
//! | `stripe.json` | the webhook secrets of the stand-in; worth nothing anywhere else |
//! | `documents/`, `mail/` | statements, letters |
//! | `lock` | held while `guildhall up` runs |

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use kernel::Code;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::failure::Failure;

/// Where the database lies when its account cannot reach the home.
const ELSEWHERE: &str = "/var/lib/guildhall";

/// The file with the secret of the door.
const ACCESS_SECRET: &str = "access.secret";

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Home(PathBuf);

/// The signing secrets of the stand-in's two webhook endpoints.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WebhookSecrets {
    pub(crate) platform: String,
    pub(crate) connect: String,
}

impl Home {
    /// The folder at `path`, which need not exist yet.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        Ok(Self(std::path::absolute(path)?))
    }

    /// A file or folder in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folder and holds it until the file is dropped: one house per folder.
    pub(crate) fn hold(&self) -> Result<File, Failure> {
        fs::create_dir_all(&self.0).map_err(|error| self.failed("make", &error))?;
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(self.join("lock"));
        let file = open.map_err(|error| self.failed("lock", &error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let message =
                    format!("another guildhall runs in {}; stop it first, or choose another folder with GUILDHALL_HOME", self.0.display());
                Err(Failure::refused(Code::NotNow, message))
            }
            Err(TryLockError::Error(error)) => Err(self.failed("lock", &error)),
        }
    }

    /// Where the database lies; `None` when none was made yet.
    pub(crate) fn postgres(&self) -> Option<PathBuf> {
        let moved = fs::read_to_string(self.join("postgres-location")).ok().map(|text| PathBuf::from(text.trim()));
        moved.into_iter().chain([self.join("postgres")]).find(|root| root.join("data/PG_VERSION").exists() || root.join("lock").exists())
    }

    /// The place outside of the home where the database goes when its account cannot reach the home, remembered from now on.
    pub(crate) fn move_postgres(&self) -> Result<PathBuf, Failure> {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        let elsewhere = Path::new(ELSEWHERE).join(format!("{:016x}", hasher.finish()));
        fs::create_dir_all(&elsewhere).map_err(Failure::fault)?;
        fs::write(self.join("postgres-location"), format!("{}\n", elsewhere.display())).map_err(|error| self.failed("write to", &error))?;
        let _ = fs::remove_dir_all(self.join("postgres")); // an empty beginning, if any
        Ok(elsewhere)
    }

    /// The secrets of the stand-in's webhooks, if it ever ran here.
    pub(crate) fn webhook_secrets(&self) -> Option<WebhookSecrets> {
        serde_json::from_slice(&fs::read(self.join("stripe.json")).ok()?).ok()
    }

    /// The same, made when missing.
    pub(crate) fn make_webhook_secrets(&self) -> Result<WebhookSecrets, Failure> {
        if let Some(secrets) = self.webhook_secrets() {
            return Ok(secrets);
        }
        let secret = || format!("whsec_{}{}", Uuid::now_v7().simple(), Uuid::now_v7().simple());
        let secrets = WebhookSecrets { platform: secret(), connect: secret() };
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(self.join("stripe.json"));
        let written = file.and_then(|mut file| file.write_all(&serde_json::to_vec_pretty(&secrets)?));
        written.map_err(|error| self.failed("write to", &error))?;
        Ok(secrets)
    }

    /// The secret of the door, if one was made here.
    pub(crate) fn access_secret(&self) -> Result<Option<access::Secret>, Failure> {
        match fs::read_to_string(self.join(ACCESS_SECRET)) {
            Ok(text) => {
                Ok(Some(text.parse().map_err(|error| Failure::fault(format!("{ACCESS_SECRET} in {}: {error}", self.0.display())))?))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read from", &error)),
        }
    }

    /// The same, made when missing. Two that come at once have the same.
    pub(crate) fn make_access_secret(&self) -> Result<access::Secret, Failure> {
        if let Some(secret) = self.access_secret()? {
            return Ok(secret);
        }
        fs::create_dir_all(&self.0).map_err(|error| self.failed("make", &error))?;
        let secret = access::Secret::generate();
        // Written elsewhere and linked: whoever reads sees all of it or nothing
        let half = self.join(&format!("{ACCESS_SECRET}.{}", std::process::id()));
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half);
        let written = file.and_then(|mut file| file.write_all(format!("{}\n", secret.to_text()).as_bytes()));
        let linked = written.and_then(|()| fs::hard_link(&half, self.join(ACCESS_SECRET)));
        let _ = fs::remove_file(&half);
        match linked {
            Ok(()) => Ok(secret),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.access_secret()?.ok_or_else(|| Failure::fault(format!("{ACCESS_SECRET} comes and goes in {}", self.0.display())))
            }
            Err(error) => Err(self.failed("write to", &error)),
        }
    }

    fn failed(&self, doing: &str, error: &io::Error) -> Failure {
        Failure::fault(format!("cannot {doing} the folder {}: {error}", self.0.display()))
    }
}
