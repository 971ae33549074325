//! Access tokens: who, in which session, until when. A JWT by RFC 9068, signed with Ed25519.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use kernel::{PersonId, SessionId};
use serde::{Deserialize, Serialize};

use crate::{AccessError, Signed};

/// How long an access token is good: a revocation that nobody reads is felt after this long at the latest.
pub(crate) const ACCESS_TOKEN_LIVES: TimeDelta = TimeDelta::minutes(10);
/// The longest token that is looked at; ours have about 500 characters.
const MAX_LENGTH: usize = 2_000;

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    sub: PersonId,
    sid: SessionId,
    iat: i64,
    exp: i64,
    /// When a second factor was last shown in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor_at: Option<i64>,
}

/// For whom and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) issuer: String,
    pub(crate) audience: String,
}

impl Claims {
    /// What a token says that is made at `now` and good until it is as old as tokens get, or until `last`.
    pub(crate) fn new(names: &Names, signed: Signed, now: DateTime<Utc>, last: DateTime<Utc>) -> Self {
        Self {
            iss: names.issuer.clone(),
            aud: names.audience.clone(),
            sub: signed.person,
            sid: signed.session,
            iat: now.timestamp(),
            exp: (now + ACCESS_TOKEN_LIVES).min(last).timestamp(),
            factor_at: signed.factor_at.map(|at| at.timestamp()),
        }
    }

    /// Until when it is good.
    pub(crate) fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    pub(crate) fn sign(&self, kid: &str, key: &EncodingKey) -> Result<String, AccessError> {
        let mut header = Header::new(Algorithm::EdDSA);
        (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some(kid.to_owned()));
        Ok(encode(&header, self, key)?)
    }

    /// What a token says, if that key signed it, for these names, and it is still good.
    pub(crate) fn verify(token: &str, key: &DecodingKey, names: &Names, now: DateTime<Utc>) -> Result<Signed, AccessError> {
        let mut wanted = Validation::new(Algorithm::EdDSA);
        wanted.set_issuer(&[&names.issuer]);
        wanted.set_audience(&[&names.audience]);
        wanted.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        wanted.validate_exp = false; // by the house's clock, below
        let claims =
            decode::<Self>(token, key, &wanted).map_err(|_| AccessError::NotSignedIn("the access token is not one of ours"))?.claims;
        if claims.expires_at() <= now {
            return Err(AccessError::NotSignedIn("the access token has expired; refresh it"));
        }
        let factor_at = claims.factor_at.and_then(|at| DateTime::from_timestamp(at, 0));
        Ok(Signed { person: claims.sub, session: claims.sid, factor_at })
    }
}

/// The name of the key that a token says it was signed with.
pub(crate) fn kid(token: &str) -> Result<String, AccessError> {
    let odd = || AccessError::NotSignedIn("that is not an access token");
    if token.len() > MAX_LENGTH {
        return Err(odd());
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| odd())?;
    if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some("at+jwt") {
        return Err(odd());
    }
    header.kid.ok_or_else(odd)
}
