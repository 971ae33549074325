//! Signing up: nothing comes of it before the address is confirmed.

use chrono::TimeDelta;
use db::{Sqlstate, sqlstate};
use kernel::PersonId;
use uuid::Uuid;

use super::{
    Email, NewPerson, repo,
    tokens::{self, Purpose, Used, Whose},
    words::{usable_name, usable_password},
};
use crate::{
    Access, AccessError, Visitor,
    mails::{Event, Letter, promise, tell},
    random::token,
    throttle::{self, Bucket},
};

/// How long a link that confirms an address is good.
pub(super) const CONFIRM_WITHIN: TimeDelta = TimeDelta::days(1);

impl Access {
    /// Has a link mailed that makes the person when it is followed. The answer and the work are the same for an address
    /// that belongs to somebody; the letter then tells them that they have an account.
    #[tracing::instrument(name = "access.sign_up", skip_all)]
    pub async fn sign_up(&self, visitor: &Visitor, new: &NewPerson) -> Result<(), AccessError> {
        let inner = &self.inner;
        let (name, email) = (usable_name(&new.name)?, Email::parse(&new.email)?);
        usable_password(&new.password, &name, email.as_str())?;
        throttle::take(&inner.db, Bucket::letter(&email, visitor.address), inner.clock.now()).await?;
        let hash = inner.hasher.hash(&new.password).await?;
        let (now, token) = (inner.clock.now(), token());
        let whose = Whose { person: None, name: Some(&name), hash: Some(&hash) };
        let tx = db::begin_global(&inner.db).await?;
        tokens::keep(&tx, (Purpose::SignUp, &token, &email), whose, (now, now + CONFIRM_WITHIN)).await?;
        promise(inner, &tx, &Letter::SignUp { email: email.as_str().to_owned(), token }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Follows the link of a letter: makes the person who signed up, or gives a person their new address. Good once.
    #[tracing::instrument(name = "access.verify_email", skip_all)]
    pub async fn verify_email(&self, visitor: &Visitor, token: &str) -> Result<PersonId, AccessError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        throttle::take(&inner.db, Bucket::begin(visitor.address), now).await?;
        let tx = db::begin_global(&inner.db).await?;
        let used = tokens::use_up(&tx, token, &[Purpose::SignUp, Purpose::ChangeEmail], now).await?.ok_or(AccessError::DeadLink)?;
        let person = if used.is_for(Purpose::SignUp) {
            let person = PersonId(Uuid::now_v7());
            let (name, hash) = (used.name.as_deref().unwrap_or_default(), used.password_hash.as_deref().unwrap_or_default());
            if !repo::insert(&tx, (person, name, &used.email), hash, now).await? {
                return Err(AccessError::DeadLink); // another link of this address was followed before
            }
            person
        } else {
            self.change_to(&tx, &used).await?
        };
        tokens::drop_others(&tx, &used.email, &[Purpose::SignUp, Purpose::ChangeEmail]).await?;
        tx.commit().await?;
        Ok(person)
    }

    async fn change_to(&self, tx: &db::Tx, used: &Used) -> Result<PersonId, AccessError> {
        let person = used.person().ok_or(AccessError::DeadLink)?;
        let before = repo::by_id(tx, person).await?.ok_or(AccessError::DeadLink)?;
        repo::set_email(tx, person, &used.email).await.map_err(|error| match sqlstate(&error) {
            Some(Sqlstate::UniqueViolation) => AccessError::DeadLink,
            _ => error.into(),
        })?;
        // Who reads the old mailbox only must not be able to come back through it
        tokens::drop_others(tx, &before.email, &[Purpose::Reset]).await?;
        tell(&self.inner, tx, &before, Event::EmailChanged, None).await?;
        Ok(person)
    }
}
