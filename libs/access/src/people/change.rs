//! What somebody who is signed in changes: their password, their address.

use kernel::{FACTOR_IS_FRESH_FOR, PersonId};

use super::{
    Email, Known, repo,
    sign_up::CONFIRM_WITHIN,
    tokens::{self, Purpose, Whose},
    words::usable_password,
};
use crate::{
    Access, AccessError, Signed, Visitor,
    access::Inner,
    mails::{Event, Letter, promise, tell},
    random::token,
    sessions::{Ending, end_all},
    throttle::{self, Bucket},
};

impl Access {
    /// Changes the password of somebody who knows the present one, and ends their other sessions.
    #[tracing::instrument(name = "access.change_password", skip_all, fields(session.id = %signed.session))]
    pub async fn change_password(&self, signed: Signed, present: &str, new: &str) -> Result<(), AccessError> {
        let inner = &self.inner;
        let known = inner.still_knows(signed.person, present).await?;
        inner.factor_is_fresh(&known, signed)?;
        usable_password(new, &known.name, &known.email)?;
        let hash = inner.hasher.hash(new).await?;
        let now = inner.clock.now();
        let tx = db::begin_global(&inner.db).await?;
        repo::set_password(&tx, known.id(), &hash, now).await?;
        let ended = end_all(&tx, known.id(), Some(signed.session), Ending::PasswordChanged, now).await?;
        tell(inner, &tx, &known, Event::PasswordChanged, None).await?;
        tx.commit().await?;
        inner.living.ended(ended, now);
        Ok(())
    }

    /// Has a link mailed to a new address, which becomes the person's when it is followed ([`Access::verify_email`]); the
    /// old one is told then. The answer is the same for an address that belongs to somebody.
    #[tracing::instrument(name = "access.change_email", skip_all, fields(session.id = %signed.session))]
    pub async fn change_email(&self, visitor: &Visitor, signed: Signed, password: &str, new: &str) -> Result<(), AccessError> {
        let inner = &self.inner;
        let email = Email::parse(new)?;
        let known = inner.still_knows(signed.person, password).await?;
        inner.factor_is_fresh(&known, signed)?;
        let now = inner.clock.now();
        throttle::take(&inner.db, Bucket::letter(&email, visitor.address), now).await?;
        let token = token();
        let whose = Whose { person: Some(signed.person), ..Whose::default() };
        let tx = db::begin_global(&inner.db).await?;
        tokens::keep(&tx, (Purpose::ChangeEmail, &token, &email), whose, (now, now + CONFIRM_WITHIN)).await?;
        let letter = Letter::ChangeEmail { email: email.as_str().to_owned(), name: known.name, token };
        promise(inner, &tx, &letter).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a person a password, as whoever runs the installation: for people who were entered by hand, and for the demo.
    /// Every session of theirs ends.
    #[tracing::instrument(name = "access.give_password", skip_all, fields(person.id = %person))]
    pub async fn give_password(&self, person: PersonId, password: &str) -> Result<(), AccessError> {
        let inner = &self.inner;
        let known = repo::by_id(&inner.db, person).await?.ok_or(AccessError::Nothing("person"))?;
        usable_password(password, &known.name, &known.email)?;
        let hash = inner.hasher.hash(password).await?;
        let now = inner.clock.now();
        let tx = db::begin_global(&inner.db).await?;
        repo::set_password(&tx, person, &hash, now).await?;
        let ended = end_all(&tx, person, None, Ending::PasswordReset, now).await?;
        tx.commit().await?;
        inner.living.ended(ended, now);
        Ok(())
    }
}

impl Inner {
    /// For what changes how somebody proves who they are: whoever has a second factor has shown it a few minutes ago.
    pub(crate) fn factor_is_fresh(&self, known: &Known, signed: Signed) -> Result<(), AccessError> {
        let is_fresh = signed.factor_at.is_some_and(|at| self.clock.now() - at <= FACTOR_IS_FRESH_FOR);
        if known.has_factor() && !is_fresh { Err(AccessError::FactorNeeded) } else { Ok(()) }
    }
}
