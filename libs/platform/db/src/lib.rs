//! The way to PostgreSQL: one pool per process, and transactions that name the co-ops they may see.
//!
//! The application's role sees a row only when its transaction named the row's co-op: [`begin`] names one, [`begin_many`]
//! those of a worker's batch. Nothing named, nothing seen. Ordinary queries go through SeaORM entities that start from
//! the co-op; set-based statements are plain SQL through the same connection, made with [`statement`].

mod acting;
mod connect;
mod decode;
mod errors;
mod scope;
mod tx;

pub use acting::{Acting, Doer, acting, acting_via};
pub use connect::{APP_ROLE, Pools, app_pool, owner_pool};
pub use decode::{column, json, json_or_null, parsed, word_of};
pub use errors::{Sqlstate, is_passing, sqlstate};
pub use scope::{begin, begin_brief, begin_global, begin_many, begin_reading, begin_snapshot, name_coops, statement};
pub use tx::Tx;
