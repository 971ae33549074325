//! How far somebody meets what the co-op wants.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, PersonId};
use sea_orm::{ActiveEnum as _, ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{Requirement, RequirementId, RequirementKind, StoredDocument, answer::Kept};
use crate::IdentityError;

/// How far a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequirementStatus {
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

/// A requirement and what somebody submitted for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What is wanted.
    pub requirement: Requirement,
    /// How far it is met.
    pub status: RequirementStatus,
    /// When it was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The file, of a document.
    pub document: Option<StoredDocument>,
    /// What was written, of a profile; the products, one a line.
    pub text: Option<String>,
    /// Who reviewed it.
    pub reviewer: Option<PersonId>,
    /// When.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Until when it is good.
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Row {
    requirement_id: i32,
    kind: String,
    name: String,
    description: String,
    needed: bool,
    minimum: Option<i32>,
    expires_after_days: Option<i32>,
    status: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    answer: Option<serde_json::Value>,
    reviewer: Option<Uuid>,
    reviewed_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    expires_at: Option<DateTime<Utc>>,
}

/// All that the co-op wants now, and how far the person meets it. What is past its time is expired, whether the schedule
/// has seen it or not.
pub(super) async fn checklist(
    db: &impl ConnectionTrait,
    (coop, person): (CoopId, PersonId),
    now: DateTime<Utc>,
) -> Result<Vec<Checked>, IdentityError> {
    const CHECKLIST: &str = "
        select requirement.requirement_id, requirement.kind::text as kind, requirement.name, requirement.description, requirement.needed,
               requirement.minimum, requirement.expires_after_days, submitted_at, answer, reviewer, reviewed_at, reason, expires_at,
               case when submission.status = 'accepted' and expires_at <= $3 then 'expired' else submission.status::text end as status
        from requirement
        left join submission on submission.coop_id = requirement.coop_id and submission.requirement_id = requirement.requirement_id
            and submission.person_id = $2
            and (requirement.kind <> 'terms'
                 or answer -> 'terms' ->> 'sha256' = encode(sha256(convert_to(requirement.description, 'UTF8')), 'hex'))
        where requirement.coop_id = $1 and requirement.retired_at is null
        order by requirement.requirement_id";
    let rows = Row::find_by_statement(statement(CHECKLIST, [coop.0.into(), person.0.into(), now.into()])).all(db).await?;
    Ok(rows.into_iter().map(Checked::try_from).collect::<Result<_, DbErr>>()?)
}

impl TryFrom<Row> for Checked {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let status = match row.status.as_deref() {
            None => RequirementStatus::Missing,
            Some("submitted") => RequirementStatus::Submitted,
            Some("accepted") => RequirementStatus::Accepted,
            Some("refused") => RequirementStatus::Refused,
            Some("expired") => RequirementStatus::Expired,
            Some(other) => return Err(DbErr::Type(format!("a submission cannot be {other:?}"))),
        };
        let kept = row.answer.map(serde_json::from_value::<Kept>).transpose().map_err(|error| DbErr::Json(error.to_string()))?;
        let (document, text) = match kept {
            Some(Kept::Document(document)) => (Some(document), None),
            Some(Kept::Profile { text }) => (None, Some(text)),
            Some(Kept::Products { names }) => (None, Some(names.join("\n"))),
            Some(Kept::Terms { .. }) | None => (None, None),
        };
        Ok(Self {
            requirement: Requirement {
                id: RequirementId(row.requirement_id),
                kind: RequirementKind::try_from_value(&row.kind)?,
                name: row.name,
                description: row.description,
                needed: row.needed,
                minimum: row.minimum,
                expires_after_days: row.expires_after_days,
            },
            status,
            submitted_at: row.submitted_at,
            document,
            text,
            reviewer: row.reviewer.map(PersonId),
            reviewed_at: row.reviewed_at,
            reason: row.reason,
            expires_at: row.expires_at,
        })
    }
}
