//! The audit: who changed what in a co-op, through which operation, from where, and what it was before.
//!
//! Nobody writes it by hand. Migration `0010_audit.sql` gives each table that people administer a trigger; it writes an
//! [`Entry`] in the transaction of the change, so there is never one without the other. Who acts is told by
//! [`db::acting`]. Entries are never changed or deleted: the application's role may only read them, and triggers refuse
//! everyone else. What is secret is written as `***`. What people do that changes no table of their own is written with
//! [`note`].
//!
//! What is read here is seen by whoever may read the audit, in their co-op alone. Entries come newest first, by the moment
//! their transaction began; one that took long to commit can appear a little below the newest.

mod entry;
mod error;
mod list;
mod sentence;

pub use entry::{Action, Cursor, Entry, Source};
pub use error::AuditError;
pub use list::{Filter, MAX_PAGE, Page, get, list, note};
