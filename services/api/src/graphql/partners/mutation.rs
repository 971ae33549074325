//! Making, rotating and revoking keys.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{ApiKeyId, Code, Permission, Permissions};
use partners::{Made, NewKey};

use super::key::{ApiKey, KIND};
use crate::graphql::base::{Answer, Asking as _, Failure, at, payload};

/// What making a key takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateApiKeyInput {
    /// Who uses it, and where: unique among the keys that are not revoked.
    name: String,
    /// What it may do: names such as `sales.read`, none that you lack yourself.
    permissions: Vec<String>,
    /// When it ends: within a year and a day.
    expires_at: DateTime<Utc>,
}

/// A key and its token.
#[derive(Debug, SimpleObject)]
pub(crate) struct NewApiKey {
    /// The key.
    key: ApiKey,
    /// The token, for `Authorization: Bearer …`. It is shown here and never again: nobody keeps it.
    token: String,
}

payload! {
    /// What came of making a key.
    CreateApiKeyPayload {
        /// The key with its token.
        made: NewApiKey
    }
}
payload! {
    /// What came of rotating a key.
    RotateApiKeyPayload {
        /// The key with its new token.
        made: NewApiKey
    }
}
payload! {
    /// What came of revoking a key.
    RevokeApiKeyPayload {
        /// The key, revoked.
        key: ApiKey
    }
}

impl From<Made> for NewApiKey {
    fn from(made: Made) -> Self {
        Self { token: made.token.reveal().to_owned(), key: made.key.into() }
    }
}

#[derive(Debug, Default)]
pub(crate) struct PartnersMutation;

#[Object]
impl PartnersMutation {
    /// Makes a key. Its token is in the answer and nowhere else; a second attempt is refused by the name. Takes a person with
    /// a fresh second factor.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the key is to be.")] input: CreateApiKeyInput,
    ) -> Answer<CreateApiKeyPayload> {
        CreateApiKeyPayload::of(async {
            let (actor, _) = ctx.actor_with_fresh_factor(Permission::KeysManage)?;
            let new = NewKey { name: input.name, permissions: named(&input.permissions)?, expires_at: input.expires_at };
            Ok(ctx.house().keys.create(actor, new).await?.into())
        })
        .await
    }

    /// Gives a key another token. Those before it work for a while longer, so that a partner can change over; asking twice
    /// cuts nobody off. Takes a person with a fresh second factor.
    async fn rotate_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] id: ID,
        #[graphql(desc = "For how many hours the earlier tokens work: 0 ends them at once, 720 is the most.")] overlap_hours: i32,
        #[graphql(desc = "When the key ends from now on; as before when nothing is said.")] expires_at: Option<DateTime<Utc>>,
    ) -> Answer<RotateApiKeyPayload> {
        RotateApiKeyPayload::of(async {
            let (actor, _) = ctx.actor_with_fresh_factor(Permission::KeysManage)?;
            let overlap = TimeDelta::hours(overlap_hours.into());
            Ok(ctx.house().keys.rotate(actor, ApiKeyId(KIND.key(&id)?), overlap, expires_at).await?.into())
        })
        .await
    }

    /// Ends a key: within seconds nobody gets in by it. Takes a person with a fresh second factor.
    async fn revoke_api_key(&self, ctx: &Context<'_>, #[graphql(desc = "Which key.")] id: ID) -> Answer<RevokeApiKeyPayload> {
        RevokeApiKeyPayload::of(async {
            let (actor, _) = ctx.actor_with_fresh_factor(Permission::KeysManage)?;
            Ok(ctx.house().keys.revoke(actor, ApiKeyId(KIND.key(&id)?)).await?.into())
        })
        .await
    }
}

/// The permissions of these names; the first that is none is told with its place.
fn named(names: &[String]) -> Answer<Permissions> {
    let read = |(place, name): (usize, &String)| -> Result<Permission, Failure> {
        let place = place.to_string();
        name.parse::<Permission>().map_err(|error| at(&["input", "permissions", &place], Code::InvalidInput, error.to_string()))
    };
    names.iter().enumerate().map(read).collect()
}
