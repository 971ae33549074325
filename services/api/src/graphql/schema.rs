//! The schema, put together from the contexts in groups.

use async_graphql::{EmptySubscription, MergedObject, Schema};

use super::{House, audit, co_op, documents::Documents, gate::Gate, node, parties, partners, payouts};

/// What can be asked.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct Query(node::NodeQuery, People, Books);

/// What can be asked about people and co-ops.
#[derive(Debug, Default, MergedObject)]
struct People(co_op::CoOpQuery, parties::PartyQuery, partners::PartnersQuery, audit::AuditQuery);

/// What can be asked about the books and what follows from them.
#[derive(Debug, Default, MergedObject)]
struct Books(payouts::PayoutQuery);

/// What can be done.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct Mutation(PeopleMutation, BooksMutation);

/// What can be done about people and co-ops.
#[derive(Debug, Default, MergedObject)]
struct PeopleMutation(partners::PartnersMutation);

/// What can be done with the books.
#[derive(Debug, Default, MergedObject)]
struct BooksMutation(payouts::PayoutMutation);

/// The graph.
pub(crate) type GraphSchema = Schema<Query, Mutation, EmptySubscription>;

/// The graph over a house.
pub(crate) fn over(house: House, documents: Documents) -> GraphSchema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).data(house).extension(Gate(documents)).finish()
}

/// The schema in the language of schemas, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options =
        async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().prefer_single_line_descriptions();
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).finish().sdl_with_options(options)
}
