//! What a co-op wants of whoever applies, and how far somebody meets it.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use identity::{NewRequirement, StoredDocument};

use crate::graphql::{
    base::{Answer, Asking as _, Kind},
    files::document_url,
    people::Person,
};

pub(crate) const KIND: Kind = Kind("Requirement");

/// What is to be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::RequirementKind")]
pub(crate) enum RequirementKind {
    /// A file, such as an insurance certificate; somebody reviews it.
    Document,
    /// The description holds terms, which are accepted as they stand. New terms are accepted anew.
    Terms,
    /// A text about oneself; somebody reviews it.
    Profile,
    /// So many products that one makes, by name; somebody reviews them.
    MinimumProducts,
}

/// How far a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identity::RequirementStatus")]
pub(crate) enum RequirementStatus {
    /// Nothing was submitted, or terms of another text.
    Missing,
    /// It waits for a review.
    Submitted,
    /// It is met.
    Accepted,
    /// It was refused, with a reason.
    Refused,
    /// It was met until its time was over.
    Expired,
}

/// What a co-op wants of whoever applies.
#[derive(Clone, Debug)]
pub(crate) struct Requirement(pub(crate) identity::Requirement);

/// What a co-op wants of whoever applies.
#[Object]
impl Requirement {
    /// Its id.
    pub(crate) async fn id(&self) -> ID {
        KIND.id(self.0.id)
    }

    /// What is to be submitted.
    async fn kind(&self) -> RequirementKind {
        self.0.kind.into()
    }

    /// Its name, unique among the co-op's.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is about; of terms: the terms.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Whether nobody is admitted without it.
    async fn needed(&self) -> bool {
        self.0.needed
    }

    /// How many products, of those who name products.
    async fn minimum(&self) -> Option<i32> {
        self.0.minimum
    }

    /// How many days it stays good after it was accepted; null: for ever.
    async fn expires_after_days(&self) -> Option<i32> {
        self.0.expires_after_days
    }
}

/// A file that was submitted.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct SubmittedDocument {
    /// Its name.
    name: String,
    /// Its type, as its bytes say.
    content_type: String,
    /// Its SHA-256, in hexadecimal.
    sha256: String,
    /// Where it is downloaded, with the same authorization as the graph: by whoever submitted it, and by reviewers.
    url: String,
}

impl From<&StoredDocument> for SubmittedDocument {
    fn from(stored: &StoredDocument) -> Self {
        Self {
            name: stored.name.clone(),
            content_type: stored.content_type.clone(),
            sha256: stored.sha256.clone(),
            url: document_url(&stored.key),
        }
    }
}

/// A requirement and what somebody submitted for it.
#[derive(Clone, Debug)]
pub(crate) struct CheckedRequirement(pub(crate) identity::Checked);

/// A requirement and what somebody submitted for it.
#[Object]
impl CheckedRequirement {
    /// What is wanted.
    async fn requirement(&self) -> Requirement {
        Requirement(self.0.requirement.clone())
    }

    /// How far it is met.
    async fn status(&self) -> RequirementStatus {
        self.0.status.into()
    }

    /// When it was submitted.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.0.submitted_at
    }

    /// The file, of a document.
    async fn document(&self) -> Option<SubmittedDocument> {
        self.0.document.as_ref().map(SubmittedDocument::from)
    }

    /// What was written, of a profile; the products, one a line.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Who reviewed it; null for those who are no members, and for terms, which nobody reviews.
    async fn reviewer(&self, ctx: &Context<'_>) -> Answer<Option<Person>> {
        match self.0.reviewer {
            // Applicants are told that somebody did, and members who
            Some(person) if ctx.actor().is_ok() => Person::load(ctx, person).await,
            Some(_) | None => Ok(None),
        }
    }

    /// When it was reviewed.
    async fn reviewed_at(&self) -> Option<DateTime<Utc>> {
        self.0.reviewed_at
    }

    /// Why it was refused.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Until when it is good; null: for ever, or it is not accepted.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}

/// What a requirement is to be.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct RequirementInput {
    /// What is to be submitted; never changes.
    kind: RequirementKind,
    /// Its name, unique among the co-op's.
    name: String,
    /// What it is about; of terms: the terms.
    description: String,
    /// Whether nobody is admitted without it.
    needed: bool,
    /// How many products, 1 to 100; of those who name products alone.
    minimum: Option<i32>,
    /// How many days it stays good after it was accepted; for ever when nothing is said.
    expires_after_days: Option<i32>,
}

impl From<RequirementInput> for NewRequirement {
    fn from(input: RequirementInput) -> Self {
        let RequirementInput { kind, name, description, needed, minimum, expires_after_days } = input;
        Self { kind: kind.into(), name, description, needed, minimum, expires_after_days }
    }
}
