//! What becomes of members.

use async_graphql::{Context, ID, Object};
use identity::RoleId;
use kernel::{Permission, PersonId};

use super::{
    identity,
    member::{Departure, KIND, Member},
    role::KIND as ROLE,
};
use crate::graphql::base::{Answer, Asking as _, payload};

payload! {
    /// What came of giving a member another role.
    ChangeRolePayload {
        /// The member with the role.
        member: Member
    }
}
payload! {
    /// What came of suspending a member.
    SuspendMemberPayload {
        /// The member, suspended.
        member: Member
    }
}
payload! {
    /// What came of reinstating a member.
    ReinstateMemberPayload {
        /// The member, active.
        member: Member
    }
}
payload! {
    /// What came of leaving.
    LeaveCoOpPayload {
        /// Whoever leaves, and what is still to be settled.
        departure: Departure
    }
}
payload! {
    /// What came of seeing a member off.
    SeeOffMemberPayload {
        /// Whoever leaves, and what is still to be settled.
        departure: Departure
    }
}

#[derive(Debug, Default)]
pub(crate) struct MemberMutation;

#[Object]
impl MemberMutation {
    /// Gives a member another role. Nobody gives or takes away what they do not have themselves, and the last admin stays one.
    async fn change_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which member.")] member: ID,
        #[graphql(desc = "Which role.")] role: ID,
    ) -> Answer<ChangeRolePayload> {
        ChangeRolePayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersManage)?;
            let (person, role) = (PersonId(KIND.key(&member)?), RoleId(ROLE.key(&role)?));
            Ok(Member(identity(ctx).change_role(actor, person, role).await?))
        })
        .await
    }

    /// Suspends a member: within seconds they are not let into the co-op any more. Their money stays theirs.
    async fn suspend_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which member.")] member: ID,
        #[graphql(desc = "Why, for the member to read.")] reason: String,
    ) -> Answer<SuspendMemberPayload> {
        SuspendMemberPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersManage)?;
            Ok(Member(identity(ctx).suspend_member(actor, PersonId(KIND.key(&member)?), &reason).await?))
        })
        .await
    }

    /// Lets a suspended member back in.
    async fn reinstate_member(&self, ctx: &Context<'_>, #[graphql(desc = "Which member.")] member: ID) -> Answer<ReinstateMemberPayload> {
        ReinstateMemberPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersManage)?;
            Ok(Member(identity(ctx).reinstate_member(actor, PersonId(KIND.key(&member)?)).await?))
        })
        .await
    }

    /// Whoever asks leaves the co-op. They have left when nothing is owed either way; until then they see what is theirs.
    async fn leave_co_op(&self, ctx: &Context<'_>) -> Answer<LeaveCoOpPayload> {
        LeaveCoOpPayload::of(async {
            let actor = ctx.actor()?;
            let departure = identity(ctx).leave(actor).await?;
            return_lots(ctx).await?;
            Ok(Departure(departure))
        })
        .await
    }

    /// Sees a member off. They have left when nothing is owed either way; until then they see what is theirs.
    async fn see_off_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which member.")] member: ID,
        #[graphql(desc = "Why, for the member to read.")] reason: String,
    ) -> Answer<SeeOffMemberPayload> {
        SeeOffMemberPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersManage)?;
            let departure = identity(ctx).see_off(actor, PersonId(KIND.key(&member)?), &reason).await?;
            return_lots(ctx).await?;
            Ok(Departure(departure))
        })
        .await
    }
}

/// The lots of whoever leaves go back to them at once. Should it fail here, the worker does it.
async fn return_lots(ctx: &Context<'_>) -> Answer<()> {
    let house = ctx.house();
    stock::see_out(&house.db, &[ctx.actor()?.coop], &house.clock).await?;
    Ok(())
}
