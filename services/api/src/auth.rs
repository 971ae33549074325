//! Who asks: found out once per request, from what it shows.
//!
//! `Authorization: Bearer <JWT>` is a person who signed in; `Bearer ghk_…` a partner's key, which belongs to one co-op. A
//! person names the co-op in [`COOP_HEADER`]. What they may do there is asked of the database and remembered
//! for five seconds: a role that was taken away works no longer than that.

mod remembered;

use std::{net::IpAddr, sync::Arc};

use access::{Access, Signed};
use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderMap},
};
use identity::{Coop, Standing};
use kernel::{Actor, Code, CoopId, PersonId, Refusal, Who};
use partners::Keys;
use sea_orm::DatabaseConnection;

use self::remembered::Remembered;
use crate::proxies;

/// The header in which a person names the co-op they act in, by its slug.
pub const COOP_HEADER: &str = "guildhall-co-op";

/// How a partner's key begins.
const KEY_PREFIX: &str = "ghk_";
/// The longest token that is looked at, in bytes: ours have a few hundred.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// The longest name of a co-op that is looked up, in bytes.
const MAX_SLUG_BYTES: usize = 63;

/// What a request shows of who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// What came after `Bearer`.
    pub(crate) token: Option<String>,
    /// The slug of the co-op.
    pub(crate) coop: Option<String>,
    /// Where it comes from.
    pub(crate) from: Option<IpAddr>,
}

impl Shown {
    /// As HTTP headers say it.
    fn in_headers(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let token = headers.get(AUTHORIZATION).map(|value| bearer(value.to_str().unwrap_or_default()));
        Self { token, coop: text(COOP_HEADER).map(ToOwned::to_owned), from: None }
    }

    /// As the first message of a web socket says it.
    pub(crate) fn in_message(message: &serde_json::Value) -> Self {
        let text = |names: [&str; 2]| names.into_iter().find_map(|name| message.get(name)?.as_str());
        let coop = text(["coOp", "Guildhall-Co-op"]).map(ToOwned::to_owned);
        Self { token: text(["authorization", "Authorization"]).map(bearer), coop, from: None }
    }

    /// As a request says it, and from where it comes.
    pub(crate) fn by(request: &HttpRequest) -> Self {
        Self { from: proxies::client(request), ..Self::in_headers(request.headers()) }
    }

    /// What is missing here, from there.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { token: self.token.or(other.token), coop: self.coop.or(other.coop), from: self.from.or(other.from) }
    }
}

/// The token of an authorization; one of another scheme is a token that nobody has.
fn bearer(authorization: &str) -> String {
    match authorization.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim().to_owned(),
        _ => String::new(),
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody that we know, and why not.
    Stranger(Refusal),
    /// Somebody who signed in and named no co-op.
    Person(Signed),
    /// Somebody who signed in and named a co-op that they are no active member of, or that there is not.
    Outsider(Signed, Refusal),
    /// One who acts in a co-op; the person behind it, unless it is a key.
    Actor(Option<Signed>, Actor, Arc<Coop>),
}

impl Caller {
    /// One who acts in a co-op.
    pub(crate) fn actor(&self) -> Option<Actor> {
        match self {
            Self::Actor(_, actor, _) => Some(*actor),
            Self::Stranger(_) | Self::Person(_) | Self::Outsider(..) => None,
        }
    }

    /// Who acts, in the words of the audit; nobody for strangers.
    pub(crate) fn who(&self) -> Option<Who> {
        match self {
            Self::Stranger(_) => None,
            Self::Person(signed) | Self::Outsider(signed, _) => Some(Who::from(*signed)),
            Self::Actor(_, actor, _) => Some(actor.who),
        }
    }
}

/// It could not be found out who asks. A fault of the house, not of the one who asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unproved {
    #[error(transparent)]
    Access(#[from] access::AccessError),
    #[error(transparent)]
    Partners(#[from] partners::PartnersError),
    #[error(transparent)]
    Identity(#[from] identity::IdentityError),
}

/// Looks at what requests show. Clones share what they remember.
#[derive(Clone, Debug)]
pub(crate) struct Gatekeeper {
    db: DatabaseConnection,
    access: Option<Access>,
    keys: Keys,
    standings: Arc<Remembered<(PersonId, String), Option<Standing>>>,
    coops: Arc<Remembered<CoopId, Coop>>,
}

impl Gatekeeper {
    /// Without access nobody can be signed in; keys work nevertheless.
    pub(crate) fn new(db: DatabaseConnection, access: Option<Access>, keys: Keys) -> Self {
        Self { db, access, keys, standings: Arc::default(), coops: Arc::default() }
    }

    /// Who shows this.
    pub(crate) async fn look(&self, shown: &Shown) -> Result<Caller, Unproved> {
        let Some(token) = &shown.token else { return Ok(Caller::Stranger(sign_in("sign in first: send Authorization: Bearer <token>"))) };
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES {
            return Ok(Caller::Stranger(unknown()));
        }
        if token.starts_with(KEY_PREFIX) {
            self.look_at_key(token, shown.from).await
        } else {
            self.look_at_person(token, shown.coop.as_deref()).await
        }
    }

    async fn look_at_key(&self, token: &str, from: Option<IpAddr>) -> Result<Caller, Unproved> {
        let Some(actor) = self.keys.authenticate_from(token, from).await? else { return Ok(Caller::Stranger(unknown())) };
        let coop = self.coops.get_or(actor.coop, || identity::coop(&self.db, actor.coop)).await?;
        Ok(Caller::Actor(None, actor, Arc::new(coop)))
    }

    async fn look_at_person(&self, token: &str, coop: Option<&str>) -> Result<Caller, Unproved> {
        let Some(access) = &self.access else { return Ok(Caller::Stranger(unknown())) };
        let signed = match access.authenticate(token).await {
            Ok(signed) => signed,
            // Whatever is wrong with it: whoever guesses learns nothing
            Err(error) if error.refusal().is_some() => return Ok(Caller::Stranger(unknown())),
            Err(error) => return Err(error.into()),
        };
        let Some(slug) = coop else { return Ok(Caller::Person(signed)) };
        let standing = if slug.len() <= MAX_SLUG_BYTES {
            self.standings.get_or((signed.person, slug.to_owned()), || identity::standing(&self.db, signed.person, slug)).await?
        } else {
            None
        };
        Ok(match standing {
            Some(Standing { coop, party, permissions }) => {
                let actor = Actor { coop: coop.id, who: Who::from(signed), party, permissions };
                Caller::Actor(Some(signed), actor, Arc::new(coop))
            }
            None => Caller::Outsider(signed, Refusal::new(Code::NotFound, "there is no co-op of that name that you are a member of")),
        })
    }
}

fn sign_in(sentence: &str) -> Refusal {
    Refusal::new(Code::SignInNeeded, sentence)
}

/// Says no more than that: whoever guesses learns nothing.
fn unknown() -> Refusal {
    sign_in("what you showed is wrong, expired or revoked; sign in again")
}
