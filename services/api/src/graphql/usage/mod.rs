//! Which fields of the graph are used, by whom: each operation that passed the limits counts once for each field it names.

mod index;
mod query;

use std::sync::{Arc, OnceLock};

use async_graphql::{parser::types::ExecutableDocument, registry::Registry};
use chrono::{DateTime, Utc};
use kernel::Actor;
use partners::FieldUses;

use self::index::Index;
pub(crate) use self::query::UsageQuery;

/// The counts of a process, and the fields that there are. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) uses: FieldUses,
    index: Arc<OnceLock<Index>>,
}

impl Usage {
    /// Counts the fields of an operation.
    pub(crate) fn note(
        &self,
        actor: &Actor,
        (document, operation): (&ExecutableDocument, Option<&str>),
        registry: &Registry,
        at: DateTime<Utc>,
    ) {
        let used = self.index(registry).fields_of(document, operation);
        for field in used.iter().filter(|field| field.deprecation.is_some()) {
            telemetry::metrics::count_deprecated_field(&field.name);
        }
        let names: Vec<Arc<str>> = used.into_iter().map(|field| Arc::clone(&field.name)).collect();
        self.uses.note(actor, &names, at);
    }

    fn index(&self, registry: &Registry) -> &Index {
        self.index.get_or_init(|| Index::of(registry))
    }
}
