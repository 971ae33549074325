//! The second step of signing in, and showing a factor again later.

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{
    ceremony::{self, Kind},
    passkeys, recovery, totp,
};
use crate::{
    Access, AccessError, Challenge, EventKind, Grant, Signed, Visitor,
    access::Inner,
    mails::{Event, tell},
    people::{self, Known},
    random::{token, token_hash},
    throttle::{self, Bucket},
};

/// How long somebody may look for their phone.
const ANSWER_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// Wrong answers that a challenge bears.
const TRIES: i16 = 5;

/// What somebody shows as a second factor.
#[derive(Clone)]
pub enum Factor {
    /// A code of their authenticator app.
    Totp(String),
    /// One of their recovery codes.
    RecoveryCode(String),
    /// What their passkey signed, as the browser gives it.
    Passkey {
        /// The ceremony that asked for it; the nil id for a challenge, which asks itself.
        ceremony: Uuid,
        /// The answer.
        signed: serde_json::Value,
    },
}

impl std::fmt::Debug for Factor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Totp(_) => "Totp(…)",
            Self::RecoveryCode(_) => "RecoveryCode(…)",
            Self::Passkey { .. } => "Passkey(…)",
        })
    }
}

/// Asks somebody whose password was right for their second factor.
pub(crate) async fn challenge(inner: &Inner, known: &Known, visitor: &Visitor, now: DateTime<Utc>) -> Result<Challenge, AccessError> {
    const INSERT: &str = "
        insert into sign_in_challenge (token_hash, person_id, device, passkey_state, tries_left, made_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let asked = if known.has_passkey { Some(passkeys::ask(inner, known.id()).await?) } else { None };
    let (passkey_options, state) = asked.unzip();
    let (token, expires_at) = (token(), now + ANSWER_WITHIN);
    let values = [
        token_hash(&token).into(),
        known.id().0.into(),
        visitor.device.clone().into(),
        state.into(),
        TRIES.into(),
        now.into(),
        expires_at.into(),
    ];
    inner.db.execute_raw(statement(INSERT, values)).await?;
    Ok(Challenge { token, expires_at, takes_totp: known.has_totp, passkey_options })
}

#[derive(FromQueryResult)]
struct Asked {
    person_id: Uuid,
    passkey_state: Option<serde_json::Value>,
}

/// Takes one try of a challenge, committed before anything is compared: nobody tries more often by trying at once.
async fn take_try(db: &impl ConnectionTrait, hash: &[u8], now: DateTime<Utc>) -> Result<Option<Asked>, DbErr> {
    const UPDATE: &str = "
        update sign_in_challenge set tries_left = tries_left - 1
        where token_hash = $1 and tries_left > 0 and expires_at > $2 returning person_id, passkey_state";
    Asked::find_by_statement(statement(UPDATE, [hash.to_vec().into(), now.into()])).one(db).await
}

impl Access {
    /// Answers a challenge with a second factor: they are in. A challenge counts once.
    #[tracing::instrument(name = "access.answer_challenge", skip_all)]
    pub async fn answer_challenge(&self, visitor: &Visitor, token: &str, factor: &Factor) -> Result<Grant, AccessError> {
        let inner = &self.inner;
        let (now, hash) = (inner.clock.now(), token_hash(token));
        let asked = take_try(&inner.db, &hash, now).await?.ok_or(AccessError::BeginAgain)?;
        let person = PersonId(asked.person_id);
        throttle::take(&inner.db, Bucket::factor(person), now).await?;
        let known = people::by_id(&inner.db, person).await?.ok_or(AccessError::BeginAgain)?;
        let tx = db::begin_global(&inner.db).await?;
        let gone = statement("delete from sign_in_challenge where token_hash = $1", [hash.into()]);
        if tx.execute_raw(gone).await?.rows_affected() == 0 {
            return Err(AccessError::BeginAgain); // the same answer came twice at once
        }
        inner.take_factor(&tx, &known, (factor, asked.passkey_state), visitor).await?;
        let grant = inner.begin_session(&tx, &known, visitor, Some(now)).await?;
        tx.commit().await?;
        Ok(grant)
    }

    /// Shows a second factor in a session, for what asks for a fresh one. Gives a new access token, which says so; a passkey
    /// answers what [`Access::start_passkey_factor`] asked.
    #[tracing::instrument(name = "access.show_factor", skip_all, fields(session.id = %signed.session))]
    pub async fn show_factor(
        &self,
        visitor: &Visitor,
        signed: Signed,
        factor: &Factor,
    ) -> Result<(Signed, String, DateTime<Utc>), AccessError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        throttle::take(&inner.db, Bucket::factor(signed.person), now).await?;
        let known = people::by_id(&inner.db, signed.person).await?.ok_or(AccessError::NotSignedIn("this person is gone"))?;
        let state = match factor {
            Factor::Passkey { ceremony, .. } => Some(ceremony::take(&inner.db, *ceremony, (Kind::Factor, Some(signed.person)), now).await?),
            Factor::Totp(_) | Factor::RecoveryCode(_) => None,
        };
        let tx = db::begin_global(&inner.db).await?;
        inner.take_factor(&tx, &known, (factor, state), visitor).await?;
        tx.commit().await?;
        inner.step_up(signed, now).await
    }
}

impl Inner {
    /// Takes what is shown, or says that it is wrong. What was right is used up with the transaction.
    async fn take_factor(
        &self,
        tx: &db::Tx,
        known: &Known,
        (factor, state): (&Factor, Option<serde_json::Value>),
        visitor: &Visitor,
    ) -> Result<(), AccessError> {
        let (person, now) = (known.id(), self.clock.now());
        let taken = match factor {
            Factor::Totp(code) => totp::take(tx, &self.ring, person, (code, false), now).await,
            Factor::Passkey { signed, .. } => passkeys::take(self, tx, person, (signed, state)).await,
            Factor::RecoveryCode(code) => recovery::take(tx, person, code, now).await,
        };
        if matches!(taken, Err(AccessError::WrongFactor)) {
            self.failures.note(person, EventKind::FactorWrong, Some(visitor), now);
        }
        taken?;
        match factor {
            Factor::Totp(_) | Factor::Passkey { .. } => {}
            Factor::RecoveryCode(_) => {
                tell(self, tx, known, Event::RecoveryCodeUsed, Some((None, visitor))).await?;
                tracing::info!(person.id = %person, "a recovery code of person {person} was used");
            }
        }
        Ok(throttle::fill_factor(tx, person).await?)
    }
}
