//! Adding and removing an authenticator app, and recovery codes.

use std::fmt;

use chrono::{DateTime, Utc};
use data_encoding::BASE32_NOPAD;
use url::form_urlencoded;

use super::{recovery, totp};
use crate::{
    Access, AccessError, Signed,
    access::Inner,
    mails::{Event, tell},
    people::{self, Known},
    random::random,
    throttle::{self, Bucket},
};

/// An authenticator app that is being added. Shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The shared secret, for those who type it.
    pub secret: String,
    /// The same as apps scan it.
    pub url: String,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// A session that has just shown a factor, and the recovery codes that came with the first one.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Who they are, with a fresh factor.
    pub signed: Signed,
    /// An access token that says so.
    pub access_token: String,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// New recovery codes, when there were none. Shown once.
    pub recovery_codes: Vec<String>,
}

impl fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolled").field("signed", &self.signed).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Access {
    /// Begins to add an authenticator app; nothing changes before [`Access::confirm_totp`]. Beginning again makes another
    /// secret. Takes the password of somebody without a second factor, a fresh factor of others.
    #[tracing::instrument(name = "access.enrol_totp", skip_all, fields(session.id = %signed.session))]
    pub async fn enrol_totp(&self, signed: Signed, password: &str) -> Result<Enrolment, AccessError> {
        let inner = &self.inner;
        let known = inner.may_change_factors(signed, password).await?;
        let secret: [u8; totp::SECRET_LENGTH] = random();
        if !totp::keep(&inner.db, signed.person, totp::seal(&inner.ring, &secret), inner.clock.now()).await? {
            return Err(AccessError::Already("an authenticator app"));
        }
        let secret = BASE32_NOPAD.encode(&secret);
        let label: String = form_urlencoded::byte_serialize(format!("Guildhall:{}", known.email).as_bytes()).collect();
        let url = format!("otpauth://totp/{label}?secret={secret}&issuer=Guildhall");
        Ok(Enrolment { secret, url })
    }

    /// Adds the app by its first code, which also counts as showing it. From now on a password alone lets nobody in.
    #[tracing::instrument(name = "access.confirm_totp", skip_all, fields(session.id = %signed.session))]
    pub async fn confirm_totp(&self, signed: Signed, code: &str) -> Result<Enrolled, AccessError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        throttle::take(&inner.db, Bucket::factor(signed.person), now).await?;
        let known = inner.person_of(signed).await?;
        let tx = db::begin_global(&inner.db).await?;
        totp::take(&tx, &inner.ring, signed.person, (code, true), now).await?;
        throttle::fill_factor(&tx, signed.person).await?;
        let codes = inner.first_codes(&tx, &known).await?;
        tell(inner, &tx, &known, Event::TotpAdded, None).await?;
        tx.commit().await?;
        inner.enrolled(signed, codes).await
    }

    /// Removes the authenticator app of somebody who has shown a factor lately.
    #[tracing::instrument(name = "access.remove_totp", skip_all, fields(session.id = %signed.session))]
    pub async fn remove_totp(&self, signed: Signed) -> Result<(), AccessError> {
        let inner = &self.inner;
        let known = inner.person_of(signed).await?;
        if !known.has_totp {
            return Err(AccessError::Nothing("authenticator app"));
        }
        inner.factor_is_fresh(&known, signed)?;
        let tx = db::begin_global(&inner.db).await?;
        if totp::remove(&tx, signed.person).await? {
            if !known.has_passkey {
                recovery::forget(&tx, signed.person).await?;
            }
            tell(inner, &tx, &known, Event::TotpRemoved, None).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// New recovery codes in place of the old ones, for somebody who has shown a factor lately. Shown once.
    #[tracing::instrument(name = "access.regenerate_recovery_codes", skip_all, fields(session.id = %signed.session))]
    pub async fn regenerate_recovery_codes(&self, signed: Signed) -> Result<Vec<String>, AccessError> {
        let inner = &self.inner;
        let known = inner.person_of(signed).await?;
        if !known.has_factor() {
            return Err(AccessError::Nothing("second factor that recovery codes could stand in for"));
        }
        inner.factor_is_fresh(&known, signed)?;
        let tx = db::begin_global(&inner.db).await?;
        let codes = recovery::make(&tx, signed.person, inner.clock.now()).await?;
        tell(inner, &tx, &known, Event::RecoveryCodesMade, None).await?;
        tx.commit().await?;
        Ok(codes)
    }
}

impl Inner {
    pub(super) async fn person_of(&self, signed: Signed) -> Result<Known, AccessError> {
        people::by_id(&self.db, signed.person).await?.ok_or(AccessError::NotSignedIn("this person is gone"))
    }

    /// Whoever adds a second factor: somebody who has one has shown it lately, somebody who has none knows their password.
    /// A stolen session alone adds nothing.
    pub(super) async fn may_change_factors(&self, signed: Signed, password: &str) -> Result<Known, AccessError> {
        let known = self.person_of(signed).await?;
        if known.has_factor() {
            self.factor_is_fresh(&known, signed)?;
            return Ok(known);
        }
        self.still_knows(signed.person, password).await
    }

    /// Recovery codes for somebody whose first factor this is; none for others.
    pub(super) async fn first_codes(&self, tx: &db::Tx, known: &Known) -> Result<Vec<String>, AccessError> {
        if known.has_factor() {
            return Ok(Vec::new());
        }
        Ok(recovery::make(tx, known.id(), self.clock.now()).await?)
    }

    /// What somebody is given who has just added a factor by showing it.
    pub(super) async fn enrolled(&self, signed: Signed, recovery_codes: Vec<String>) -> Result<Enrolled, AccessError> {
        let (signed, access_token, expires_at) = self.step_up(signed, self.clock.now()).await?;
        Ok(Enrolled { signed, access_token, expires_at, recovery_codes })
    }
}
