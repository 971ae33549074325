//! The schema, put together from the contexts in groups.

use async_graphql::{MergedObject, MergedSubscription, Schema};

use super::{
    House, access, agreements, audit, books, catalogue, co_op, costs, discovery, documents::Documents, drops, feed, gate::Gates, imports,
    inbox, live, members, node, parties, partners, payouts, sales, statements, stock, usage,
};

/// What can be asked.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct Query(node::NodeQuery, People, Goods, Trade, Books);

/// What can be asked about people and co-ops.
#[derive(Debug, Default, MergedObject)]
struct People(
    members::MembersQuery,
    co_op::CoOpQuery,
    parties::PartyQuery,
    partners::PartnersQuery,
    usage::UsageQuery,
    audit::AuditQuery,
    access::AccessQuery,
);

/// What can be asked about what is sold.
#[derive(Debug, Default, MergedObject)]
struct Goods(
    catalogue::CatalogueQuery,
    drops::PromisesQuery,
    stock::StockQuery,
    feed::FeedQuery,
    discovery::DiscoveryQuery,
    imports::ImportsQuery,
);

/// What can be asked about sales and the agreements that share them.
#[derive(Debug, Default, MergedObject)]
struct Trade(sales::SaleQuery, agreements::AgreementQuery, agreements::TrialQuery);

/// What can be asked about the books and what follows from them.
#[derive(Debug, Default, MergedObject)]
struct Books(books::BookQuery, costs::CostQuery, payouts::PayoutQuery, statements::StatementQuery, inbox::InboxQuery);

/// What can be done.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct Mutation(PeopleMutation, GoodsMutation, BooksMutation);

/// What can be done about people and co-ops.
#[derive(Debug, Default, MergedObject)]
struct PeopleMutation(members::MembersMutation, partners::PartnersMutation, access::AccessMutation);

/// What can be done with what is sold.
#[derive(Debug, Default, MergedObject)]
struct GoodsMutation(
    catalogue::CatalogueMutation,
    drops::PromisesMutation,
    stock::StockMutation,
    discovery::DiscoveryMutation,
    imports::ImportsMutation,
);

/// What can be done with the books.
#[derive(Debug, Default, MergedObject)]
struct BooksMutation(
    agreements::AgreementMutation,
    costs::CostMutation,
    payouts::PayoutMutation,
    statements::StatementMutation,
    inbox::InboxMutation,
);

/// What is told as it happens.
#[derive(Debug, Default, MergedSubscription)]
pub(crate) struct Subscription(live::LiveSubscription);

/// The graph.
pub(crate) type GraphSchema = Schema<Query, Mutation, Subscription>;

/// The graph over a house.
pub(crate) fn over(house: House, documents: Documents) -> GraphSchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default()).data(house).extension(Gates(documents)).finish()
}

/// The schema in the language of schemas, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options =
        async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().prefer_single_line_descriptions();
    Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish().sdl_with_options(options)
}
