//! Background jobs: work that is promised in a business transaction and done after it.
//!
//! A job is a row of `jobs.job`, written by [`enqueue`] through the caller's own transaction, so it exists exactly when the
//! business rows do. A [`Worker`] claims jobs and hands them to the [`Handlers`]; what fails is tried again later and later
//! ([`backoff`]), and after its last attempt stays as a dead letter with its reason until someone says [`retry_dead`].
//!
//! ```text
//! enqueue -> scheduled -> ready -> running -> (gone, or done if it has a key)
//!                 ^         ^         |
//!                 |         |         +-> the worker is gone: ready again
//!                 +- backoff + -------+-> failed: scheduled, after the last attempt dead -> retry_dead: ready
//! ```
//!
//! **Twice.** A job runs at least once: a worker may die after the work and before the note. Handlers bear that, as every
//! command does. A job with a key is accepted once for its co-op and task, also [`KEEP_KEYS_DAYS`] days after it is done.
//!
//! **Fairness.** A worker goes round the co-ops that have ready jobs, one job each, and gives no co-op more than
//! [`Limits::per_coop`] of its slots. A thousand jobs of one co-op delay another's single job by one round. The cost of a
//! claim grows neither with the number of co-ops nor with the backlog.
//!
//! **Crashes.** A worker holds an advisory lock on a connection of its own. When the process dies, PostgreSQL drops the
//! lock, and the next [`Worker`] to look takes over what it left, at once and without a timeout. This, and listening for new
//! jobs, need a session: no transaction-pooling proxy between worker and server.
//!
//! **Time** for schedules and backoff is the worker's [`kernel::Clock`], so tests move it instead of waiting.

mod claim;
mod error;
mod handlers;
mod job;
mod presence;
mod queue;
mod worker;

pub use claim::backoff;
pub use error::JobsError;
pub use handlers::{Attempt, Handlers};
pub use job::{Job, JobId, Task};
pub use presence::KEEP_KEYS_DAYS;
pub use queue::{DeadJob, dead, enqueue, enqueue_all, is_migrated, migrate, pending, retry_dead};
pub use worker::{Limits, Worker};
