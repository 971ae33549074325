//! Looking at members, roles, invitations, requirements and applications.

use async_graphql::{Context, ID, Object, connection::Connection};
use identity::{ApplicationId, InvitationId, MembersAsk};
use kernel::{Permission, PersonId};
use uuid::Uuid;

use super::{
    application::{Application, ApplicationStatus, KIND as APPLICATION, OpenDoor, OwnApplication, checklist},
    identity,
    invitation::Invitation,
    member::{KIND as MEMBER, Member},
    requirement::{CheckedRequirement, Requirement},
    role::Role,
};
use crate::graphql::{
    base::{Answer, Asking as _, Page, page_cost},
    coops::MembershipStatus,
};

const MEMBERS: &str = "members";
const INVITATIONS: &str = "invitations";
const APPLICATIONS: &str = "applications";

#[derive(Debug, Default)]
pub(crate) struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// The members of the co-op, in the order in which they came to the house.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of that status; without it, all but those who left.")] status: Option<MembershipStatus>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the member before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Member>> {
        let actor = ctx.actor_who_may(Permission::MembersRead)?;
        let page: Page<Uuid> = Page::of(MEMBERS, first, after.as_deref())?;
        let ask = MembersAsk { status: status.map(Into::into), after: page.after.map(PersonId), first: rows(&page) };
        let found = identity(ctx).members(actor, ask).await?;
        Ok(page.connection(MEMBERS, found, |member| member.person.0, Member))
    }

    /// A member of the co-op. Everybody may look at themselves.
    async fn member(&self, ctx: &Context<'_>, #[graphql(desc = "Their id.")] id: ID) -> Answer<Member> {
        let actor = ctx.actor()?;
        Ok(Member(identity(ctx).member(actor, PersonId(MEMBER.key(&id)?)).await?))
    }

    /// Every role of the co-op, at most 50.
    #[graphql(complexity = "50 * child_complexity")]
    async fn roles(&self, ctx: &Context<'_>) -> Answer<Vec<Role>> {
        let actor = ctx.actor_who_may(Permission::MembersRead)?;
        Ok(identity(ctx).roles(actor).await?.into_iter().map(Role).collect())
    }

    /// The invitations of the co-op, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the invitation before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Invitation>> {
        let actor = ctx.actor_who_may(Permission::MembersInvite)?;
        let page: Page<Uuid> = Page::of(INVITATIONS, first, after.as_deref())?;
        let found = identity(ctx).invitations(actor, page.after.map(InvitationId), rows(&page)).await?;
        Ok(page.connection(INVITATIONS, found, |invitation| invitation.id.0, Invitation))
    }
}

#[derive(Debug, Default)]
pub(crate) struct JoiningQuery;

#[Object]
impl JoiningQuery {
    /// What the co-op wants of whoever applies, at most 30.
    #[graphql(complexity = "30 * child_complexity")]
    async fn requirements(&self, ctx: &Context<'_>) -> Answer<Vec<Requirement>> {
        let actor = ctx.actor_who_may(Permission::MembersReview)?;
        Ok(identity(ctx).requirements(actor).await?.into_iter().map(Requirement).collect())
    }

    /// The applications to the co-op of one status, newest first.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn applications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How far they have come; those that wait when nothing is said.")] status: Option<ApplicationStatus>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the application before them.")] after: Option<String>,
    ) -> Answer<Connection<String, Application>> {
        let actor = ctx.actor_who_may(Permission::MembersReview)?;
        let page: Page<Uuid> = Page::of(APPLICATIONS, first, after.as_deref())?;
        let status = status.unwrap_or(ApplicationStatus::Open).into();
        let found = identity(ctx).applications(actor, status, page.after.map(ApplicationId), rows(&page)).await?;
        Ok(page.connection(APPLICATIONS, found, |application| application.id.0, Application))
    }

    /// An application to the co-op.
    async fn application(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Answer<Application> {
        let actor = ctx.actor_who_may(Permission::MembersReview)?;
        Ok(Application(identity(ctx).application(actor, ApplicationId(APPLICATION.key(&id)?)).await?))
    }

    /// How far a member, or whoever applied, meets what the co-op wants, at most 30.
    #[graphql(complexity = "30 * child_complexity")]
    async fn checklist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the member or applicant.")] person: ID,
    ) -> Answer<Vec<CheckedRequirement>> {
        ctx.actor_who_may(Permission::MembersReview)?;
        checklist(ctx, PersonId(MEMBER.key(&person)?)).await
    }

    /// A co-op that takes applications, and what it wants. Needs no co-op to be named in the header.
    async fn open_door(&self, ctx: &Context<'_>, #[graphql(desc = "The slug of the co-op.")] co_op: String) -> Answer<OpenDoor> {
        ctx.person()?;
        Ok(OpenDoor(identity(ctx).open_door(&co_op).await?))
    }

    /// Every application that whoever asks has made. Needs no co-op to be named.
    #[graphql(complexity = "20 * child_complexity")]
    async fn my_applications(&self, ctx: &Context<'_>) -> Answer<Vec<OwnApplication>> {
        let person = ctx.person()?;
        Ok(identity::applications_of(&ctx.house().db, person).await?.into_iter().map(OwnApplication::from).collect())
    }

    /// How far whoever asks meets what a co-op wants: one that they applied to, or are a member of. Needs no co-op to be
    /// named in the header.
    #[graphql(complexity = "30 * child_complexity")]
    async fn my_checklist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug of the co-op.")] co_op: String,
    ) -> Answer<Vec<CheckedRequirement>> {
        let person = ctx.person()?;
        let coop = identity::find_coop(&ctx.house().db, &co_op).await?;
        let checked = identity(ctx).own_checklist(person, coop.id).await.map_err(|error| match error {
            identity::IdentityError::NoCoop(_) => identity::IdentityError::NoCoop(co_op),
            other => other,
        })?;
        Ok(checked.into_iter().map(CheckedRequirement).collect())
    }
}

/// How many rows to read for a page.
fn rows<K: serde::de::DeserializeOwned>(page: &Page<K>) -> u32 {
    u32::try_from(page.limit()).unwrap_or(u32::MAX)
}
