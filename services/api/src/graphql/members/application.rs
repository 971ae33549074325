//! Applications, as the graph shows them.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use kernel::PersonId;

use super::{
    identity,
    member::KIND as MEMBER,
    requirement::{CheckedRequirement, Requirement},
};
use crate::graphql::{
    base::{Answer, Asking as _, Kind},
    people::Person,
};

pub(crate) const KIND: Kind = Kind("Application");

/// How far an application has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::ApplicationStatus")]
pub(crate) enum ApplicationStatus {
    /// It waits for a decision.
    Open,
    /// Whoever applied is a member.
    Admitted,
    /// It was refused, with a reason.
    Refused,
    /// Whoever applied took it back.
    Withdrawn,
}

/// Somebody who asks to become a member.
#[derive(Clone, Debug)]
pub(crate) struct Application(pub(crate) identity::Application);

/// Somebody who asks to become a member.
#[Object]
impl Application {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// The id of whoever applies: their id as a member, should they become one.
    async fn applicant_id(&self) -> ID {
        MEMBER.id(self.0.person)
    }

    /// Their name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Their address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What they say.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// How far it has come.
    async fn status(&self) -> ApplicationStatus {
        self.0.status.into()
    }

    /// Since when.
    async fn applied_at(&self) -> DateTime<Utc> {
        self.0.applied_at
    }

    /// Who decided; null while nobody has, and when it was taken back.
    async fn decided_by(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.decided_by {
            Some(person) => Person::load(ctx, person).await,
            None => Ok(None),
        }
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.0.decided_at
    }

    /// Why it was refused.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What the co-op wants, and how far whoever applies meets it.
    #[graphql(complexity = "5 + 10 * child_complexity")]
    async fn checklist(&self, ctx: &Context<'_>) -> Answer<Vec<CheckedRequirement>> {
        checklist(ctx, self.0.person).await
    }
}

/// How far somebody meets what the actor's co-op wants.
pub(super) async fn checklist(ctx: &Context<'_>, person: PersonId) -> Answer<Vec<CheckedRequirement>> {
    Ok(identity(ctx).checklist(ctx.actor()?, person).await?.into_iter().map(CheckedRequirement).collect())
}

/// One's own application, among those to all co-ops.
#[derive(Clone, Debug)]
pub(crate) struct OwnApplication {
    id: ID,
    slug: String,
    co_op_name: String,
    status: ApplicationStatus,
    applied_at: DateTime<Utc>,
    reason: Option<String>,
}

/// One's own application, among those to all co-ops.
#[Object]
impl OwnApplication {
    /// Its id.
    async fn id(&self) -> &ID {
        &self.id
    }

    /// The slug of the co-op.
    async fn co_op(&self) -> &str {
        &self.slug
    }

    /// The name of the co-op.
    async fn co_op_name(&self) -> &str {
        &self.co_op_name
    }

    /// How far it has come.
    async fn status(&self) -> ApplicationStatus {
        self.status
    }

    /// Since when.
    async fn applied_at(&self) -> DateTime<Utc> {
        self.applied_at
    }

    /// Why it was refused.
    async fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl From<identity::OwnApplication> for OwnApplication {
    fn from(own: identity::OwnApplication) -> Self {
        Self {
            id: KIND.id(own.id),
            slug: own.slug,
            co_op_name: own.coop_name,
            status: own.status.into(),
            applied_at: own.applied_at,
            reason: own.reason,
        }
    }
}

/// A co-op that takes applications, as strangers see it.
#[derive(Clone, Debug)]
pub(crate) struct OpenDoor(pub(crate) identity::OpenDoor);

/// A co-op that takes applications, as strangers see it.
#[Object]
impl OpenDoor {
    /// The slug of the co-op.
    async fn co_op(&self) -> &str {
        &self.0.coop.slug
    }

    /// The name of the co-op.
    async fn co_op_name(&self) -> &str {
        &self.0.coop.name
    }

    /// What it wants of whoever applies.
    #[graphql(complexity = "10 * child_complexity")]
    async fn requirements(&self) -> Vec<Requirement> {
        self.0.requirements.iter().cloned().map(Requirement).collect()
    }
}
