//! Applying, and taking it back. Whoever does so is no member, so nobody's permission is asked: it is their own.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, PersonId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{Application, ApplicationId, ApplicationStatus, Checked, checklist::checklist, requirement::open_coop};
use crate::{Identity, IdentityError, MembershipStatus, members, words};

/// Applications that a co-op may have open: whoever is behind with them closes the door.
pub const MAX_OPEN_APPLICATIONS: i64 = 500;
/// Characters of what somebody says with an application; the database allows no more either.
const LONGEST_MESSAGE: usize = 4_000;

/// An application as whoever applied finds it among all of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnApplication {
    /// Its number.
    pub id: ApplicationId,
    /// To which co-op.
    pub coop: CoopId,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub coop_name: String,
    /// How far it has come.
    pub status: ApplicationStatus,
    /// Since when.
    pub applied_at: DateTime<Utc>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was refused.
    pub reason: Option<String>,
}

#[derive(FromQueryResult)]
struct OwnRow {
    coop_id: i32,
    slug: String,
    coop: String,
    application_id: Uuid,
    status: String,
    applied_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    coop_id: i32,
    application_id: Uuid,
    person_id: Uuid,
    name: String,
    email: String,
    message: String,
    status: String,
    applied_at: DateTime<Utc>,
    decided_by: Option<Uuid>,
    decided_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

macro_rules! applications {
    ($rest:literal) => {
        concat!(
            "select application.coop_id, application_id, application.person_id, person.name, person.email, message, status::text as status,
                    applied_at, decided_by, decided_at, reason
             from application join person on person.person_id = application.person_id
             where application.coop_id = $1 and ",
            $rest
        )
    };
}
pub(super) use applications;

impl TryFrom<Row> for Application {
    type Error = IdentityError;

