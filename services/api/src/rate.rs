//! How much of the house an operation may use: taken from its key's or person's bucket, and its co-op's, before it runs.
//!
//! | header | says |
//! |---|---|
//! | `RateLimit-Limit` | what a full bucket holds, in points of cost |
//! | `RateLimit-Remaining` | what is left in it, as far as this process knows |
//! | `RateLimit-Reset` | in how many seconds it is full again when nothing more is taken |
//! | `Retry-After` | with status 429: after how many seconds the same operation can pass |
//!
//! Where the co-op's own bucket is the one that is shorter of tokens, the headers speak of that. The structured fields of the
//! IETF's draft (`RateLimit`, `RateLimit-Policy`) are not sent: their last form expired without becoming a standard, and
//! each one before it wrote them differently. These three have been understood all along.

use std::sync::{Arc, OnceLock};

use actix_web::{
    HttpResponseBuilder,
    http::{StatusCode, header},
};
use kernel::{Actor, Code, Refusal};
use partners::{Limits, Verdict};

/// What became of an operation at the limiter, once it was asked. In the data of each request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate(Arc<OnceLock<Verdict>>);

impl Rate {
    /// Takes what the operation costs.
    pub(crate) async fn take(&self, limits: &Limits, actor: &Actor, cost: usize) -> Result<(), Refusal> {
        let verdict = limits.take(actor, u32::try_from(cost).unwrap_or(u32::MAX).max(1)).await;
        // A second operation of the same request does not exist: what is there stays
        let _ = self.0.set(verdict);
        match verdict.retry_after_secs {
            None => Ok(()),
            Some(secs) => Err(Refusal::new(Code::TooMany, format!("that was too much in too short a time; try again in {secs} seconds"))),
        }
    }

    /// The status of an answer: 429 when nothing was done because of the limit.
    pub(crate) fn status(&self, otherwise: StatusCode) -> StatusCode {
        if self.0.get().is_some_and(|verdict| !verdict.allowed) { StatusCode::TOO_MANY_REQUESTS } else { otherwise }
    }

    /// Tells the limits in the headers of an answer; nothing where nobody asked the limiter.
    pub(crate) fn tell(&self, answer: &mut HttpResponseBuilder) {
        let Some(verdict) = self.0.get() else { return };
        answer.insert_header(("ratelimit-limit", verdict.limit));
        answer.insert_header(("ratelimit-remaining", verdict.remaining));
        answer.insert_header(("ratelimit-reset", verdict.reset_secs));
        if let Some(secs) = verdict.retry_after_secs {
            answer.insert_header((header::RETRY_AFTER, secs));
        }
    }
}
