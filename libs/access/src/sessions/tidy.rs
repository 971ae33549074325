//! What nobody needs any more is forgotten, about once an hour, by whichever process is at work.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use sea_orm::ConnectionTrait as _;

use crate::{Access, AccessError};

/// How often a process tidies up.
const TIDY_EVERY: TimeDelta = TimeDelta::hours(1);
/// How long ended sessions, and links that were used, can still be looked at.
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

/// Each forgets what was over by `$1`.
const FORGET: &[&str] = &[
    "delete from session where expires_at <= $1 or ended_at <= $1",
    "delete from mail_token where expires_at <= $1",
    "delete from sign_in_challenge where expires_at <= $1",
    "delete from passkey_ceremony where expires_at <= $1",
    "delete from totp where confirmed_at is null and made_at <= $1",
];

impl Access {
    /// Forgets what is over: sessions a month after their end, what was mailed or begun, buckets that are full again, keys.
    #[tracing::instrument(name = "access.tidy", skip_all)]
    pub async fn tidy(&self) -> Result<(), AccessError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        for forget in FORGET {
            inner.db.execute_raw(statement(forget, [(now - KEPT_FOR).into()])).await?;
        }
        inner.db.execute_raw(statement("delete from throttle where free_at <= $1", [now.into()])).await?;
        inner.keys.forget_old(now).await
    }

    /// Tidies up when it is time to. A failure is told in the log: nobody's request fails for it.
    pub(super) async fn tidy_sometimes(&self, now: DateTime<Utc>) {
        let last = self.inner.tidied_at.load(Ordering::Relaxed);
        let is_due = last == 0 || now.timestamp() - last >= TIDY_EVERY.num_seconds();
        if !is_due || self.inner.tidied_at.compare_exchange(last, now.timestamp(), Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        if last == 0 {
            return; // A process that has just started has better things to do
        }
        if let Err(error) = self.tidy().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what is over could not be forgotten; the next hour tries again");
        }
    }
}
