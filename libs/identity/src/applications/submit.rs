//! Submitting what is wanted.

use chrono::{DateTime, Days, SubsecRound as _, Utc};
use db::statement;
use kernel::{CoopId, PersonId};
use sea_orm::{ConnectionTrait as _, DbErr};
use storage::Storage;

use super::{
    Answer, Checked, Requirement, RequirementId, RequirementKind,
    answer::{Kept, kept},
    apply::may_submit,
    checklist::checklist,
    hold, requirement,
};
use crate::{Identity, IdentityError};

impl Identity {
    /// Submits something for a requirement, instead of what was submitted before. A document is stored first, under a key
    /// made of its bytes, so that a second time stores nothing. Terms are accepted by this; the rest waits for a review.
    #[tracing::instrument(name = "identity.submit", skip_all, fields(coop.id = %coop, requirement.id = %id))]
    pub async fn submit(
        &self,
        (person, coop): (PersonId, CoopId),
        id: RequirementId,
        answer: Answer,
        storage: &Storage,
    ) -> Result<Checked, IdentityError> {
        let tx = db::begin(&self.db, coop).await?;
        let wanted = wanted(&tx, (person, coop), id).await?;
        let kept = match &answer {
            Answer::Document(document) if wanted.kind == RequirementKind::Document => {
                tx.commit().await?;
                let stored = document.to_store(&format!("documents/{coop}/{person}"))?;
                storage.put(&stored.key, document.bytes.clone(), &stored.content_type).await?;
                let tx = db::begin(&self.db, coop).await?;
                // It may have been retired meanwhile
                let wanted = self::wanted(&tx, (person, coop), id).await?;
                return self.keep(tx, (person, coop), &wanted, &Kept::Document(stored)).await;
            }
            other => kept(&wanted, other)?,
        };
        self.keep(tx, (person, coop), &wanted, &kept).await
    }

    async fn keep(
        &self,
        tx: db::Tx,
        (person, coop): (PersonId, CoopId),
        wanted: &Requirement,
        answer: &Kept,
    ) -> Result<Checked, IdentityError> {
        const KEEP: &str = "
            insert into submission (coop_id, person_id, requirement_id, status, submitted_at, answer, expires_at)
            values ($1, $2, $3, $4::submission_status, $5, $6::jsonb, $7)
            on conflict (coop_id, person_id, requirement_id) do update
            set status = excluded.status, submitted_at = excluded.submitted_at, answer = excluded.answer, expires_at = excluded.expires_at,
                reviewer = null, reviewed_at = null, reason = null";
        let now = self.clock.now().trunc_subsecs(6);
        let (status, expires_at) = match wanted.kind {
            RequirementKind::Terms => ("accepted", good_until(wanted, now)),
            RequirementKind::Document | RequirementKind::Profile | RequirementKind::MinimumProducts => ("submitted", None),
        };
        let answer = serde_json::to_string(answer).map_err(|error| DbErr::Json(error.to_string()))?;
        let values = [coop.0.into(), person.0.into(), wanted.id.0.into(), status.into(), now.into(), answer.into(), expires_at.into()];
        tx.execute_raw(statement(KEEP, values)).await?;
        hold::refresh(&tx, &[coop]).await?;
        let checked = checklist(&tx, (coop, person), now).await?;
        tx.commit().await?;
        checked.into_iter().find(|one| one.requirement.id == wanted.id).ok_or(IdentityError::NoRequirement(wanted.id))
    }
}

/// The requirement, if the person has a reason to submit anything for it.
async fn wanted(tx: &db::Tx, (person, coop): (PersonId, CoopId), id: RequirementId) -> Result<Requirement, IdentityError> {
    if !may_submit(tx, coop, person).await? {
        return Err(IdentityError::NoRequirement(id));
    }
    requirement::get(tx, coop, id).await
}

/// Until when something that is accepted now is good.
pub(super) fn good_until(requirement: &Requirement, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let days = u64::try_from(requirement.expires_after_days?).ok()?;
    now.checked_add_days(Days::new(days))
}
