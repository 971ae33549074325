//! A forgotten password.

use chrono::TimeDelta;

use super::{
    Email, repo,
    tokens::{self, Purpose, Whose},
    words::usable_password,
};
use crate::{
    Access, AccessError, Visitor,
    mails::{Event, Letter, promise, tell},
    random::token,
    sessions::{Ending, end_all},
    throttle::{self, Bucket},
};

/// How long a link to a new password is good.
const RESET_WITHIN: TimeDelta = TimeDelta::hours(1);

impl Access {
    /// Has a link to a new password mailed, if that address belongs to somebody: the worker looks, so that the answer and
    /// the work here are the same for every address.
    #[tracing::instrument(name = "access.request_reset", skip_all)]
    pub async fn request_password_reset(&self, visitor: &Visitor, email: &str) -> Result<(), AccessError> {
        let inner = &self.inner;
        let email = Email::parse(email)?;
        let now = inner.clock.now();
        throttle::take(&inner.db, Bucket::letter(&email, visitor.address), now).await?;
        let token = token();
        let tx = db::begin_global(&inner.db).await?;
        tokens::keep(&tx, (Purpose::Reset, &token, &email), Whose::default(), (now, now + RESET_WITHIN)).await?;
        promise(inner, &tx, &Letter::Reset { email: email.as_str().to_owned(), token }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a new password by the link of a letter, and ends every session. Good once. A second factor stays what it is.
    #[tracing::instrument(name = "access.reset_password", skip_all)]
    pub async fn reset_password(&self, visitor: &Visitor, token: &str, password: &str) -> Result<(), AccessError> {
        let inner = &self.inner;
        throttle::take(&inner.db, Bucket::begin(visitor.address), inner.clock.now()).await?;
        let email = tokens::is_good(&inner.db, token, Purpose::Reset, inner.clock.now()).await?.ok_or(AccessError::DeadLink)?;
        let known = repo::by_email(&inner.db, &Email::parse(&email)?).await?.ok_or(AccessError::DeadLink)?;
        usable_password(password, &known.name, &known.email)?;
        let hash = inner.hasher.hash(password).await?;
        let now = inner.clock.now();
        let tx = db::begin_global(&inner.db).await?;
        tokens::use_up(&tx, token, &[Purpose::Reset], now).await?.ok_or(AccessError::DeadLink)?;
        repo::set_password(&tx, known.id(), &hash, now).await?;
        tokens::drop_others(&tx, &email, &[Purpose::Reset]).await?;
        let ended = end_all(&tx, known.id(), None, Ending::PasswordReset, now).await?;
        throttle::fill(&tx, &Bucket::account(&Email::parse(&known.email)?)).await?;
        tell(inner, &tx, &known, Event::PasswordReset, None).await?;
        tx.commit().await?;
        inner.living.ended(ended, now);
        Ok(())
    }
}
