//! The graph: one schema over everything that the house knows.
//!
//! ```text
//! POST /graphql ─ door ─> who asks ─> document (persisted, trusted, or sent; parsed once, weighed) ─> resolvers ─> services
//! GET /graphql/ws ─ the same for subscriptions, over graphql-transport-ws
//! ```
//!
//! | rule | held by |
//! |---|---|
//! | a resolver's first line asks who acts, and whether they may | [`base::Asking`] and the walk in `tests/graph` |
//! | a refusal of a mutation is data, a fault tells nothing | [`base::Failure`] and [`base::payload!`] |
//! | every query starts from the actor's co-op; an id names no co-op | [`base::GlobalId`] |
//! | lists are connections with keyset cursors, at most [`base::MAX_PAGE`] a page | [`base::page`] |
//! | an edge to one goes through a loader that knows the actor's co-op | [`loaders`] |
//! | depth, weight, aliases, size and time are limited | [`limits`] |
//!
//! Each context has a folder with its types and its resolvers; [`Query`] and [`Mutation`] put them together in groups,
//! because one `MergedObject` of everything overflows the compiler's patience.

mod access;
mod agreements;
mod audit;
pub(crate) mod base;
mod books;
mod catalogue;
mod co_op;
mod coops;
mod costs;
mod discovery;
mod documents;
mod door;
mod drops;
pub(crate) mod feed;
pub(crate) mod files;
mod gate;
mod house;
mod imports;
mod inbox;
mod limits;
mod live;
mod loaders;
mod members;
mod node;
mod once;
mod parties;
mod partners;
mod payouts;
mod people;
mod sales;
mod schema;
mod socket;
mod statements;
mod stock;
mod usage;
mod weigh;

pub(crate) use documents::Documents;
pub use documents::{TrustedDocuments, TrustedError};
pub(crate) use door::{Graph, graphiql, post};
pub use gate::error_codes;
pub(crate) use house::House;
pub(crate) use limits::MAX_BODY_BYTES;
pub(crate) use live::beat;
use members::REQUIREMENT;
pub use schema::sdl;
pub(crate) use socket::{Sockets, socket};
