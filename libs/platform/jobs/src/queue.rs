//! The queue as the rest of the house sees it: put work in, look at what died, wake it again.
//!
//! Everything goes through the caller's connection or transaction.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use sqlx::PgPool;

use crate::{Job, JobId, JobsError};

/// The channel on which workers hear of new jobs.
pub(crate) const CHANNEL: &str = "guildhall_jobs";

/// Dead letters shown at once.
const DEAD_SHOWN: i64 = 100;

/// Makes the queue's schema, or does nothing when it is there. Runs as the database's owner after the migration that makes
/// the role `guildhall_app`, which is granted what enqueueing and working need. Several processes may call it at once.
pub async fn migrate(owner: &PgPool) -> Result<(), JobsError> {
    // One message is one transaction: the lock lasts to its end. `if not exists` alone does not bear two at once.
    let sql = concat!("select pg_advisory_xact_lock(7310001);\n", include_str!("schema.sql"));
    sqlx::raw_sql(sql).execute(owner).await?;
    Ok(())
}

/// What a job is told by who enqueues it.
macro_rules! told {
    () => {
        "coop_id, task, key, payload, run_at, max_attempts, traceparent"
    };
}

/// Whether the queue's schema is there as this program needs it.
pub async fn is_migrated(db: &PgPool) -> Result<bool, sqlx::Error> {
    // Nothing is read: only that PostgreSQL knows the names matters. 42P01: no table; 42703: no column; 3F000: no schema
    match sqlx::query(concat!("select ", told!(), " from jobs.job limit 0")).execute(db).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error))
            if error.code().is_some_and(|code| ["42P01", "42703", "3F000", "42501"].contains(&code.as_ref())) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Puts a job in. It exists when the caller's transaction commits, and workers hear of it then.
///
/// `None`: a job with its key is there already; nothing was added.
pub async fn enqueue(tx: &impl ConnectionTrait, job: &Job) -> Result<Option<JobId>, JobsError> {
    Ok(enqueue_all(tx, std::slice::from_ref(job)).await?.pop())
}

/// Puts many jobs in with one statement. Returns the numbers of those that were added.
pub async fn enqueue_all(tx: &impl ConnectionTrait, jobs: &[Job]) -> Result<Vec<JobId>, JobsError> {
    const SQL: &str = concat!(
        "
        with added as (
            insert into jobs.job (",
        told!(),
        ", state)
            select coop_id, task, key, payload, coalesce(run_at, now()), max_attempts, traceparent,
                   case when run_at is null then 'ready' else 'scheduled' end
              from jsonb_to_recordset($1::jsonb)
                as asked (coop_id integer, task text, key text, payload jsonb, run_at timestamptz, max_attempts smallint, traceparent text)
            on conflict (coop_id, task, key) do nothing
            returning job_id
        )
        select job_id, pg_notify($2, '')::text from added"
    );
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let asked = serde_json::to_value(jobs).map_err(|source| JobsError::Payload { task: jobs[0].task_name(), source })?;
    let rows = tx.query_all_raw(statement(SQL, [asked.into(), CHANNEL.into()])).await?;
    Ok(rows.iter().map(|row| row.try_get("", "job_id").map(JobId)).collect::<Result<_, DbErr>>()?)
}

/// Jobs that are not finished: scheduled, ready or running, of all co-ops. Dead letters are not counted.
pub async fn pending(db: &impl ConnectionTrait) -> Result<i64, JobsError> {
    let sql = "select count(*) as pending from jobs.job where state in ('scheduled', 'ready', 'running')";
    let row = db.query_one_raw(statement(sql, [])).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "pending"))?)
}

/// A job that failed at its last attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadJob {
    /// Its number.
    pub id: JobId,
    /// The task's name.
    pub task: String,
    /// Its key, if it was to be accepted once.
    pub key: Option<String>,
    /// What the task was told.
    pub payload: serde_json::Value,
    /// How often it was tried.
    pub attempts: i16,
    /// What the last attempt said.
    pub reason: String,
    /// When it was given up.
    pub died_at: DateTime<Utc>,
}

impl DeadJob {
    fn read(row: &QueryResult) -> Result<Self, DbErr> {
        Ok(Self {
            id: JobId(row.try_get("", "job_id")?),
            task: row.try_get("", "task")?,
            key: row.try_get("", "key")?,
            payload: row.try_get("", "payload")?,
            attempts: row.try_get("", "attempts")?,
            reason: row.try_get("", "last_error")?,
            died_at: row.try_get("", "finished_at")?,
        })
    }
}

/// A co-op's dead letters, newest first, at most 100.
pub async fn dead(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<DeadJob>, JobsError> {
    const SQL: &str = "
        select job_id, task, key, payload, attempts, last_error, finished_at
          from jobs.job
         where coop_id = $1 and state = 'dead'
         order by job_id desc
         limit $2";
    let rows = db.query_all_raw(statement(SQL, [coop.0.into(), DEAD_SHOWN.into()])).await?;
    Ok(rows.iter().map(DeadJob::read).collect::<Result<_, _>>()?)
}

/// Makes dead letters of a co-op ready again, with all their attempts before them. Returns how many there were: a job that
/// is not dead, or another co-op's, is left alone.
pub async fn retry_dead(db: &impl ConnectionTrait, coop: CoopId, ids: &[JobId]) -> Result<u64, JobsError> {
    const SQL: &str = "
        with woken as (
            update jobs.job
               set state = 'ready', attempts = 0, run_at = now(), finished_at = null
             where coop_id = $1 and state = 'dead' and job_id = any($2)
            returning job_id
        )
        select job_id, pg_notify($3, '')::text from woken";
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = db.query_all_raw(statement(SQL, [coop.0.into(), ids.into(), CHANNEL.into()])).await?;
    Ok(rows.len() as u64)
}
