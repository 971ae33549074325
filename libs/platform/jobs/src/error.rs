//! What can keep the queue itself from working. What a job's own code says is its reason, not an error here.

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr};

/// A fault of the queue.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// The database said no or nothing.
    #[error("the job queue cannot be read or written")]
    Db(#[from] DbErr),
    /// The payload of a job cannot be written as JSON.
    #[error("the payload of a {task} job is not JSON")]
    Payload {
        /// The task's name.
        task: &'static str,
        /// Where it is not.
        source: serde_json::Error,
    },
}

impl JobsError {
    /// Whether trying again later may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Db(error) => db::is_passing(error),
            Self::Payload { .. } => false,
        }
    }
}

impl From<sqlx::Error> for JobsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }
}
