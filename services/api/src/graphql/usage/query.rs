//! How the fields of the graph are used in a co-op.

use std::{collections::BTreeMap, sync::Arc};

use async_graphql::{Context, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use kernel::Permission;
use partners::FieldUsesAsk;
use uuid::Uuid;

use crate::graphql::{
    base::{Answer, Asking as _, BigInt, Page, page_cost},
    partners::KIND as API_KEY,
};

const LIST: &str = "fieldUses";

/// How a field of the graph is used, by a key or by people.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct FieldUse {
    /// The field, as in `Sale.lines`.
    field: String,
    /// From which day on it may be gone, and what takes its place; null for a field that stays.
    deprecation: Option<String>,
    /// The id of the API key that uses it; null for people, who are counted together.
    api_key_id: Option<ID>,
    /// Operations that asked for it, each once.
    uses: BigInt,
    /// When it was first used.
    first_used_at: DateTime<Utc>,
    /// When it was last used, as far as it is written down: some minutes may be missing.
    last_used_at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(crate) struct UsageQuery;

#[Object]
impl UsageQuery {
    /// Which fields of the graph are used in the co-op, by which API key or by people: those that are to go first, then by name.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn field_uses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the use before them.")] after: Option<String>,
        #[graphql(desc = "Only fields that are to go.", default)] deprecated_only: bool,
    ) -> Answer<Connection<String, FieldUse>> {
        let actor = ctx.actor_who_may(Permission::KeysManage)?;
        let page: Page<(bool, String, Uuid)> = Page::of(LIST, first, after.as_deref())?;
        let (house, registry) = (ctx.house(), &ctx.schema_env.registry);
        let deprecated: Arc<BTreeMap<String, String>> = Arc::new(house.usage.index(registry).deprecated());
        let ask = FieldUsesAsk {
            deprecated: deprecated.keys().cloned().collect(),
            deprecated_only,
            after: page.after.clone(),
            limit: page.limit(),
        };
        let uses = house.usage.uses.list(&house.db, actor, &ask).await?;
        let key = |used: &partners::FieldUse| {
            (!deprecated.contains_key(&used.field), used.field.clone(), used.key.map_or(Uuid::nil(), |key| key.0))
        };
        Ok(page.connection(LIST, uses, key, |used| FieldUse {
            deprecation: deprecated.get(&used.field).cloned(),
            api_key_id: used.key.map(|key| API_KEY.id(key)),
            uses: BigInt(used.uses),
            first_used_at: used.first_used_at,
            last_used_at: used.last_used_at,
            field: used.field,
        }))
    }
}
