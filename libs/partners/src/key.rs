//! A key: what it may do, until when, and what it takes to make one.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ApiKeyId, Permissions, PersonId};

use crate::{PartnersError, Token};

/// The keys that a co-op may have at once: a partner each, and room for those being replaced. Revoked and expired ones do
/// not count.
pub const MAX_KEYS: i64 = 50;
/// The secrets of one key that may work at once: a rotation each, and some that were asked for twice.
pub const MAX_SECRETS: usize = 5;
/// A key ends within a year and a day, so that somebody looks at it again.
pub const MAX_LIFETIME_DAYS: i64 = 366;
/// How long the earlier secrets may work after a rotation: long enough for a partner's release.
pub const MAX_OVERLAP_DAYS: i64 = 30;
/// The longest name of a key, in letters.
const MAX_NAME_CHARS: usize = 60;

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// It does.
    Working,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// A partner's key. Its secrets are not here: they were shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: ApiKeyId,
    /// The part of its tokens that is no secret: by it, a token that was found somewhere finds its key.
    pub prefix: String,
    /// Who uses it, and where.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
    /// Who made it.
    pub made_by: PersonId,
    /// When.
    pub made_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Who revoked it, and when.
    pub revoked: Option<(PersonId, DateTime<Utc>)>,
    /// Its secrets, the latest first, those that ended included.
    pub secrets: Vec<KeySecret>,
}

/// What is known of one secret of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySecret {
    /// 1 for the first, one more for each rotation.
    pub number: i16,
    /// Who made it.
    pub made_by: PersonId,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Until when it works after a later one was made; `None`: as long as the key.
    pub works_until: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Where it was last used from.
    pub last_used_from: Option<IpAddr>,
}

impl Key {
    /// Whether it works at that moment.
    pub fn status(&self, now: DateTime<Utc>) -> KeyStatus {
        match self.revoked {
            Some(_) => KeyStatus::Revoked,
            None if self.expires_at <= now => KeyStatus::Expired,
            None => KeyStatus::Working,
        }
    }

    /// The secret that was used last; `None` when none was.
    pub fn last_used(&self) -> Option<&KeySecret> {
        self.secrets.iter().filter(|secret| secret.last_used_at.is_some()).max_by_key(|secret| secret.last_used_at)
    }

    pub(crate) fn working_secrets(&self, now: DateTime<Utc>) -> usize {
        self.secrets.iter().filter(|secret| secret.works_until.is_none_or(|until| now < until)).count()
    }
}

/// A key that was made or rotated just now, and its token, which nobody can show again.
#[derive(Clone, Debug)]
pub struct Made {
    /// The key.
    pub key: Key,
    /// What its partner has to be told.
    pub token: Token,
}

/// What making a key takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Who uses it, and where: unique among the co-op's keys that are not revoked.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
    /// When it ends, within [`MAX_LIFETIME_DAYS`].
    pub expires_at: DateTime<Utc>,
}

impl NewKey {
    /// The same with a trimmed name, when it can be made now by one who has these permissions.
    pub(crate) fn checked(self, makers: Permissions, now: DateTime<Utc>) -> Result<Self, PartnersError> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            return Err(PartnersError::Name);
        }
        if self.permissions.is_empty() {
            return Err(PartnersError::NoPermissions);
        }
        within(self.permissions, makers)?;
        if self.expires_at <= now || self.expires_at > now + TimeDelta::days(MAX_LIFETIME_DAYS) {
            return Err(PartnersError::Expiry);
        }
        Ok(Self { name, ..self })
    }
}

/// Whoever makes or rotates a key holds its token, and could do with it whatever the key may.
pub(crate) fn within(permissions: Permissions, makers: Permissions) -> Result<(), PartnersError> {
    let beyond: Permissions = permissions.iter().filter(|permission| !makers.contains(*permission)).collect();
    if beyond.is_empty() { Ok(()) } else { Err(PartnersError::BeyondMaker(beyond)) }
}

/// When the earlier secrets end.
pub(crate) fn overlap_end(overlap: TimeDelta, now: DateTime<Utc>) -> Result<DateTime<Utc>, PartnersError> {
    if overlap < TimeDelta::zero() || overlap > TimeDelta::days(MAX_OVERLAP_DAYS) {
        return Err(PartnersError::Overlap);
    }
    Ok(now + overlap)
}
