//! Idempotency keys: the first answer is kept, errors included, and given again to the same request for 24 hours.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{error::ApiError, params::Params};

/// How long a key is remembered, by the stand-in's clock.
const REMEMBERED_SECS: i64 = 24 * 3600;

/// An answer kept for a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What was asked: method, path and parameters.
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) body: String,
    /// When, in Unix seconds of the stand-in's clock.
    pub(crate) at: i64,
    pub(crate) request_id: String,
}

/// The kept answers, by account and key.
#[derive(Debug, Default)]
pub(crate) struct Answers(HashMap<(String, String), Kept>);

/// What identifies a request beside its key.
pub(crate) fn fingerprint(method: &str, path: &str, params: &Params) -> String {
    format!("{method} {path} {:?}", params.0)
}

impl Answers {
    /// The answer kept for the key, `None` for a new or forgotten key, an error when the key came with another request.
    pub(crate) fn find(&self, scope: &str, key: &str, asked: &str, now: i64) -> Result<Option<&Kept>, ApiError> {
        match self.0.get(&(scope.to_owned(), key.to_owned())) {
            Some(kept) if now - kept.at >= REMEMBERED_SECS => Ok(None),
            Some(kept) if kept.asked != asked => Err(ApiError::idempotency(key)),
            kept => Ok(kept),
        }
    }

    pub(crate) fn keep(&mut self, scope: String, key: String, kept: Kept) {
        self.0.insert((scope, key), kept);
    }

    /// Those still remembered at `now`.
    pub(crate) fn remembered(&self, now: i64) -> impl Iterator<Item = (&str, &str, &Kept)> {
        let entries = self.0.iter().map(|((scope, key), kept)| (scope.as_str(), key.as_str(), kept));
        entries.filter(move |(_, _, kept)| now - kept.at < REMEMBERED_SECS)
    }
}
