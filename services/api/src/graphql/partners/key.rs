//! A key, as the graph shows it. Its token is shown by the mutations that make it, once.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use partners::{Key, KeySecret};

use crate::graphql::{
    base::{Answer, Asking as _, Kind},
    people::Person,
};

pub(crate) const KIND: Kind = Kind("ApiKey");

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "partners::KeyStatus")]
pub(crate) enum ApiKeyStatus {
    /// It does.
    Working,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// A partner's key to the co-op.
#[derive(Clone, Debug)]
pub(crate) struct ApiKey(pub(crate) Arc<Key>);

/// One of the secrets that prove a key: each rotation makes one.
#[derive(Clone, Debug)]
pub(crate) struct ApiKeySecret(KeySecret);

impl From<Key> for ApiKey {
    fn from(key: Key) -> Self {
        Self(Arc::new(key))
    }
}

/// A partner's key to the co-op.
#[Object]
impl ApiKey {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// Who uses it, and where.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The part of its tokens that is no secret, behind `ghk_`: a token that was found somewhere is one of this key's when
    /// it has the same.
    async fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// What it may do: names such as `sales.read`.
    async fn permissions(&self) -> Vec<&'static str> {
        self.0.permissions.iter().map(kernel::Permission::name).collect()
    }

    /// Whether it works.
    async fn status(&self, ctx: &Context<'_>) -> ApiKeyStatus {
        self.0.status(ctx.house().clock.now()).into()
    }

    /// Who made it.
    async fn made_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        Person::load(ctx, self.0.made_by).await
    }

    /// When it was made.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// When it ends.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Who revoked it; null while nobody has.
    async fn revoked_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.revoked {
            Some((person, _)) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked.map(|(_, at)| at)
    }

    /// When it was last used, to the minute; null when it never was.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used()?.last_used_at
    }

    /// The address that it was last used from.
    async fn last_used_from(&self) -> Option<String> {
        Some(self.0.last_used()?.last_used_from?.to_string())
    }

    /// Its secrets, the latest first, those that ended included: whether a partner still uses the old one is seen here.
    async fn secrets(&self) -> Vec<ApiKeySecret> {
        self.0.secrets.iter().cloned().map(ApiKeySecret).collect()
    }
}

/// One of the secrets that prove a key: each rotation makes one.
#[Object]
impl ApiKeySecret {
    /// 1 for the first, one more for each rotation.
    async fn number(&self) -> i32 {
        self.0.number.into()
    }

    /// Who made it.
    async fn made_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        Person::load(ctx, self.0.made_by).await
    }

    /// When it was made.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// Until when it works after a later one was made; null: as long as the key.
    async fn works_until(&self) -> Option<DateTime<Utc>> {
        self.0.works_until
    }

    /// When it was last used, to the minute; null when it never was.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_used_at
    }

    /// The address that it was last used from.
    async fn last_used_from(&self) -> Option<String> {
        self.0.last_used_from.map(|from| from.to_string())
    }
}
