//! Inviting people, again, and taking it back.

use jobs::Job;
use kernel::{Actor, Permission};
use uuid::Uuid;

use super::{
    INVITATION_LASTS, Invitation, InvitationId, InvitationStatus, MAX_INVITATIONS, MAX_LETTERS, MAX_OPEN_INVITATIONS, NewInvitation,
    SendInvitation, repo,
};
use crate::{Identity, IdentityError, coops, roles, words};

impl Identity {
    /// Invites an address to become a member with a role; the letter is a job. The actor holds what the role holds.
    #[tracing::instrument(name = "identity.invite", skip_all, fields(coop.id = %actor.coop))]
    pub async fn invite(&self, actor: &Actor, new: NewInvitation) -> Result<Invitation, IdentityError> {
        actor.require(Permission::MembersInvite)?;
        let email = words::address(&new.email)?;
        let now = self.clock.now();
        let tx = db::begin(&self.db, actor.coop).await?;
        // Locked: others who invite wait, so that the count holds
        coops::works(&coops::locked(&tx, actor).await?)?;
        let role = roles::to_give(&tx, actor, new.role).await?;
        if repo::is_member(&tx, actor.coop, &email).await? {
            return Err(IdentityError::MemberAlready);
        }
        repo::clear_expired(&tx, actor.coop, &email, now).await?;
        let invitation = Invitation {
            id: InvitationId(Uuid::now_v7()),
            email,
            anyone: new.anyone,
            role: role.id,
            status: InvitationStatus::Open,
            letters: 1,
            invited_by: actor.person().ok(),
            invited_at: now,
            expires_at: now + INVITATION_LASTS,
            accepted_by: None,
        };
        if !repo::insert(&tx, actor.coop, &invitation, MAX_OPEN_INVITATIONS).await? {
            return Err(IdentityError::TooManyInvitations(MAX_OPEN_INVITATIONS));
        }
        write_letter(&tx, actor, &invitation).await?;
        tx.commit().await?;
        Ok(invitation)
    }

    /// Has another letter written, with another token and a new time; the last letter is void. Also for one that expired.
    #[tracing::instrument(name = "identity.resend_invitation", skip_all, fields(coop.id = %actor.coop, invitation.id = %id))]
    pub async fn resend_invitation(&self, actor: &Actor, id: InvitationId) -> Result<Invitation, IdentityError> {
        actor.require(Permission::MembersInvite)?;
        let now = self.clock.now();
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = repo::lock(&tx, actor.coop, id, now).await?;
        match was.status {
            InvitationStatus::Open | InvitationStatus::Expired => {}
            InvitationStatus::Accepted => return Err(IdentityError::InvitationOver("accepted")),
            InvitationStatus::Revoked => return Err(IdentityError::InvitationOver("revoked")),
        }
        roles::to_give(&tx, actor, was.role).await?;
        if was.letters >= MAX_LETTERS {
            return Err(IdentityError::TooManyLetters(MAX_LETTERS));
        }
        let renewed = Invitation { status: InvitationStatus::Open, letters: was.letters + 1, expires_at: now + INVITATION_LASTS, ..was };
        repo::renew(&tx, actor.coop, id, renewed.expires_at).await?;
        write_letter(&tx, actor, &renewed).await?;
        tx.commit().await?;
        Ok(renewed)
    }

    /// Takes an invitation back. A second time changes nothing.
    #[tracing::instrument(name = "identity.revoke_invitation", skip_all, fields(coop.id = %actor.coop, invitation.id = %id))]
    pub async fn revoke_invitation(&self, actor: &Actor, id: InvitationId) -> Result<Invitation, IdentityError> {
        actor.require(Permission::MembersInvite)?;
        let now = self.clock.now();
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = repo::lock(&tx, actor.coop, id, now).await?;
        match was.status {
            InvitationStatus::Revoked => return Ok(was),
            InvitationStatus::Accepted => return Err(IdentityError::InvitationOver("accepted")),
            InvitationStatus::Open | InvitationStatus::Expired => {}
        }
        repo::revoke(&tx, actor.coop, id, now).await?;
        tx.commit().await?;
        Ok(Invitation { status: InvitationStatus::Revoked, ..was })
    }

    /// A page of the co-op's invitations, newest first: those before that one, [`MAX_INVITATIONS`] at most.
    pub async fn invitations(&self, actor: &Actor, before: Option<InvitationId>, first: u32) -> Result<Vec<Invitation>, IdentityError> {
        actor.require(Permission::MembersInvite)?;
        let tx = db::begin(&self.db, actor.coop).await?;
        let page = repo::page(&tx, actor.coop, (before, first.min(MAX_INVITATIONS).into()), self.clock.now()).await?;
        tx.commit().await?;
        Ok(page)
    }
}

async fn write_letter(tx: &db::Tx, actor: &Actor, invitation: &Invitation) -> Result<(), IdentityError> {
    let task = SendInvitation { invitation: invitation.id, letter: invitation.letters };
    jobs::enqueue(tx, &Job::try_new(actor.coop, &task)?).await?;
    Ok(())
}