    fn try_from(row: Row) -> Result<Self, IdentityError> {
        Ok(Self {
            id: ApplicationId(row.application_id),
            coop: CoopId(row.coop_id),
            person: PersonId(row.person_id),
            name: row.name,
            email: row.email,
            message: row.message,
            status: ApplicationStatus::parse(&row.status)?,
            applied_at: row.applied_at,
            decided_by: row.decided_by.map(PersonId),
            decided_at: row.decided_at,
            reason: row.reason,
        })
    }
}

/// Every application that a person made, newest first.
pub async fn applications_of(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<OwnApplication>, IdentityError> {
    const OWN: &str = "select * from applications_of($1) order by application_id desc";
    let rows = OwnRow::find_by_statement(statement(OWN, [person.0.into()])).all(db).await?;
    let read = |row: OwnRow| {
        Ok(OwnApplication {
            id: ApplicationId(row.application_id),
            coop: CoopId(row.coop_id),
            slug: row.slug,
            coop_name: row.coop,
            status: ApplicationStatus::parse(&row.status)?,
            applied_at: row.applied_at,
            decided_at: row.decided_at,
            reason: row.reason,
        })
    };
    rows.into_iter().map(read).collect()
}

impl Identity {
    /// Applies to a co-op. One that is open already is the answer: nobody waits twice.
    #[tracing::instrument(name = "identity.apply", skip_all)]
    pub async fn apply(&self, person: PersonId, slug: &str, message: &str) -> Result<Application, IdentityError> {
        const APPLY: &str = "
            insert into application (coop_id, application_id, person_id, message, applied_at)
            select $1, $2, $3, $4, $5 where (select count(*) from application where coop_id = $1 and status = 'open') < $6
            on conflict (coop_id, person_id) where status = 'open' do nothing";
        const OPEN: &str = applications!("application.person_id = $2 and status = 'open'");
        let message = message.trim();
        if message.chars().count() > LONGEST_MESSAGE {
            return Err(IdentityError::BadAnswer(format!("say it in {LONGEST_MESSAGE} characters")));
        }
        if !words::is_plain(message) {
            return Err(IdentityError::BadAnswer("leave out control characters".to_owned()));
        }
        let coop = open_coop(&self.db, slug).await?.id;
        let tx = db::begin(&self.db, coop).await?;
        match members::find(&tx, coop, person).await?.map(|member| member.status) {
            None | Some(MembershipStatus::Left) => {}
            Some(MembershipStatus::Active) => return Err(IdentityError::MemberAlready),
            Some(MembershipStatus::Suspended) => return Err(IdentityError::MemberSuspended),
            Some(MembershipStatus::Leaving) => return Err(IdentityError::MemberLeaving),
        }
        let values =
            [coop.0.into(), Uuid::now_v7().into(), person.0.into(), message.into(), self.clock.now().into(), MAX_OPEN_APPLICATIONS.into()];
        tx.execute_raw(statement(APPLY, values)).await?;
        let open = Row::find_by_statement(statement(OPEN, [coop.0.into(), person.0.into()])).one(&tx).await?;
        let application = open.ok_or(IdentityError::TooManyApplications)?.try_into()?;
        tx.commit().await?;
        Ok(application)
    }

    /// Takes an application back. A second time changes nothing; what was decided stays decided.
    #[tracing::instrument(name = "identity.withdraw_application", skip_all, fields(coop.id = %coop, application.id = %id))]
    pub async fn withdraw_application(&self, person: PersonId, coop: CoopId, id: ApplicationId) -> Result<Application, IdentityError> {
        const WITHDRAW: &str = "
            update application set status = 'withdrawn', decided_at = $3 where coop_id = $1 and application_id = $2";
        let tx = db::begin(&self.db, coop).await?;
        let was = lock(&tx, coop, id).await?;
        if was.person != person {
            return Err(IdentityError::NoApplication(id));
        }
        match was.status {
            ApplicationStatus::Withdrawn => return Ok(was),
            ApplicationStatus::Open => {}
            ApplicationStatus::Admitted | ApplicationStatus::Refused => return Err(IdentityError::ApplicationOver(was.status.name())),
        }
        let now = self.clock.now();
        tx.execute_raw(statement(WITHDRAW, [coop.0.into(), id.0.into(), now.into()])).await?;
        tx.commit().await?;
        Ok(Application { status: ApplicationStatus::Withdrawn, decided_at: Some(now), ..was })
    }

    /// What the co-op wants of the person, and how far they have come: for whoever applied there, and for its members.
    pub async fn own_checklist(&self, person: PersonId, coop: CoopId) -> Result<Vec<Checked>, IdentityError> {
        let tx = db::begin(&self.db, coop).await?;
        if !may_submit(&tx, coop, person).await? {
            return Err(IdentityError::NoCoop(coop.to_string()));
        }
        let checked = checklist(&tx, (coop, person), self.clock.now()).await?;
        tx.commit().await?;
        Ok(checked)
    }
}

/// Whether somebody has a reason to submit anything: they applied, or are a member.
pub(super) async fn may_submit(tx: &db::Tx, coop: CoopId, person: PersonId) -> Result<bool, IdentityError> {
    const MAY: &str = "
        select exists (select from application where coop_id = $1 and person_id = $2 and status = 'open')
            or exists (select from membership where coop_id = $1 and person_id = $2 and status in ('active', 'suspended')) as may";
    let row = tx.query_one_raw(statement(MAY, [coop.0.into(), person.0.into()])).await?;
    Ok(row.map_or(Ok(false), |row| row.try_get("", "may"))?)
}

/// The application, locked: whoever else decides it waits.
pub(super) async fn lock(tx: &db::Tx, coop: CoopId, id: ApplicationId) -> Result<Application, IdentityError> {
    const LOCK: &str = applications!("application_id = $2 for no key update of application");
    let row = Row::find_by_statement(statement(LOCK, [coop.0.into(), id.0.into()])).one(tx).await?;
    row.ok_or(IdentityError::NoApplication(id))?.try_into()
}
