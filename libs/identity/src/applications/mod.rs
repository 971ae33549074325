//! Applications: strangers who ask to become members, and what a co-op wants of them.
//!
//! A co-op publishes requirements. What somebody submits for them stands by person and requirement, not by application: it
//! counts when they apply again, and a requirement with an expiry goes on counting when they are a member. Whoever of the
//! members has one that expired, or was refused, is paid nothing until it is met again ([`blocked_reasons`],
//! [`expire_requirements`]); one that was never asked of them, since they were invited, blocks nobody.
//!
//! ```text
//! missing -> submitted -> accepted -> expired -> submitted
//!                |  ^         (terms are accepted by submitting them)
//!                v  |
//!              refused
//! ```

mod answer;
mod apply;
mod checklist;
mod decide;
mod hold;
mod requirement;
mod review;
mod submit;

use chrono::{DateTime, Utc};
use kernel::{CoopId, PersonId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use answer::{Answer, DOCUMENT_TYPES, Document, MAX_DOCUMENT_BYTES, StoredDocument};
pub use apply::{MAX_OPEN_APPLICATIONS, OwnApplication, applications_of};
pub use checklist::{Checked, RequirementStatus};
pub use decide::MAX_APPLICATIONS;
pub use hold::{blocked_reasons, expire_requirements};
pub use requirement::{MAX_REQUIREMENTS, NewRequirement, OpenDoor, Requirement, RequirementId, RequirementKind};
pub use review::{Review, Verdict};

/// An application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationId(pub Uuid);

impl std::fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an application has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApplicationStatus {
    /// It waits for a decision.
    Open,
    /// Whoever applied is a member.
    Admitted,
    /// It was refused, with a reason.
    Refused,
    /// Whoever applied took it back.
    Withdrawn,
}

impl ApplicationStatus {
    /// Its name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Admitted => "admitted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(crate) fn parse(name: &str) -> Result<Self, sea_orm::DbErr> {
        [Self::Open, Self::Admitted, Self::Refused, Self::Withdrawn]
            .into_iter()
            .find(|status| status.name() == name)
            .ok_or_else(|| sea_orm::DbErr::Type(format!("an application cannot be {name:?}")))
    }
}

/// An application as the co-op and whoever applied see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its number.
    pub id: ApplicationId,
    /// To which co-op.
    pub coop: CoopId,
    /// Who applies.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they say.
    pub message: String,
    /// How far it has come.
    pub status: ApplicationStatus,
    /// Since when.
    pub applied_at: DateTime<Utc>,
    /// Who decided; `None`: nobody yet, or whoever applied.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    pub reason: Option<String>,
}
