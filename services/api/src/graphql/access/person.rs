//! Who is signed in, and on which devices.

use ::access::{Passkey, Person, Session};
use async_graphql::{Context, ID, Object, SimpleObject, connection::Connection};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{event::AccessEvent, signed};
use crate::graphql::base::{Answer, Kind, Page, page_cost};

pub(super) const SESSION: Kind = Kind("Session");
pub(super) const PASSKEY: Kind = Kind("Passkey");
const PERSON: Kind = Kind("Person");
const EVENTS: &str = "accessEvents";

/// Who is signed in, as they see themselves.
#[derive(Debug, SimpleObject)]
pub(crate) struct Me {
    /// Their number.
    id: ID,
    /// Their name.
    name: String,
    /// The address that letters go to.
    email: String,
    /// Whether they have an authenticator app.
    has_totp: bool,
    /// Recovery codes that were not used yet.
    recovery_codes_left: i32,
    /// Their passkeys, oldest first.
    passkeys: Vec<PasskeyShown>,
    /// When they last showed a second factor in this session, if ever.
    factor_at: Option<DateTime<Utc>>,
}

/// A passkey.
#[derive(Debug, SimpleObject)]
#[graphql(name = "Passkey")]
pub(crate) struct PasskeyShown {
    /// Its number.
    id: ID,
    /// What its owner calls it.
    name: String,
    /// When it was added.
    made_at: DateTime<Utc>,
    /// When it was last used.
    last_used_at: Option<DateTime<Utc>>,
}

/// A device on which somebody is signed in.
#[derive(Debug, SimpleObject)]
#[graphql(name = "Session")]
pub(crate) struct SessionShown {
    /// Its number.
    id: ID,
    /// What the device called itself.
    device: String,
    /// When they signed in.
    started_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    last_used_at: DateTime<Utc>,
    /// The network address from which it was last used.
    last_used_from: Option<String>,
    /// Until when it stays when it is not used.
    expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    is_this: bool,
}

impl Me {
    fn new(person: Person, factor_at: Option<DateTime<Utc>>) -> Self {
        Self {
            id: PERSON.id(person.id),
            name: person.name,
            email: person.email,
            has_totp: person.has_totp,
            recovery_codes_left: i32::try_from(person.recovery_codes_left).unwrap_or(i32::MAX),
            passkeys: person.passkeys.into_iter().map(PasskeyShown::from).collect(),
            factor_at,
        }
    }
}

impl From<Passkey> for PasskeyShown {
    fn from(passkey: Passkey) -> Self {
        Self { id: PASSKEY.id(passkey.id().0), name: passkey.name, made_at: passkey.made_at, last_used_at: passkey.last_used_at }
    }
}

impl From<Session> for SessionShown {
    fn from(session: Session) -> Self {
        Self {
            id: SESSION.id(session.id),
            device: session.device,
            started_at: session.started_at,
            last_used_at: session.last_used_at,
            last_used_from: session.last_used_from.map(|address| address.to_string()),
            expires_at: session.expires_at,
            is_this: session.is_this,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct AccessQuery;

#[Object]
impl AccessQuery {
    /// Who is signed in. Needs no co-op to be named.
    async fn me(&self, ctx: &Context<'_>) -> Answer<Me> {
        let (door, signed) = signed(ctx)?;
        Ok(Me::new(door.person(signed.person).await?, signed.factor_at))
    }

    /// The devices on which they are signed in, the last used first, at most a hundred.
    async fn sessions(&self, ctx: &Context<'_>) -> Answer<Vec<SessionShown>> {
        let (door, signed) = signed(ctx)?;
        Ok(door.sessions(signed).await?.into_iter().map(SessionShown::from).collect())
    }

    /// What happened at one's own door, the latest first: sign-ins, wrong passwords and factors, changes of either. Nobody else
    /// reads it.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn access_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the event before them.")] after: Option<String>,
    ) -> Answer<Connection<String, AccessEvent>> {
        let (door, signed) = signed(ctx)?;
        let page: Page<Uuid> = Page::of(EVENTS, first, after.as_deref())?;
        let events = door.events(signed, page.after, page.limit()).await?;
        Ok(page.connection(EVENTS, events, |event| event.id, AccessEvent::from))
    }
}
