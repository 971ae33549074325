//! Taking a job and saying how it went. Each is one statement.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::CoopId;
use serde_json::Value;
use sqlx::PgPool;

use crate::{Attempt, JobId, JobsError, handlers::Reason};

/// The longest pause between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(6);

/// A job in a worker's hands.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) attempt: Attempt,
    pub(crate) task: String,
    pub(crate) payload: Value,
    /// The trace in which it was asked for.
    pub(crate) traceparent: Option<String>,
    worker: i32,
}

/// The co-op whose turn it was, and the job taken; no job when other workers took its last ones at the same moment.
type Turn = (i32, Option<i64>, Option<String>, Option<Value>, Option<i16>, Option<bool>, Option<String>);

/// The oldest ready job of the next co-op after `after`, going round, that is not in `full`; taken for `worker`.
pub(crate) async fn claim(pool: &PgPool, worker: i32, after: Option<CoopId>, full: &[CoopId]) -> Result<Option<Claimed>, JobsError> {
    let full: Vec<i32> = full.iter().map(|coop| coop.0).collect();
    let mut cursor = after.map_or(i32::MIN, |coop| coop.0);
    let mut has_wrapped = false;
    // Ends: each turn without a job moves the cursor on, and it passes the end once.
    loop {
        match next_turn(pool, worker, cursor, &full).await? {
            None if has_wrapped => return Ok(None),
            None => {
                has_wrapped = true;
                cursor = i32::MIN;
            }
            Some((coop, Some(id), Some(task), Some(payload), Some(number), Some(last), traceparent)) => {
                let number = u16::try_from(number).expect("the table counts attempts from 0 to max_attempts");
                let attempt = Attempt { job: JobId(id), coop: CoopId(coop), number, last };
                return Ok(Some(Claimed { attempt, task, payload, traceparent, worker }));
            }
            Some((coop, ..)) => cursor = coop,
        }
    }
}

async fn next_turn(pool: &PgPool, worker: i32, cursor: i32, full: &[i32]) -> Result<Option<Turn>, JobsError> {
    // `coop` hops over co-ops by the index, one probe each, and no further than the first that is not full.
    const SQL: &str = "
        with recursive coop (coop_id) as (
            (select coop_id from jobs.job where state = 'ready' and coop_id > $1 order by coop_id limit 1)
            union all
            select (select next.coop_id from jobs.job next
                     where next.state = 'ready' and next.coop_id > coop.coop_id order by next.coop_id limit 1)
              from coop
             where coop.coop_id = any($2)
        ), turn as (
            select coop_id from coop where coop_id is not null and coop_id <> all($2) limit 1
        ), oldest as (
            select job_id from jobs.job
             where state = 'ready' and coop_id = (select coop_id from turn)
             order by run_at, job_id
             limit 1
               for update skip locked
        ), taken as (
            update jobs.job
               set state = 'running', attempts = attempts + 1, worker = $3
              from oldest
             where job.job_id = oldest.job_id
            returning job.job_id, task, payload, attempts, attempts = max_attempts as last, traceparent
        )
        select turn.coop_id, taken.job_id, taken.task, taken.payload, taken.attempts, taken.last, taken.traceparent
          from turn left join taken on true";
    Ok(sqlx::query_as(SQL).bind(cursor).bind(full).bind(worker).fetch_optional(pool).await?)
}

impl Claimed {
    /// Notes that it is done: the row goes, or stays as the memory of its key.
    pub(crate) async fn complete(&self, pool: &PgPool, now: DateTime<Utc>) -> Result<(), JobsError> {
        const SQL: &str = "
            with gone as (
                delete from jobs.job
                 where job_id = $1 and state = 'running' and worker = $2 and attempts = $3 and key is null
            )
            update jobs.job
               set state = 'done', payload = 'null', worker = null, last_error = null, finished_at = $4
             where job_id = $1 and state = 'running' and worker = $2 and attempts = $3 and key is not null";
        // Worker and attempt name this very claim: if somebody else has taken the job over, nothing happens.
        let query = sqlx::query(SQL).bind(self.attempt.job.0).bind(self.worker).bind(self.number()).bind(now);
        query.execute(pool).await?;
        Ok(())
    }

    /// Notes that it failed and why: it is tried again after [`backoff`], or is dead.
    pub(crate) async fn fail(&self, pool: &PgPool, now: DateTime<Utc>, reason: &Reason) -> Result<(), JobsError> {
        const SQL: &str = "
            update jobs.job
               set state = case when attempts < max_attempts then 'scheduled' else 'dead' end,
                   finished_at = case when attempts < max_attempts then null else $4 end,
                   run_at = $5, last_error = $6, worker = null
             where job_id = $1 and state = 'running' and worker = $2 and attempts = $3";
        let query = sqlx::query(SQL).bind(self.attempt.job.0).bind(self.worker).bind(self.number()).bind(now);
        query.bind(now + backoff(self.attempt.number)).bind(reason).execute(pool).await?;
        Ok(())
    }

    fn number(&self) -> i16 {
        i16::try_from(self.attempt.number).expect("it was read from a smallint")
    }
}

/// The pause after the given attempt failed: 4 s, 16 s, 64 s and so on by four, at most 6 hours.
pub fn backoff(attempt: u16) -> TimeDelta {
    let secs = 4_i64.checked_pow(u32::from(attempt)).unwrap_or(i64::MAX);
    TimeDelta::try_seconds(secs).map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_then_stay() {
        let secs: Vec<i64> = [1, 2, 3, 8, u16::MAX].map(|attempt| backoff(attempt).num_seconds()).to_vec();
        assert_eq!(secs, [4, 16, 64, 21_600, 21_600]);
    }
}
