//! Making keys, rotating, revoking and listing them.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use db::{Sqlstate, sqlstate};
use kernel::{Actor, ApiKeyId, Permission};
use uuid::Uuid;

use crate::{
    Key, KeyStatus, Keys, MAX_KEYS, MAX_SECRETS, Made, NewKey, PartnersError, Token,
    key::{overlap_end, within},
    repo, token,
};

/// The longest list of keys that is read at once.
const MAX_PAGE: u64 = 200;

/// Some keys of a co-op, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<Key>,
    /// Whether there are earlier ones.
    pub has_more: bool,
}

impl Keys {
    /// Makes a key. Its token is in the answer and nowhere else. A second attempt is refused by the name.
    #[tracing::instrument(name = "partners.create_key", skip_all, fields(coop.id = %actor.coop))]
    pub async fn create(&self, actor: &Actor, new: NewKey) -> Result<Made, PartnersError> {
        actor.require(Permission::KeysManage)?;
        let now = self.now();
        let by = actor.require_fresh_factor(now)?;
        let new = NewKey { expires_at: new.expires_at.trunc_subsecs(6), ..new }.checked(actor.permissions, now)?;
        let (id, prefix) = (ApiKeyId(Uuid::now_v7()), token::new_prefix()?);
        let token = Token::make(&prefix)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        if repo::count_working(&tx, actor.coop, now).await? >= MAX_KEYS {
            return Err(PartnersError::TooManyKeys);
        }
        let at = (actor.coop, id);
        repo::insert(&tx, at, &prefix, &new, (by, now)).await.map_err(|error| match sqlstate(&error) {
            Some(Sqlstate::UniqueViolation) => PartnersError::NameTaken(new.name.clone()),
            _ => error.into(),
        })?;
        repo::insert_secret(&tx, at, token.hash(), (by, now)).await?;
        let key = repo::get(&tx, (actor.coop, id)).await?;
        tx.commit().await?;
        self.forget(&key.prefix);
        Ok(Made { key, token })
    }

    /// Gives a key another secret, shown once, and perhaps another end. The earlier secrets work for `overlap` more, or
    /// less where they had an end already: asking twice cuts nobody off.
    #[tracing::instrument(name = "partners.rotate_key", skip_all, fields(coop.id = %actor.coop, key.id = %id))]
    pub async fn rotate(
        &self,
        actor: &Actor,
        id: ApiKeyId,
        overlap: TimeDelta,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<Made, PartnersError> {
        actor.require(Permission::KeysManage)?;
        let now = self.now();
        let by = actor.require_fresh_factor(now)?;
        let works_until = overlap_end(overlap, now)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let known = repo::lock(&tx, (actor.coop, id)).await?;
        if known.status(now) != KeyStatus::Working {
            return Err(PartnersError::Ended(known.name));
        }
        within(known.permissions, actor.permissions)?;
        if overlap > TimeDelta::zero() && known.working_secrets(now) >= MAX_SECRETS {
            return Err(PartnersError::TooManySecrets);
        }
        let at = (actor.coop, id);
        if let Some(expires_at) = expires_at {
            let again = NewKey { name: known.name, permissions: known.permissions, expires_at: expires_at.trunc_subsecs(6) };
            repo::set_expiry(&tx, at, again.checked(actor.permissions, now)?.expires_at).await?;
        }
        let token = Token::make(&known.prefix)?;
        repo::end_secrets(&tx, at, works_until).await?;
        repo::insert_secret(&tx, at, token.hash(), (by, now)).await?;
        let key = repo::get(&tx, (actor.coop, id)).await?;
        tx.commit().await?;
        self.forget(&key.prefix);
        Ok(Made { key, token })
    }

    /// Ends a key with all its secrets. One that is revoked already stays as it was.
    #[tracing::instrument(name = "partners.revoke_key", skip_all, fields(coop.id = %actor.coop, key.id = %id))]
    pub async fn revoke(&self, actor: &Actor, id: ApiKeyId) -> Result<Key, PartnersError> {
        actor.require(Permission::KeysManage)?;
        let now = self.now();
        let by = actor.require_fresh_factor(now)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        repo::lock(&tx, (actor.coop, id)).await?;
        repo::revoke(&tx, (actor.coop, id), (by, now)).await?;
        let key = repo::get(&tx, (actor.coop, id)).await?;
        tx.commit().await?;
        self.forget(&key.prefix);
        Ok(key)
    }

    /// The co-op's keys, the latest first: those made before `before`, at most `first` of them and never more than 200.
    pub async fn list(&self, actor: &Actor, before: Option<ApiKeyId>, first: u64) -> Result<KeyPage, PartnersError> {
        actor.require(Permission::KeysManage)?;
        let first = first.min(MAX_PAGE);
        let tx = db::begin(&self.db, actor.coop).await?;
        let mut keys = repo::list(&tx, actor.coop, before.unwrap_or(ApiKeyId(Uuid::max())), first + 1).await?;
        tx.commit().await?;
        let has_more = keys.len() as u64 > first;
        keys.truncate(usize::try_from(first).expect("a page is short"));
        Ok(KeyPage { keys, has_more })
    }

    /// A key of the co-op.
    pub async fn get(&self, actor: &Actor, id: ApiKeyId) -> Result<Key, PartnersError> {
        actor.require(Permission::KeysManage)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let key = repo::get(&tx, (actor.coop, id)).await?;
        tx.commit().await?;
        Ok(key)
    }

    /// The database keeps microseconds.
    fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }
}
