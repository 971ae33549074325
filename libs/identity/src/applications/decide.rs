//! Deciding applications.

use db::statement;
use kernel::{Actor, Permission};
use sea_orm::{ConnectionTrait as _, FromQueryResult as _};
use uuid::Uuid;

use super::{
    Application, ApplicationId, ApplicationStatus, RequirementStatus,
    apply::{Row, applications, lock},
    checklist::checklist,
};
use crate::{
    Identity, IdentityError, Joined, RoleId, coops,
    invitations::{NewMember, admit},
    members, roles, words,
};

/// Applications that are read at once at most: a page of a hundred, and one to see that there are more.
pub const MAX_APPLICATIONS: u32 = 101;

impl Identity {
    /// A page of the co-op's applications of one status, newest first: those before that one.
    pub async fn applications(
        &self,
        actor: &Actor,
        status: ApplicationStatus,
        before: Option<ApplicationId>,
        first: u32,
    ) -> Result<Vec<Application>, IdentityError> {
        const PAGE: &str = applications!("status = $2::application_status and application_id < $3 order by application_id desc limit $4");
        actor.require(Permission::MembersReview)?;
        let before = before.map_or(Uuid::max(), |id| id.0);
        let values = [actor.coop.0.into(), status.name().into(), before.into(), i64::from(first.min(MAX_APPLICATIONS)).into()];
        let tx = db::begin(&self.db, actor.coop).await?;
        let rows = Row::find_by_statement(statement(PAGE, values)).all(&tx).await?;
        tx.commit().await?;
        rows.into_iter().map(Application::try_from).collect()
    }

    /// An application to the co-op.
    pub async fn application(&self, actor: &Actor, id: ApplicationId) -> Result<Application, IdentityError> {
        const ONE: &str = applications!("application_id = $2");
        actor.require(Permission::MembersReview)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let row = Row::find_by_statement(statement(ONE, [actor.coop.0.into(), id.0.into()])).one(&tx).await?;
        tx.commit().await?;
        row.ok_or(IdentityError::NoApplication(id))?.try_into()
    }

    /// Admits whoever applied, with a role, once everything that is needed is accepted. Admitted already: the same answer.
    #[tracing::instrument(name = "identity.admit", skip_all, fields(coop.id = %actor.coop, application.id = %id))]
    pub async fn admit(&self, actor: &Actor, id: ApplicationId, role: RoleId) -> Result<Joined, IdentityError> {
        actor.require(Permission::MembersReview)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let application = lock(&tx, actor.coop, id).await?;
        let coop = coops::coop(&tx, actor.coop).await?;
        match application.status {
            ApplicationStatus::Admitted => {
                let member = members::member(&tx, actor.coop, application.person).await?;
                return Ok(Joined { coop, member });
            }
            ApplicationStatus::Refused | ApplicationStatus::Withdrawn => {
                return Err(IdentityError::ApplicationOver(application.status.name()));
            }
            ApplicationStatus::Open => {}
        }
        let role = roles::to_give(&tx, actor, role).await?;
        let now = self.clock.now();
        let checked = checklist(&tx, (actor.coop, application.person), now).await?;
        let lacking = checked.iter().filter(|one| one.requirement.needed && one.status != RequirementStatus::Accepted);
        let lacking: Vec<&str> = lacking.map(|one| one.requirement.name.as_str()).collect();
        if !lacking.is_empty() {
            return Err(IdentityError::NotMet(lacking.join(", ")));
        }
        let member = admit(&tx, actor.coop, NewMember { person: application.person, role: role.id }, now).await?;
        self.decide(&tx, actor, id, (ApplicationStatus::Admitted, None)).await?;
        tx.commit().await?;
        Ok(Joined { coop, member })
    }

    /// Refuses an application. Refused already: the first reason stays.
    #[tracing::instrument(name = "identity.refuse_application", skip_all, fields(coop.id = %actor.coop, application.id = %id))]
    pub async fn refuse_application(&self, actor: &Actor, id: ApplicationId, reason: &str) -> Result<Application, IdentityError> {
        actor.require(Permission::MembersReview)?;
        let reason = words::reason(reason)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = lock(&tx, actor.coop, id).await?;
        match was.status {
            ApplicationStatus::Refused => return Ok(was),
            ApplicationStatus::Admitted | ApplicationStatus::Withdrawn => return Err(IdentityError::ApplicationOver(was.status.name())),
            ApplicationStatus::Open => {}
        }
        self.decide(&tx, actor, id, (ApplicationStatus::Refused, Some(&reason))).await?;
        let refused = lock(&tx, actor.coop, id).await?;
        tx.commit().await?;
        Ok(refused)
    }

    async fn decide(
        &self,
        tx: &db::Tx,
        actor: &Actor,
        id: ApplicationId,
        (status, reason): (ApplicationStatus, Option<&str>),
    ) -> Result<(), IdentityError> {
        const DECIDE: &str = "
            update application set status = $3::application_status, decided_by = $4, decided_at = $5, reason = $6
            where coop_id = $1 and application_id = $2";
        let by = actor.person().ok().map(|person| person.0);
        let values = [actor.coop.0.into(), id.0.into(), status.name().into(), by.into(), self.clock.now().into(), reason.into()];
        tx.execute_raw(statement(DECIDE, values)).await?;
        Ok(())
    }
}
