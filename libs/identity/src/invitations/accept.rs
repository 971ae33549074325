//! Accepting an invitation, and becoming a member at all.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, PartyId, PersonId};
use sea_orm::ConnectionTrait as _;

use super::{InvitationStatus, InvitationToken, repo};
use crate::{
    Coop, Identity, IdentityError, Member, MembershipStatus, NewParty, PartyKind, RoleId, coops,
    members::{self, person},
    parties::{add_parties, free_handle},
};

/// Somebody who became a member, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The co-op.
    pub coop: Coop,
    /// Who, as the co-op sees them.
    pub member: Member,
}

impl Identity {
    /// Makes the person a member by an invitation that was mailed to them. The token is the proof; unless the invitation
    /// is for anyone, the person's address has to be the one that was invited. The same person again: the same answer.
    /// For everybody else there is no such invitation.
    #[tracing::instrument(name = "identity.accept_invitation", skip_all, fields(coop.id = %token.coop, invitation.id = %token.invitation))]
    pub async fn accept_invitation(&self, by: PersonId, token: &InvitationToken) -> Result<Joined, IdentityError> {
        let now = self.clock.now();
        let tx = db::begin(&self.db, token.coop).await?;
        let invitation = repo::lock_by_token(&tx, token, now).await?;
        let is_theirs = invitation.anyone || person(&tx, by).await?.email.eq_ignore_ascii_case(&invitation.email);
        let coop = coops::coop(&tx, token.coop).await?;
        match invitation.status {
            InvitationStatus::Accepted if invitation.accepted_by == Some(by) => {
                let member = members::member(&tx, coop.id, by).await?;
                return Ok(Joined { coop, member });
            }
            InvitationStatus::Accepted | InvitationStatus::Revoked => return Err(IdentityError::NoInvitation),
            InvitationStatus::Open | InvitationStatus::Expired if !is_theirs => return Err(IdentityError::NoInvitation),
            InvitationStatus::Expired => return Err(IdentityError::InvitationExpired(invitation.expires_at)),
            InvitationStatus::Open => {}
        }
        coops::works(&coop)?;
        let member = admit(&tx, coop.id, NewMember { person: by, role: invitation.role }, now).await?;
        repo::accept(&tx, coop.id, invitation.id, by, now).await?;
        tx.commit().await?;
        Ok(Joined { coop, member })
    }
}

/// Who becomes a member, and as what.
#[derive(Clone, Copy)]
pub(crate) struct NewMember {
    pub(crate) person: PersonId,
    pub(crate) role: RoleId,
}

/// Makes a person a member with a party of their own. Who was one before gets their old party back.
pub(crate) async fn admit(tx: &db::Tx, coop: CoopId, new: NewMember, now: DateTime<Utc>) -> Result<Member, IdentityError> {
    // Whoever is a member already, and not one who left, stays as they are
    const JOIN: &str = "
        insert into membership (coop_id, person_id, party_id, role_id, joined_at, changed_at) values ($1, $2, $3, $4, $5, $5)
        on conflict (coop_id, person_id) do update
        set role_id = excluded.role_id, party_id = coalesce(membership.party_id, excluded.party_id), status = 'active', reason = null,
            joined_at = excluded.joined_at, changed_at = excluded.changed_at
        where membership.status = 'left'";
    let before = members::find(tx, coop, new.person).await?;
    match before.as_ref().map(|member| member.status) {
        None | Some(MembershipStatus::Left) => {}
        Some(MembershipStatus::Active) => return Err(IdentityError::MemberAlready),
        Some(MembershipStatus::Suspended) => return Err(IdentityError::MemberSuspended),
        Some(MembershipStatus::Leaving) => return Err(IdentityError::MemberLeaving),
    }
    let party = match before.and_then(|member| member.party) {
        Some(party) => party,
        None => own_party(tx, coop, new.person).await?,
    };
    let values = [coop.0.into(), new.person.0.into(), party.0.into(), new.role.0.into(), now.into()];
    if tx.execute_raw(statement(JOIN, values)).await?.rows_affected() == 0 {
        return Err(IdentityError::MemberAlready);
    }
    members::member(tx, coop, new.person).await
}

async fn own_party(tx: &db::Tx, coop: CoopId, id: PersonId) -> Result<PartyId, IdentityError> {
    let who = person(tx, id).await?;
    let handle = free_handle(tx, coop, &who.name).await?;
    let new = NewParty { kind: PartyKind::Member, handle, name: who.name, email: Some(who.email), stripe_account: None, minimum_payout: 0 };
    Ok(add_parties(tx, coop, vec![new]).await?[0])
}
