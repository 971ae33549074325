//! Who asks, for which co-op, and what they may do there.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{ApiKeyId, Code, CoopId, PartyId, Permission, Permissions, PersonId, Refusal, SessionId};

/// How long a second factor counts as fresh: long enough to look a payout run over, too short for a laptop left open.
pub const FACTOR_IS_FRESH_FOR: TimeDelta = TimeDelta::minutes(10);

/// Who is behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody who signed in.
    Person {
        /// Who they are.
        person: PersonId,
        /// The session that they signed in with.
        session: SessionId,
        /// When they last showed a second factor in it.
        factor_at: Option<DateTime<Utc>>,
    },
    /// A partner's key.
    Key(ApiKeyId),
}

/// One who acts in one co-op. Made at the door, once per request, from what was proved there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The co-op in which they act. Every query starts from it.
    pub coop: CoopId,
    /// Who they are.
    pub who: Who,
    /// The party they are paid as, if any: its statements, sales and balances are their own.
    pub party: Option<PartyId>,
    /// What their role, or their key, lets them do.
    pub permissions: Permissions,
}

impl Actor {
    /// # Errors
    /// [`Code::Forbidden`] when the actor may not, naming the permission that is missing.
    pub fn require(&self, permission: Permission) -> Result<(), Refusal> {
        if self.permissions.contains(permission) {
            return Ok(());
        }
        let holder = match self.who {
            Who::Person { .. } => "your role",
            Who::Key(_) => "this key",
        };
        Err(Refusal::new(Code::Forbidden, format!("{holder} lacks the permission {permission}; whoever manages roles or keys can give it")))
    }

    /// For what moves money: the actor is a person who showed a second factor within [`FACTOR_IS_FRESH_FOR`].
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a key, [`Code::SecondFactorNeeded`] for a person whose second factor is missing or old.
    pub fn require_fresh_factor(&self, now: DateTime<Utc>) -> Result<PersonId, Refusal> {
        match self.who {
            Who::Key(_) => Err(Refusal::new(Code::Forbidden, "a key cannot do this; it takes a person with a second factor")),
            Who::Person { person, factor_at: Some(at), .. } if now - at <= FACTOR_IS_FRESH_FOR => Ok(person),
            Who::Person { .. } => Err(Refusal::new(
                Code::SecondFactorNeeded,
                format!("show your second factor, then try again within {} minutes", FACTOR_IS_FRESH_FOR.num_minutes()),
            )),
        }
    }

    /// The person who acts.
    ///
    /// # Errors
    /// [`Code::Forbidden`] for a key.
    pub fn person(&self) -> Result<PersonId, Refusal> {
        match self.who {
            Who::Person { person, .. } => Ok(person),
            Who::Key(_) => Err(Refusal::new(Code::Forbidden, "a key cannot do this; it takes a person who signed in")),
        }
    }
}
