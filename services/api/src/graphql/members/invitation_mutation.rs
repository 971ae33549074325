//! Inviting people, and accepting.

use async_graphql::{Context, ID, InputObject, Object};
use identity::{InvitationId, InvitationToken, NewInvitation, RoleId};
use kernel::Permission;

use super::{
    identity,
    invitation::{Invitation, KIND},
    role::KIND as ROLE,
};
use crate::graphql::{
    base::{Answer, Asking as _, payload},
    co_op::CoOp,
};

/// What inviting somebody takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct InviteInput {
    /// Where the letter goes.
    email: String,
    /// The id of the role that it gives; one that holds nothing that you lack.
    role: ID,
    /// Whether whoever has the letter may accept it, also under another address.
    #[graphql(default)]
    anyone: bool,
}

payload! {
    /// What came of inviting somebody.
    InvitePayload {
        /// The invitation; its letter is on the way.
        invitation: Invitation
    }
}
payload! {
    /// What came of asking for another letter.
    ResendInvitationPayload {
        /// The invitation with more time; the earlier letter is void.
        invitation: Invitation
    }
}
payload! {
    /// What came of taking an invitation back.
    RevokeInvitationPayload {
        /// The invitation, revoked.
        invitation: Invitation
    }
}
payload! {
    /// What came of accepting an invitation.
    AcceptInvitationPayload {
        /// The co-op that whoever asked is a member of now. Name its slug in the header `Guildhall-Co-op` to act in it.
        co_op: CoOp
    }
}

#[derive(Debug, Default)]
pub(crate) struct InvitationMutation;

#[Object]
impl InvitationMutation {
    /// Invites somebody to become a member, by a letter that works once and for 14 days. An address has one open invitation.
    async fn invite(&self, ctx: &Context<'_>, #[graphql(desc = "Who, and as what.")] input: InviteInput) -> Answer<InvitePayload> {
        InvitePayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersInvite)?;
            let new = NewInvitation { email: input.email, role: RoleId(ROLE.key(&input.role)?), anyone: input.anyone };
            Ok(Invitation(identity(ctx).invite(actor, new).await?))
        })
        .await
    }

    /// Has another letter written, good for 14 days from now; the earlier one is void at once.
    async fn resend_invitation(&self, ctx: &Context<'_>, #[graphql(desc = "Which invitation.")] id: ID) -> Answer<ResendInvitationPayload> {
        ResendInvitationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersInvite)?;
            Ok(Invitation(identity(ctx).resend_invitation(actor, InvitationId(KIND.key(&id)?)).await?))
        })
        .await
    }

    /// Takes an invitation back: its letter opens nothing any more.
    async fn revoke_invitation(&self, ctx: &Context<'_>, #[graphql(desc = "Which invitation.")] id: ID) -> Answer<RevokeInvitationPayload> {
        RevokeInvitationPayload::of(async {
            let actor = ctx.actor_who_may(Permission::MembersInvite)?;
            Ok(Invitation(identity(ctx).revoke_invitation(actor, InvitationId(KIND.key(&id)?)).await?))
        })
        .await
    }

    /// Makes whoever asks a member, by the token of their letter. Needs no co-op to be named. Again: the same answer.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What stands behind the # of the link in the letter.")] token: String,
    ) -> Answer<AcceptInvitationPayload> {
        AcceptInvitationPayload::of(async {
            let person = ctx.person()?;
            let token: InvitationToken = token.parse()?;
            Ok(CoOp(identity(ctx).accept_invitation(person, &token).await?.coop))
        })
        .await
    }
}
