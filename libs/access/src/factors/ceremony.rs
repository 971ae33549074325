//! Ceremonies: what begins here, is signed by an authenticator, and is finished here, once and soon.

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude as webauthn;
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{PasskeyId, enrol::Enrolled, passkeys, recovery};
use crate::{
    Access, AccessError, Grant, Signed, Visitor,
    access::Inner,
    mails::{Event, tell},
    people,
    throttle::{self, Bucket},
};

/// How long somebody may look for their key.
const FINISH_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// Passkeys of one person: a few devices and a few keys.
const MAX_PASSKEYS: usize = 20;
const MAX_NAME: usize = 100;

/// What an authenticator is asked, and the name under which its answer is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceremony {
    /// Goes with the answer.
    pub id: Uuid,
    /// As `navigator.credentials.create` or `get` takes it.
    pub options: Value,
    /// Until when an answer is expected.
    pub expires_at: DateTime<Utc>,
}

impl Eq for Ceremony {}

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Register,
    SignIn,
    Factor,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::Factor => "factor",
        }
    }
}

async fn begin(inner: &Inner, (kind, person): (Kind, Option<PersonId>), (options, state): (Value, Value)) -> Result<Ceremony, AccessError> {
    const INSERT: &str = "
        insert into passkey_ceremony (ceremony_id, kind, person_id, state, made_at, expires_at) values ($1, $2, $3, $4, $5, $6)";
    // Not a UUIDv7: whoever knows one may try to answer it
    let (id, now) = (Uuid::from_bytes(crate::random::random()), inner.clock.now());
    let expires_at = now + FINISH_WITHIN;
    let values = [id.into(), kind.name().into(), person.map(|person| person.0).into(), state.into(), now.into(), expires_at.into()];
    inner.db.execute_raw(statement(INSERT, values)).await?;
    Ok(Ceremony { id, options, expires_at })
}

/// Takes a ceremony away, whatever comes of it: it counts once.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    ceremony: Uuid,
    (kind, person): (Kind, Option<PersonId>),
    now: DateTime<Utc>,
) -> Result<Value, AccessError> {
    const DELETE: &str = "
        delete from passkey_ceremony
        where ceremony_id = $1 and kind = $2 and person_id is not distinct from $3 and expires_at > $4 returning state";
    let values = [ceremony.into(), kind.name().into(), person.map(|person| person.0).into(), now.into()];
    let row = db.query_one_raw(statement(DELETE, values)).await?.ok_or(AccessError::BeginAgain)?;
    Ok(row.try_get("", "state")?)
}

fn broken(error: &webauthn::WebauthnError) -> AccessError {
    tracing::error!(%error, "a passkey ceremony cannot begin");
    AccessError::Config("passkeys do not work".to_owned())
}

impl Access {
    /// Begins to add a passkey. Takes the password of somebody without a second factor, a fresh factor of others.
    #[tracing::instrument(name = "access.start_passkey_registration", skip_all, fields(session.id = %signed.session))]
    pub async fn start_passkey_registration(&self, signed: Signed, password: &str) -> Result<Ceremony, AccessError> {
        let inner = &self.inner;
        let known = inner.may_change_factors(signed, password).await?;
        let has = passkeys::credentials(&inner.db, signed.person).await?;
        if has.len() >= MAX_PASSKEYS {
            return Err(AccessError::Already("as many passkeys as there can be"));
        }
        let not_these = has.iter().map(|passkey| passkey.cred_id().clone()).collect();
        let begun = inner.webauthn.start_passkey_registration(signed.person.0, &known.email, &known.name, Some(not_these));
        let (mut options, state) = begun.map_err(|error| broken(&error))?;
        // So that it can sign in without anybody typing who they are
        if let Some(wanted) = &mut options.public_key.authenticator_selection {
            (wanted.resident_key, wanted.require_resident_key) = (Some(ResidentKeyRequirement::Required), true);
        }
        let sides = (serde_json::to_value(options)?, serde_json::to_value(state)?);
        begin(inner, (Kind::Register, Some(signed.person)), sides).await
    }

