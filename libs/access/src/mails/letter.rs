//! Letters as they wait in the queue: sealed.

use std::{fmt, net::IpAddr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use jobs::{Job, Task};
use kernel::CoopId;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Event;
use crate::{AccessError, access::Inner};

/// Jobs are counted by co-op; the door belongs to none.
const THE_HOUSE: CoopId = CoopId(0);
const SEAL: &str = "letter";

/// Send a letter of the door.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailLetter {
    /// The same each time it is sent.
    pub(super) letter: Uuid,
    sealed: String,
}

impl Task for MailLetter {
    const NAME: &'static str = "access.mail";
}

impl fmt::Debug for MailLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailLetter({})", self.letter)
    }
}

/// What a letter is about. The names of the variants lie in the queue: they stay.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Letter {
    /// Somebody signed up with this address; its owner confirms it, or hears that they have an account.
    SignUp { email: String, token: String },
    /// Somebody signed in wants this address instead of theirs.
    ChangeEmail { email: String, name: String, token: String },
    /// Somebody forgot the password of this address; nothing is sent when nobody has it.
    Reset { email: String, token: String },
    /// Something happened at somebody's door.
    News { email: String, name: String, event: Event, at: DateTime<Utc>, device: Option<String>, from: Option<IpAddr> },
}

/// Promises a letter: it is sent when the transaction has committed.
pub(crate) async fn promise(inner: &Inner, tx: &impl ConnectionTrait, letter: &Letter) -> Result<(), AccessError> {
    let sealed = STANDARD.encode(inner.ring.seal(SEAL, &serde_json::to_vec(letter)?));
    jobs::enqueue(tx, &Job::try_new(THE_HOUSE, &MailLetter { letter: Uuid::now_v7(), sealed })?).await?;
    Ok(())
}

impl MailLetter {
    /// What it says.
    pub(super) fn open(&self, inner: &Inner) -> Result<Letter, AccessError> {
        let sealed = STANDARD.decode(&self.sealed).map_err(|_| AccessError::Sealed("a letter"))?;
        let opened = inner.ring.open(SEAL, &sealed).ok_or(AccessError::Sealed("a letter"))?;
        Ok(serde_json::from_slice(&opened)?)
    }
}
