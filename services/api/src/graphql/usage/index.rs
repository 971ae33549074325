//! The fields of the schema, by type and name, and those that a document names.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Positioned,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
    registry::{Deprecation, MetaTypeName, Registry},
};

/// A field of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// As in `Sale.lines`.
    pub(super) name: Arc<str>,
    /// The type that it leads to.
    leads_to: String,
    /// Why it is to go, and from which day on; nothing for one that stays.
    pub(super) deprecation: Option<String>,
}

/// Every field of the schema.
#[derive(Debug)]
pub(super) struct Index {
    types: HashMap<String, HashMap<String, Field>>,
    roots: [Option<String>; 3],
}

impl Index {
    pub(super) fn of(registry: &Registry) -> Self {
        let of_type = |(name, kind): (&String, &async_graphql::registry::MetaType)| {
            let field = |field: &async_graphql::registry::MetaField| Field {
                name: format!("{name}.{}", field.name).into(),
                leads_to: MetaTypeName::concrete_typename(&field.ty).to_owned(),
                deprecation: match &field.deprecation {
                    Deprecation::NoDeprecated => None,
                    Deprecation::Deprecated { reason } => Some(reason.clone().unwrap_or_default()),
                },
            };
            let fields = kind.fields()?.values().map(|meta| (meta.name.clone(), field(meta))).collect();
            (!name.starts_with("__")).then(|| (name.clone(), fields))
        };
        let roots = [Some(registry.query_type.clone()), registry.mutation_type.clone(), registry.subscription_type.clone()];
        Self { types: registry.types.iter().filter_map(of_type).collect(), roots }
    }

    /// Those that are to go, with the reason of each.
    pub(super) fn deprecated(&self) -> BTreeMap<String, String> {
        let fields = self.types.values().flat_map(HashMap::values);
        fields.filter_map(|field| Some((field.name.to_string(), field.deprecation.clone()?))).collect()
    }

    /// The fields that an operation of a document names, each once; a fragment is looked at once, however often it is spread.
    pub(super) fn fields_of(&self, document: &ExecutableDocument, operation: Option<&str>) -> Vec<&Field> {
        let mut walk = Walk { index: self, document, fragments: HashSet::new(), found: HashMap::new() };
        let chosen = |name: Option<&async_graphql::Name>| operation.is_none() || name.map(async_graphql::Name::as_str) == operation;
        for (_, operation) in document.operations.iter().filter(|(name, _)| chosen(*name)) {
            walk.operation(&operation.node);
        }
        walk.found.into_values().collect()
    }
}

struct Walk<'index, 'asked> {
    index: &'index Index,
    document: &'asked ExecutableDocument,
    fragments: HashSet<&'asked str>,
    found: HashMap<*const Field, &'index Field>,
}

impl<'asked> Walk<'_, 'asked> {
    fn operation(&mut self, operation: &'asked OperationDefinition) {
        let [query, mutation, subscription] = &self.index.roots;
        let root = match operation.ty {
            OperationType::Query => query,
            OperationType::Mutation => mutation,
            OperationType::Subscription => subscription,
        };
        if let Some(root) = root {
            self.set(root, &operation.selection_set);
        }
    }

    fn set(&mut self, parent: &str, set: &'asked Positioned<SelectionSet>) {
        for selection in &set.node.items {
            match &selection.node {
                Selection::Field(field) => {
                    let known = self.index.types.get(parent).and_then(|fields| fields.get(field.node.name.node.as_str()));
                    let Some(known) = known else { continue }; // of introspection
                    self.found.insert(known, known);
                    self.set(&known.leads_to, &field.node.selection_set);
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map_or(parent, |on| on.node.on.node.as_str());
                    self.set(on, &inline.node.selection_set);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.document.fragments.get(name).filter(|_| self.fragments.insert(name)) {
                        self.set(fragment.node.type_condition.node.on.node.as_str(), &fragment.node.selection_set);
                    }
                }
            }
        }
    }
}
