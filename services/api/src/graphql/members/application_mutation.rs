//! Applying, submitting, reviewing, deciding.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use identity::{Answer as Submitted, ApplicationId, Document, RequirementId, Review, RoleId, Verdict};
use kernel::{Code, Permission, PersonId};

use super::{
    application::{Application, KIND, OwnApplication},
    identity,
    member::{KIND as MEMBER, Member},
    requirement::{CheckedRequirement, KIND as REQUIREMENT, Requirement, RequirementInput},
    role::KIND as ROLE,
};
use crate::graphql::base::{Answer, Asking as _, Failure, at, payload};

/// What somebody submits: exactly one of the four.
#[derive(Clone, Debug, async_graphql::OneofObject)]
pub(crate) enum SubmissionInput {
    /// A file.
    Document(DocumentInput),
    /// "I accept these terms": the SHA-256, in hexadecimal, of the description that was read.
    Terms(String),
    /// A text about oneself.
    Profile(String),
    /// Products by name.
    Products(Vec<String>),
}

/// A file, small enough for a request: about 700 KB. One of up to 10 MB is the body of a `POST` to
/// `/files/requirements/{slug of the co-op}/{id of the requirement}?name=…`.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct DocumentInput {
    /// Its name, for people.
    name: String,
    /// What is in it, in base64: a PDF, a PNG or a JPEG.
    content: String,
}

/// What a reviewer finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum ReviewVerdict {
    /// It will do.
    Accept,
    /// It will not.
    Refuse,
}

/// A review of what somebody submitted.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ReviewInput {
    /// Whose: the id of the applicant or member.
    person: ID,
    /// For which requirement.
    requirement: ID,
    /// `submittedAt` of what the reviewer looked at: what came after it is not judged with it.
    submitted_at: DateTime<Utc>,
    /// What they found.
    verdict: ReviewVerdict,
    /// Why it was refused, for whoever submitted it.
    reason: Option<String>,
}

payload! {
    /// What came of defining a requirement.
    CreateRequirementPayload {
        /// The requirement.
        requirement: Requirement
    }
}
payload! {
    /// What came of changing a requirement.
    UpdateRequirementPayload {
        /// The requirement as it is now.
        requirement: Requirement
    }
}
payload! {
    /// What came of retiring a requirement.
    RetireRequirementPayload {
        /// The id of what is wanted no more.
        retired: ID
    }
}
payload! {
    /// What came of applying.
    ApplyPayload {
        /// The id of the application, open.
        application: ID
    }
}
payload! {
    /// What came of taking an application back.
    WithdrawApplicationPayload {
        /// The application, withdrawn.
        application: OwnApplication
    }
}
payload! {
    /// What came of submitting something.
    SubmitRequirementPayload {
        /// How far the requirement is met now.
        checked: CheckedRequirement
    }
}
payload! {
    /// What came of a review.
    ReviewRequirementPayload {
        /// How far the requirement is met now.
        checked: CheckedRequirement
    }
}
payload! {
    /// What came of admitting somebody.
    AdmitPayload {
        /// The new member.
        member: Member
    }
}
payload! {
    /// What came of refusing an application.
    RefuseApplicationPayload {
        /// The application, refused.
        application: Application
    }
}

#[derive(Debug, Default)]
pub(crate) struct ApplicationMutation;

