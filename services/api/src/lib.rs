//! The doors of the house: the graph, where Stripe's webhooks come in, and where operators ask whether it is well.
//!
//! | request | answer |
//! |---|---|
//! | `POST /graphql` | what an operation of the graph answers; see `schema.graphql` |
//! | `GET /graphql/ws` | subscriptions over graphql-transport-ws |
//! | `GET /graphql` | GraphiQL, where it is switched on |
//! | `GET /files/…` | statements, exports of the co-op, documents that were submitted, pictures of products, for those who may see them in the graph |
//! | `POST /files/media?product=…` | a picture of a product, as the body |
//! | `POST /files/requirements/…` | a document that a co-op requires, as the body |
//! | `GET /catalogue/changes?since=…`, `GET /catalogue/snapshot` | what devices without a network keep of the catalogue |
//! | `POST /webhooks/stripe` | 200 once the event is on disk; signed with a secret of the platform's endpoint |
//! | `POST /webhooks/stripe/connect` | the same for events of connected accounts, with secrets of its own |
//! | `GET /healthz` | 200 while the process serves |
//! | `GET /.well-known/jwks.json` | the keys that sign access tokens, for whoever verifies them elsewhere |
//! | `GET /readyz` | 200 when the database answers and is migrated, else 503 |
//!
//! A delivery that is refused gets a 4xx with one sentence and leaves nothing but a count by day and reason. Counting and
//! waking the workers happen beside the requests, a bounded number of times a second, whatever comes in.
// The graph's groups lie within each other, and the compiler lays each out within the next
#![recursion_limit = "256"]

mod auth;
mod config;
mod cors;
mod door;
mod error;
mod graphql;
mod headers;
mod health;
mod jwks;
mod metrics;
mod problem;
mod proxies;
mod rate;
mod refusals;
mod running;
mod trace;
mod waker;

pub use auth::COOP_HEADER;
pub use config::ApiConfig;
pub use error::ApiError;
pub use graphql::{TrustedDocuments, TrustedError, error_codes, sdl};
pub use proxies::{Network, NotANetwork};
pub use running::{Api, Running};
