//! Looking at keys.

use async_graphql::{Context, ID, Object, connection::Connection};
use kernel::{ApiKeyId, Permission};
use partners::PartnersError;
use uuid::Uuid;

use super::key::{ApiKey, KIND};
use crate::graphql::base::{Answer, Asking as _, Page, page_cost};

const LIST: &str = "apiKeys";

#[derive(Debug, Default)]
pub(crate) struct PartnersQuery;

#[Object]
impl PartnersQuery {
    /// The keys of the co-op, the latest first; those that ended stay in the list.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the key before them.")] after: Option<String>,
    ) -> Answer<Connection<String, ApiKey>> {
        let actor = ctx.actor_who_may(Permission::KeysManage)?;
        let page: Page<Uuid> = Page::of(LIST, first, after.as_deref())?;
        let found = ctx.house().keys.list(actor, page.after.map(ApiKeyId), page.limit().unsigned_abs()).await?;
        Ok(page.connection(LIST, found.keys, |key| key.id.0, ApiKey::from))
    }

    /// A key.
    async fn api_key(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<ApiKey> {
        let actor = ctx.actor_who_may(Permission::KeysManage)?;
        Ok(ctx.house().keys.get(actor, ApiKeyId(KIND.key(&id)?)).await?.into())
    }
}

/// The key of that id, for those who manage keys.
pub(crate) async fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<ApiKey>> {
    let actor = ctx.actor()?;
    let Ok(key) = KIND.key(id) else { return Ok(None) };
    if !actor.permissions.contains(Permission::KeysManage) {
        return Ok(None);
    }
    match ctx.house().keys.get(actor, ApiKeyId(key)).await {
        Ok(key) => Ok(Some(key.into())),
        Err(PartnersError::NoKey(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
