//! Looking at what somebody submitted.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{Actor, Permission, PersonId};
use sea_orm::ConnectionTrait as _;

use super::{Checked, RequirementId, RequirementStatus, checklist::checklist, hold, requirement, submit::good_until};
use crate::{Identity, IdentityError, words};

/// What a reviewer finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It will do.
    Accept,
    /// It will not, for this reason.
    Refuse(String),
}

/// A review of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Whose.
    pub person: PersonId,
    /// For which requirement.
    pub requirement: RequirementId,
    /// When what the reviewer looked at was submitted: what came after it is not judged with it.
    pub submitted_at: DateTime<Utc>,
    /// What they found.
    pub verdict: Verdict,
}

impl Identity {
    /// What the co-op wants of somebody, and how far they have come.
    pub async fn checklist(&self, actor: &Actor, person: PersonId) -> Result<Vec<Checked>, IdentityError> {
        actor.require(Permission::MembersReview)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let checked = checklist(&tx, (actor.coop, person), self.clock.now()).await?;
        tx.commit().await?;
        Ok(checked)
    }

    /// Accepts or refuses what somebody submitted; a later review takes the place of an earlier one. Nobody reviews what
    /// they submitted themselves.
    #[tracing::instrument(name = "identity.review", skip_all, fields(coop.id = %actor.coop, requirement.id = %review.requirement))]
    pub async fn review(&self, actor: &Actor, review: Review) -> Result<Checked, IdentityError> {
        const REVIEW: &str = "
            update submission set status = $4::submission_status, reviewer = $5, reviewed_at = $6, reason = $7, expires_at = $8
            where coop_id = $1 and person_id = $2 and requirement_id = $3";
        actor.require(Permission::MembersReview)?;
        let reviewer = actor.person()?;
        if reviewer == review.person {
            return Err(IdentityError::OwnReview);
        }
        let now = self.clock.now();
        let (id, whose) = (review.requirement, (actor.coop, review.person));
        let tx = db::begin(&self.db, actor.coop).await?;
        let wanted = requirement::get(&tx, actor.coop, id).await?;
        let was = find(checklist(&tx, whose, now).await?, id)?;
        match was.status {
            RequirementStatus::Missing => return Err(IdentityError::NothingSubmitted(wanted.name)),
            RequirementStatus::Expired => return Err(IdentityError::ReviewTooLate(wanted.name)),
            RequirementStatus::Submitted | RequirementStatus::Accepted | RequirementStatus::Refused => {}
        }
        if was.submitted_at != Some(review.submitted_at) {
            return Err(IdentityError::SubmittedSince(wanted.name));
        }
        let (status, reason, expires_at) = match review.verdict {
            Verdict::Accept => ("accepted", None, good_until(&wanted, now)),
            Verdict::Refuse(reason) => ("refused", Some(words::reason(&reason)?), None),
        };
        let values = [
            actor.coop.0.into(),
            review.person.0.into(),
            id.0.into(),
            status.into(),
            reviewer.0.into(),
            now.into(),
            reason.into(),
            expires_at.into(),
        ];
        tx.execute_raw(statement(REVIEW, values)).await?;
        hold::refresh(&tx, &[actor.coop]).await?;
        let found = find(checklist(&tx, whose, now).await?, id)?;
        tx.commit().await?;
        Ok(found)
    }
}

fn find(checked: Vec<Checked>, id: RequirementId) -> Result<Checked, IdentityError> {
    checked.into_iter().find(|one| one.requirement.id == id).ok_or(IdentityError::NoRequirement(id))
}
