//! Partners: programs that act in one co-op, by a key, within limits.
//!
//! **Keys.** A key has a name, permissions that never exceed its maker's, and a day on which it ends. It is shown once: only
//! its SHA-256 is kept ([`Token`] says why that is enough). [`Keys::rotate`] adds a secret and lets the earlier ones work
//! for a while longer. A key belongs to its co-op and outlives its maker's membership; whoever may manage keys can revoke it.
//! [`Keys::authenticate`] costs no statement while a key is in use: what is known of it is kept in memory for
//! [`KNOWN_FOR_SECS`] seconds, so a key that is revoked elsewhere works that much longer at most.
//!
//! **Limits.** Each key, each person and each co-op has a token bucket in PostgreSQL, so that it holds over all
//! processes. A process takes tokens in leases and spends them from memory ([`Limits`] states by how much it can
//! overshoot). The limiter keeps the house fair, not safe: when its statement fails, the request passes.
//!
//! **What they use.** [`FieldUses`] counts which fields of the graph each key asks for, so that a deprecated one can go when
//! nobody does any more. [`forget_answers`] removes what idempotency keys were answered a month ago.

mod bucket;
mod door;
mod error;
mod field_uses;
mod idempotency;
mod key;
mod limits;
mod repo;
mod service;
mod token;
mod uses;

pub use bucket::{NotAQuota, Quota, Verdict};
pub use door::{KNOWN_FOR_SECS, Keys};
pub use error::PartnersError;
pub use field_uses::{FieldUse, FieldUses, FieldUsesAsk};
pub use idempotency::{KEPT_FOR_DAYS, forget_answers};
pub use key::{Key, KeySecret, KeyStatus, MAX_KEYS, MAX_LIFETIME_DAYS, MAX_OVERLAP_DAYS, MAX_SECRETS, Made, NewKey};
pub use limits::{Limits, Quotas};
pub use service::KeyPage;
pub use token::{Form, Token, form};
