//! Members of a co-op, their roles, and how strangers become members.

mod application;
mod application_mutation;
mod invitation;
mod invitation_mutation;
mod member;
mod member_mutation;
mod query;
mod requirement;
mod role;
mod role_mutation;

use async_graphql::{Context, ID, MergedObject};
use identity::Identity;
use kernel::{Permission, PersonId};

use super::{
    base::{Answer, Asking as _},
    coops::{CoOpsMutation, CoOpsQuery},
};

pub(crate) use member::{KIND as MEMBER, Member};
pub(crate) use requirement::KIND as REQUIREMENT;
pub(crate) use role::KIND as ROLE;

/// What can be asked about co-ops, members and roles.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct MembersQuery(CoOpsQuery, query::PeopleQuery, query::JoiningQuery);

/// What can be done with co-ops, members and roles.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct MembersMutation(
    CoOpsMutation,
    member_mutation::MemberMutation,
    role_mutation::RoleMutation,
    invitation_mutation::InvitationMutation,
    application_mutation::ApplicationMutation,
);

/// The use cases of co-ops and members.
pub(crate) fn identity(ctx: &Context<'_>) -> Identity {
    Identity::new(ctx.house().db.clone(), ctx.house().clock.clone())
}

/// The member of that id, for those who may see members and for themselves.
pub(crate) async fn node(ctx: &Context<'_>, id: &ID) -> Answer<Option<Member>> {
    let actor = ctx.actor()?;
    let Ok(person) = MEMBER.key(id).map(PersonId) else { return Ok(None) };
    if !actor.permissions.contains(Permission::MembersRead) && actor.person() != Ok(person) {
        return Ok(None);
    }
    match identity(ctx).member(actor, person).await {
        Ok(member) => Ok(Some(Member(member))),
        Err(identity::IdentityError::NoMember(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
