//! What is to be done: the payload's type names the task; the code that does it lives elsewhere.

use chrono::{DateTime, Utc};
use kernel::CoopId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::JobsError;

/// A job's number, unique in the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A kind of work and what it needs to know. Old payloads must stay readable: they may lie in the queue during an upgrade.
pub trait Task: Serialize + DeserializeOwned + Send + 'static {
    /// Its name in the queue, `context.verb`: `statements.mail`. Stable.
    const NAME: &'static str;
    /// How often it is tried before it is a dead letter. The default gives up after about a day.
    const MAX_ATTEMPTS: u16 = 10;
}

/// One piece of work for one co-op, ready to be enqueued.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    #[serde(rename = "coop_id")]
    coop: CoopId,
    task: &'static str,
    key: Option<String>,
    payload: serde_json::Value,
    run_at: Option<DateTime<Utc>>,
    max_attempts: u16,
    traceparent: Option<String>,
}

impl Job {
    /// A job that may run at once. Its work belongs to the trace in which this is called.
    pub fn try_new<T: Task>(coop: CoopId, task: &T) -> Result<Self, JobsError> {
        let payload = serde_json::to_value(task).map_err(|source| JobsError::Payload { task: T::NAME, source })?;
        let traceparent = telemetry::traceparent();
        Ok(Self { coop, task: T::NAME, key: None, payload, run_at: None, max_attempts: T::MAX_ATTEMPTS, traceparent })
    }

    /// Accepted once: while a job of this co-op, task and key is known, another is not added. 1 to 300 characters.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(crate) fn task_name(&self) -> &'static str {
        self.task
    }

    /// Not before `run_at`.
    #[must_use]
    pub fn not_before(mut self, run_at: DateTime<Utc>) -> Self {
        self.run_at = Some(run_at);
        self
    }

    /// Tried this often instead of [`Task::MAX_ATTEMPTS`]; at least once.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u16) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }
}
