//! Signing in: a password, and then a second factor for those who have one.

use chrono::{DateTime, Utc};
use kernel::PersonId;

use super::repo;
use crate::{
    Access, AccessError, EventKind, Grant, SignIn, Signed, Visitor,
    access::Inner,
    events::keep,
    factors,
    mails::{Event, tell},
    people::{self, Email, Known, Verified, is_plausible},
    throttle::{self, Bucket},
    tokens::RefreshToken,
};

impl Access {
    /// Signs somebody in with their password. The answer to a wrong password and to an unknown address is the same, and so
    /// is the work: one verification, whoever it is.
    #[tracing::instrument(name = "access.sign_in", skip_all)]
    pub async fn sign_in(&self, visitor: &Visitor, email: &str, password: &str) -> Result<SignIn, AccessError> {
        let inner = &self.inner;
        let email = Email::parse(email)?;
        throttle::take(&inner.db, Bucket::sign_in(&email, visitor.address), inner.clock.now()).await?;
        let known = inner.right_password(&email, password, Some(visitor)).await?;
        let now = inner.clock.now();
        if known.has_factor() {
            return Ok(SignIn::Challenge(factors::challenge(inner, &known, visitor, now).await?));
        }
        let tx = db::begin_global(&inner.db).await?;
        let grant = inner.begin_session(&tx, &known, visitor, None).await?;
        tx.commit().await?;
        Ok(SignIn::Done(grant))
    }
}

impl Inner {
    /// Whoever has that address and that password. Somebody without a password, or nobody, costs the same work.
    async fn right_password(&self, email: &Email, password: &str, visitor: Option<&Visitor>) -> Result<Known, AccessError> {
        let known = people::by_email(&self.db, email).await?;
        let hash = known.as_ref().and_then(|known| known.hash.as_deref());
        let shown = if is_plausible(password) { password } else { "" };
        let verified = self.hasher.verify(shown, hash).await?;
        match (verified, known) {
            (Verified::Right, Some(known)) => Ok(known),
            (Verified::RightAnew(new), Some(known)) => {
                people::rehash(&self.db, known.id(), known.hash.as_deref().unwrap_or_default(), &new).await?;
                Ok(known)
            }
            (Verified::Wrong, Some(known)) => {
                self.failures.note(known.id(), EventKind::PasswordWrong, visitor, self.clock.now());
                Err(AccessError::WrongPassword)
            }
            (_, None) => Err(AccessError::WrongPassword),
        }
    }

    /// A session for somebody who proved who they are, told to them when they were never seen on such a device.
    pub(crate) async fn begin_session(
        &self,
        tx: &db::Tx,
        known: &Known,
        visitor: &Visitor,
        factor_at: Option<DateTime<Utc>>,
    ) -> Result<Grant, AccessError> {
        let now = self.clock.now();
        let begun = repo::insert(tx, (known.id(), factor_at), visitor, now).await?;
        throttle::fill(tx, &Bucket::account(&Email::parse(&known.email)?)).await?;
        let signed = begun.row.signed();
        if begun.is_new_device {
            tell(self, tx, known, Event::NewDevice, Some((Some(signed.session), visitor))).await?;
        } else {
            keep(self, tx, known.id(), EventKind::SignedIn, Some((Some(signed.session), visitor))).await?;
        }
        self.grant(&begun.row, now).await
    }

    /// The tokens of a session as it is now.
    pub(super) async fn grant(&self, row: &repo::Row, now: DateTime<Utc>) -> Result<Grant, AccessError> {
        let signed = row.signed();
        let (access_token, expires_at) = self.keys.sign(signed, now, row.expires_at).await?;
        let refresh_token = RefreshToken::make(&self.ring, signed.session, &row.seed, row.generation);
        Ok(Grant { signed, access_token, expires_at, refresh_token })
    }

    /// A new access token for a session in which a second factor was shown just now.
    pub(crate) async fn step_up(&self, signed: Signed, now: DateTime<Utc>) -> Result<(Signed, String, DateTime<Utc>), AccessError> {
        let last = repo::show_factor(&self.db, signed, now).await?.ok_or(AccessError::NotSignedIn("this session has ended"))?;
        let signed = Signed { factor_at: Some(now), ..signed };
        let (token, expires_at) = self.keys.sign(signed, now, last).await?;
        Ok((signed, token, expires_at))
    }

    /// Whether a password is the one of a person who is signed in; guesses count like those of a sign-in.
    pub(crate) async fn still_knows(&self, person: PersonId, password: &str) -> Result<Known, AccessError> {
        let known = people::by_id(&self.db, person).await?.ok_or(AccessError::NotSignedIn("this person is gone"))?;
        let email = Email::parse(&known.email)?;
        throttle::take(&self.db, vec![Bucket::account(&email)], self.clock.now()).await?;
        self.right_password(&email, password, None).await
    }
}
