//! A worker's sign of life: an advisory lock on a connection of its own.
//!
//! While the lock is held, the jobs that carry its number are being done. When the process or the connection dies, the
//! server lets go of the lock, and whoever tidies next makes those jobs ready again.

use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, PgPool};

use crate::{JobId, JobsError};

/// How long a key is remembered after its job is done.
pub const KEEP_KEYS_DAYS: i32 = 30;

/// Keys forgotten at once, so that tidying never holds many rows.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// A worker that is alive.
#[derive(Debug)]
pub(crate) struct Presence {
    connection: PgConnection,
    /// The number that its jobs carry.
    pub(crate) worker: i32,
}

impl Presence {
    /// Takes a number and its lock. Not from the pool: a pooled connection would outlive the worker and keep the lock.
    pub(crate) async fn announce(pool: &PgPool) -> Result<Self, JobsError> {
        // The lock's class is the word "jobs" in ASCII; `tidy` looks for the same.
        const SQL: &str = "
            with me as materialized (select nextval('jobs.worker_seq')::integer as worker)
            select worker, pg_advisory_lock(1785684595, worker)::text from me";
        let mut connection = PgConnection::connect_with(pool.connect_options().as_ref()).await?;
        let (worker, _locked): (i32, String) = sqlx::query_as(SQL).fetch_one(&mut connection).await?;
        Ok(Self { connection, worker })
    }

    /// Makes ready what has become due and what workers that are gone left behind, and forgets old keys. `mine` are the
    /// jobs this process is busy with, under whatever number: they are not left behind. Fails when the lock is lost.
    pub(crate) async fn tidy(&mut self, now: DateTime<Utc>, mine: &[JobId]) -> Result<(), JobsError> {
        const SQL: &str = "
            with due as (
                update jobs.job set state = 'ready' where state = 'scheduled' and run_at <= $1
            ), left_behind as (
                update jobs.job
                   set state = case when attempts < max_attempts then 'ready' else 'dead' end,
                       finished_at = case when attempts < max_attempts then null else $1 end,
                       last_error = 'the worker stopped in the middle of it', worker = null
                 where state = 'running' and job_id <> all($2)
                   and (worker = $3 or not exists (
                        select from pg_locks
                         where locktype = 'advisory' and classid = 1785684595 and objid = job.worker::oid and objsubid = 2
                           and database = (select oid from pg_database where datname = current_database())))
            )
            delete from jobs.job
             where job_id in (
                select job_id from jobs.job
                 where state = 'done' and finished_at < $1 - make_interval(days => $4)
                 limit $5)";
        let mine: Vec<i64> = mine.iter().map(|id| id.0).collect();
        let query = sqlx::query(SQL).bind(now).bind(mine).bind(self.worker).bind(KEEP_KEYS_DAYS).bind(FORGOTTEN_AT_ONCE);
        query.execute(&mut self.connection).await?;
        Ok(())
    }

    /// Lets go in good order.
    pub(crate) async fn leave(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(worker = self.worker, %error, "worker {} is gone already", self.worker);
        }
    }
}