    /// Adds the passkey that was made. It counts as showing a second factor, and from now on a password alone lets nobody in.
    #[tracing::instrument(name = "access.finish_passkey_registration", skip_all, fields(session.id = %signed.session))]
    pub async fn finish_passkey_registration(
        &self,
        signed: Signed,
        ceremony: Uuid,
        name: &str,
        made: &Value,
    ) -> Result<Enrolled, AccessError> {
        let inner = &self.inner;
        let name: String = name.trim().chars().filter(|letter| !letter.is_control()).take(MAX_NAME).collect();
        let name = if name.is_empty() { "A passkey".to_owned() } else { name };
        let now = inner.clock.now();
        let state = take(&inner.db, ceremony, (Kind::Register, Some(signed.person)), now).await?;
        let state: webauthn::PasskeyRegistration = serde_json::from_value(state)?;
        let made: webauthn::RegisterPublicKeyCredential = serde_json::from_value(made.clone()).map_err(|_| AccessError::WrongFactor)?;
        let passkey = inner.webauthn.finish_passkey_registration(&made, &state).map_err(|error| passkeys::wrong(&error))?;
        let known = inner.person_of(signed).await?;
        let tx = db::begin_global(&inner.db).await?;
        if !passkeys::insert(&tx, signed.person, (&name, &passkey), now).await? {
            return Err(AccessError::Already("that passkey"));
        }
        let codes = inner.first_codes(&tx, &known).await?;
        tell(inner, &tx, &known, Event::PasskeyAdded, None).await?;
        tx.commit().await?;
        inner.enrolled(signed, codes).await
    }

    /// Removes a passkey of somebody who has shown a factor lately.
    #[tracing::instrument(name = "access.remove_passkey", skip_all, fields(session.id = %signed.session))]
    pub async fn remove_passkey(&self, signed: Signed, passkey: PasskeyId) -> Result<(), AccessError> {
        let inner = &self.inner;
        let known = inner.person_of(signed).await?;
        inner.factor_is_fresh(&known, signed)?;
        let tx = db::begin_global(&inner.db).await?;
        if !passkeys::remove(&tx, signed.person, passkey).await? {
            return Err(AccessError::Nothing("passkey"));
        }
        if !people::by_id(&tx, signed.person).await?.is_some_and(|known| known.has_factor()) {
            recovery::forget(&tx, signed.person).await?;
        }
        tell(inner, &tx, &known, Event::PasskeyRemoved, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks whoever is there to sign in with a passkey; nobody types who they are.
    #[tracing::instrument(name = "access.start_passkey_sign_in", skip_all)]
    pub async fn start_passkey_sign_in(&self, visitor: &Visitor) -> Result<Ceremony, AccessError> {
        let inner = &self.inner;
        throttle::take(&inner.db, Bucket::begin(visitor.address), inner.clock.now()).await?;
        let (mut options, state) = inner.webauthn.start_discoverable_authentication().map_err(|error| broken(&error))?;
        options.mediation = None; // whether to offer it beside a form or in a window of its own is the page's to decide
        begin(inner, (Kind::SignIn, None), (serde_json::to_value(options)?, serde_json::to_value(state)?)).await
    }

    /// Signs somebody in with a passkey. It verified them itself, so it is a password and a second factor in one.
    #[tracing::instrument(name = "access.finish_passkey_sign_in", skip_all)]
    pub async fn finish_passkey_sign_in(&self, visitor: &Visitor, ceremony: Uuid, signed: &Value) -> Result<Grant, AccessError> {
        let inner = &self.inner;
        let now = inner.clock.now();
        throttle::take(&inner.db, Bucket::begin(visitor.address), now).await?;
        let state = take(&inner.db, ceremony, (Kind::SignIn, None), now).await?;
        let state: webauthn::DiscoverableAuthentication = serde_json::from_value(state)?;
        let signed: webauthn::PublicKeyCredential = serde_json::from_value(signed.clone()).map_err(|_| AccessError::WrongFactor)?;
        let named = inner.webauthn.identify_discoverable_authentication(&signed);
        let (person, credential) = named.map_err(|error| passkeys::wrong(&error))?;
        let person = PersonId(person);
        let tx = db::begin_global(&inner.db).await?;
        let passkey = passkeys::lock(&tx, person, credential).await?.ok_or(AccessError::WrongFactor)?;
        let key = webauthn::DiscoverableKey::from(&passkey);
        let result = inner.webauthn.finish_discoverable_authentication_v2(&signed, state, &key).map_err(|error| passkeys::wrong(&error))?;
        passkeys::used(&tx, person, (passkey, &result), now).await?;
        let known = people::by_id(&tx, person).await?.ok_or(AccessError::WrongFactor)?;
        let grant = inner.begin_session(&tx, &known, visitor, Some(now)).await?;
        tx.commit().await?;
        Ok(grant)
    }

    /// Asks somebody who is signed in to show a passkey as their second factor, for [`Access::show_factor`].
    #[tracing::instrument(name = "access.start_passkey_factor", skip_all, fields(session.id = %signed.session))]
    pub async fn start_passkey_factor(&self, signed: Signed) -> Result<Ceremony, AccessError> {
        let inner = &self.inner;
        if !inner.person_of(signed).await?.has_passkey {
            return Err(AccessError::Nothing("passkey"));
        }
        let asked = passkeys::ask(inner, signed.person).await?;
        begin(inner, (Kind::Factor, Some(signed.person)), asked).await
    }
}
