//! The audit: who changed what.

use std::collections::BTreeMap;

use async_graphql::{Context, Enum, ID, InputObject, Json, Object, SimpleObject, connection::Connection};
use audit::{Cursor, Entry, Filter, Source};
use chrono::{DateTime, Utc};
use kernel::{ApiKeyId, Permission, PersonId};

use super::{
    base::{Answer, Asking as _, Kind, Page, page_cost},
    partners, people,
};

pub(crate) const KIND: Kind = Kind("AuditEntry");
const LIST: &str = "auditEntries";

/// What was done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "audit::Action")]
pub(crate) enum AuditAction {
    /// It is new.
    Insert,
    /// It is different.
    Update,
    /// It is gone.
    Delete,
    /// Something was done about it that changed no row of people's own.
    Note,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum AuditActor {
    /// Somebody who signed in.
    Person,
    /// A partner's key.
    Key,
    /// Whoever holds the machine and uses the command, perhaps in the name of a person.
    Operator,
    /// The house by itself.
    System,
}

/// Which entries are wanted; what is not said leaves nothing out.
#[derive(Clone, Debug, Default, InputObject)]
pub(crate) struct AuditFilter {
    /// Of this table, as in `payout_run`.
    table: Option<String>,
    /// Of the row with this key in the co-op.
    key: Option<String>,
    /// By this person, or by the operator in their name.
    person: Option<ID>,
    /// By this API key.
    api_key: Option<ID>,
    /// Not before this moment.
    since: Option<DateTime<Utc>>,
}

/// One column of a change.
#[derive(Debug, SimpleObject)]
pub(crate) struct AuditChange {
    /// The column.
    column: String,
    /// What was there; null for what is new. Secrets are `***`.
    before: Option<Json<serde_json::Value>>,
    /// What is there now; null for what is gone.
    after: Option<Json<serde_json::Value>>,
}

/// One change of one row, as the database wrote it down. It is never changed or deleted.
#[derive(Clone, Debug)]
pub(crate) struct AuditEntry(Entry);

/// One change of one row, as the database wrote it down. It is never changed or deleted.
#[Object]
impl AuditEntry {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// When its transaction began: all that was changed in it has the same moment.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Who did what to what, in one sentence.
    async fn sentence(&self) -> String {
        self.0.to_string()
    }

    /// What kind of actor did it.
    async fn actor(&self) -> AuditActor {
        match self.0.source {
            Source::Person { .. } => AuditActor::Person,
            Source::Key { .. } => AuditActor::Key,
            Source::Operator { .. } => AuditActor::Operator,
            Source::System => AuditActor::System,
        }
    }

    /// The person who did it, or in whose name; null when there is none.
    async fn person(&self, ctx: &Context<'_>) -> Answer<Option<people::Person>> {
        match self.0.source {
            Source::Person { id, .. } | Source::Operator { person: Some(id), .. } => people::Person::load(ctx, id).await,
            Source::Operator { person: None, .. } | Source::Key { .. } | Source::System => Ok(None),
        }
    }

    /// The session that the person had signed in with.
    async fn session(&self) -> Option<String> {
        match self.0.source {
            Source::Person { session, .. } => session.map(|session| session.to_string()),
            Source::Operator { .. } | Source::Key { .. } | Source::System => None,
        }
    }

    /// The API key that did it.
    async fn api_key_id(&self) -> Option<ID> {
        match self.0.source {
            Source::Key { id, .. } => Some(partners::KIND.id(id)),
            Source::Operator { .. } | Source::Person { .. } | Source::System => None,
        }
    }

    /// The operation, as in `createApiKey`.
    async fn via(&self) -> Option<&str> {
        self.0.via.as_deref()
    }

    /// The address that the request came from.
    async fn from(&self) -> Option<String> {
        self.0.from.map(|from| from.to_string())
    }

    /// The table of the row; of a note what it speaks of.
    async fn table(&self) -> &str {
        &self.0.table
    }

    /// The row's key in the co-op, its parts joined by `/`.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What was done.
    async fn action(&self) -> AuditAction {
        self.0.action.into()
    }

    /// Column by column; of an update only what is different.
    async fn changes(&self) -> Vec<AuditChange> {
        let columns = if self.0.after.is_empty() { &self.0.before } else { &self.0.after };
        let of = |rows: &BTreeMap<String, serde_json::Value>, column: &String| rows.get(column).cloned().map(Json);
        let change =
            |column: &String| AuditChange { before: of(&self.0.before, column), after: of(&self.0.after, column), column: column.clone() };
        columns.keys().map(change).collect()
    }
}

#[derive(Debug, Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Who changed what in the co-op, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before them.")] after: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<AuditFilter>,
    ) -> Answer<Connection<String, AuditEntry>> {
        let actor = ctx.actor_who_may(Permission::AuditRead)?;
        let page: Page<(DateTime<Utc>, i64)> = Page::of(LIST, first, after.as_deref())?;
        let filter = filter.unwrap_or_default().read()?;
        let after = page.after.map(|(at, id)| Cursor { at, id });
        let found = audit::list(&ctx.house().db, actor, &filter, after, page.limit().unsigned_abs()).await?;
        Ok(page.connection(LIST, found.entries, |entry| (entry.at, entry.id), AuditEntry))
    }
}

impl AuditFilter {
    fn read(self) -> Answer<Filter> {
        Ok(Filter {
            table: self.table,
            key: self.key,
            person: self.person.map(|id| people::KIND.key(&id)).transpose()?.map(PersonId),
            api_key: self.api_key.map(|id| partners::KIND.key(&id)).transpose()?.map(ApiKeyId),
            since: self.since,
        })
    }
}

/// The entry of that id, for those who read the audit.
pub(crate) async fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<AuditEntry>> {
    let actor = ctx.actor()?;
    match KIND.key(id) {
        Ok(key) if actor.permissions.contains(Permission::AuditRead) => Ok(audit::get(&ctx.house().db, actor, key).await?.map(AuditEntry)),
        Ok(_) | Err(_) => Ok(None),
    }
}