#[Object]
impl ApplicationMutation {
    /// Wants one thing more of whoever applies from now on.
    async fn create_requirement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RequirementInput,
    ) -> Answer<CreateRequirementPayload> {
        CreateRequirementPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CoopManage)?;
            Ok(Requirement(identity(ctx).create_requirement(actor, input.into()).await?))
        })
        .await
    }

    /// Words a requirement differently, or asks more or less.
    async fn update_requirement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which requirement.")] id: ID,
        #[graphql(desc = "What is wanted.")] input: RequirementInput,
    ) -> Answer<UpdateRequirementPayload> {
        UpdateRequirementPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CoopManage)?;
            let id = RequirementId(REQUIREMENT.key(&id)?);
            Ok(Requirement(identity(ctx).update_requirement(actor, id, input.into()).await?))
        })
        .await
    }

    /// Wants it no more. What was submitted for it stays, and blocks nobody.
    async fn retire_requirement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which requirement.")] id: ID,
    ) -> Answer<RetireRequirementPayload> {
        RetireRequirementPayload::of(async {
            let actor = ctx.actor_who_may(Permission::CoopManage)?;
            identity(ctx).retire_requirement(actor, RequirementId(REQUIREMENT.key(&id)?)).await?;
            Ok(id)
        })
        .await
    }

    /// Applies to a co-op. Needs no co-op to be named in the header. One that is open already is the answer.
    async fn apply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug of the co-op.")] co_op: String,
        #[graphql(desc = "What you want to say, in at most 4,000 characters.")] message: String,
    ) -> Answer<ApplyPayload> {
        ApplyPayload::of(async {
            let person = ctx.person()?;
            Ok(KIND.id(identity(ctx).apply(person, &co_op, &message).await?.id))
        })
        .await
    }

    /// Takes one's own application back.
    async fn withdraw_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which application.")] id: ID,
    ) -> Answer<WithdrawApplicationPayload> {
        WithdrawApplicationPayload::of(async {
            let person = ctx.person()?;
            let application = ApplicationId(KIND.key(&id)?);
            let own = async || Ok::<_, Failure>(identity::applications_of(&ctx.house().db, person).await?.into_iter());
            let found = own().await?.find(|one| one.id == application).ok_or_else(|| KIND.missing(&id))?;
            identity(ctx).withdraw_application(person, found.coop, application).await?;
            let now = own().await?.find(|one| one.id == application).ok_or_else(|| KIND.missing(&id))?;
            Ok(now.into())
        })
        .await
    }

    /// Submits something that a co-op wants of whoever asks: who applied there, or is a member. It takes the place of what
    /// was submitted before.
    async fn submit_requirement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug of the co-op.")] co_op: String,
        #[graphql(desc = "For which requirement.")] requirement: ID,
        #[graphql(desc = "What is submitted.")] input: SubmissionInput,
    ) -> Answer<SubmitRequirementPayload> {
        SubmitRequirementPayload::of(async {
            let person = ctx.person()?;
            let storage = ctx.house().storage.as_ref().ok_or_else(|| Failure::fault("there is no place for files"))?;
            let id = RequirementId(REQUIREMENT.key(&requirement)?);
            let coop = identity::find_coop(&ctx.house().db, &co_op).await.map_err(|_| REQUIREMENT.missing(&requirement))?;
            let submitted = read(input)?;
            Ok(CheckedRequirement(identity(ctx).submit((person, coop.id), id, submitted, storage).await?))
        })
        .await
    }

    /// Accepts or refuses what somebody submitted. Nobody reviews what they submitted themselves.
    async fn review_requirement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was looked at, and found.")] input: ReviewInput,
    ) -> Answer<ReviewRequirementPayload> {
        ReviewRequirementPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersReview)?;
            let review = Review {
                person: PersonId(MEMBER.key(&input.person)?),
                requirement: RequirementId(REQUIREMENT.key(&input.requirement)?),
                submitted_at: input.submitted_at,
                verdict: match input.verdict {
                    ReviewVerdict::Accept => Verdict::Accept,
                    ReviewVerdict::Refuse => Verdict::Refuse(input.reason.unwrap_or_default()),
                },
            };
            Ok(CheckedRequirement(identity(ctx).review(actor, review).await?))
        })
        .await
    }

    /// Admits whoever applied, once everything that is needed is accepted. Again: the same answer.
    async fn admit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which application.")] application: ID,
        #[graphql(desc = "The id of the role that they get; one that holds nothing that you lack.")] role: ID,
    ) -> Answer<AdmitPayload> {
        AdmitPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersReview)?;
            let (id, role) = (ApplicationId(KIND.key(&application)?), RoleId(ROLE.key(&role)?));
            Ok(Member(identity(ctx).admit(actor, id, role).await?.member))
        })
        .await
    }

    /// Refuses an application, with a reason.
    async fn refuse_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which application.")] application: ID,
        #[graphql(desc = "Why, for whoever applied.")] reason: String,
    ) -> Answer<RefuseApplicationPayload> {
        RefuseApplicationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersReview)?;
            let id = ApplicationId(KIND.key(&application)?);
            Ok(Application(identity(ctx).refuse_application(actor, id, &reason).await?))
        })
        .await
    }
}

fn read(input: SubmissionInput) -> Answer<Submitted> {
    Ok(match input {
        SubmissionInput::Document(document) => {
            let bytes = STANDARD
                .decode(document.content.trim())
                .map_err(|_| at(&["input", "document", "content"], Code::InvalidInput, "the content is not base64"))?;
            Submitted::Document(Document { name: document.name, bytes: bytes.into() })
        }
        SubmissionInput::Terms(sha256) => Submitted::Terms { sha256 },
        SubmissionInput::Profile(text) => Submitted::Profile(text),
        SubmissionInput::Products(names) => Submitted::Products(names),
    })
}
