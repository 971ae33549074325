//! Every statement about invitations.

use chrono::{DateTime, Utc};
use db::{Sqlstate, sqlstate, statement};
use kernel::{CoopId, PersonId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{Invitation, InvitationId, InvitationStatus, InvitationToken};
use crate::{IdentityError, RoleId};

#[derive(FromQueryResult)]
struct Row {
    invitation_id: Uuid,
    email: String,
    anyone: bool,
    role_id: i32,
    status: String,
    letter: i32,
    invited_by: Option<Uuid>,
    invited_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_by: Option<Uuid>,
}

macro_rules! invitations {
    ($rest:literal) => {
        concat!(
            "select invitation_id, email, anyone, role_id, status::text as status, letter, invited_by, invited_at, expires_at, accepted_by
             from invitation where coop_id = $1 and ",
            $rest
        )
    };
}

impl Row {
    fn read(self, now: DateTime<Utc>) -> Result<Invitation, DbErr> {
        let status = match self.status.as_str() {
            "open" if self.expires_at <= now => InvitationStatus::Expired,
            "open" => InvitationStatus::Open,
            "accepted" => InvitationStatus::Accepted,
            "revoked" => InvitationStatus::Revoked,
            other => return Err(DbErr::Type(format!("an invitation cannot be {other:?}"))),
        };
        Ok(Invitation {
            id: InvitationId(self.invitation_id),
            email: self.email,
            anyone: self.anyone,
            role: RoleId(self.role_id),
            status,
            letters: self.letter,
            invited_by: self.invited_by.map(PersonId),
            invited_at: self.invited_at,
            expires_at: self.expires_at,
            accepted_by: self.accepted_by.map(PersonId),
        })
    }
}

/// Whether somebody of that address is a member and has not left.
pub(super) async fn is_member(tx: &db::Tx, coop: CoopId, email: &str) -> Result<bool, DbErr> {
    const IS_MEMBER: &str = "
        select exists (select from membership
            where coop_id = $1 and status <> 'left' and person_id = (select person_id from person where lower(email) = lower($2))) as known";
    let row = tx.query_one_raw(statement(IS_MEMBER, [coop.0.into(), email.into()])).await?;
    row.map_or(Ok(false), |row| row.try_get("", "known"))
}

/// Takes back what somebody invited who may not do so any more.
pub(crate) async fn revoke_of(tx: &db::Tx, coop: CoopId, inviter: PersonId, now: DateTime<Utc>) -> Result<(), DbErr> {
    const REVOKE: &str = "
        update invitation set status = 'revoked', closed_at = $3, token_hash = null
        where coop_id = $1 and invited_by = $2 and status = 'open'";
    tx.execute_raw(statement(REVOKE, [coop.0.into(), inviter.0.into(), now.into()])).await?;
    Ok(())
}

/// Takes back an expired invitation of that address, so that it can be invited anew.
pub(super) async fn clear_expired(tx: &db::Tx, coop: CoopId, email: &str, now: DateTime<Utc>) -> Result<(), DbErr> {
    const CLEAR: &str = "
        update invitation set status = 'revoked', closed_at = $3
        where coop_id = $1 and lower(email) = lower($2) and status = 'open' and expires_at <= $3";
    tx.execute_raw(statement(CLEAR, [coop.0.into(), email.into(), now.into()])).await?;
    Ok(())
}

/// Adds an invitation; `false` when the co-op has as many open as it may.
pub(super) async fn insert(tx: &db::Tx, coop: CoopId, new: &Invitation, most: i64) -> Result<bool, IdentityError> {
    const INSERT: &str = "
        insert into invitation (coop_id, invitation_id, email, anyone, role_id, invited_by, invited_at, expires_at)
        select $1, $2, $3, $4, $5, $6, $7, $8
        where (select count(*) from invitation where coop_id = $1 and status = 'open' and expires_at > $7) < $9";
    let values = [
        coop.0.into(),
        new.id.0.into(),
        new.email.as_str().into(),
        new.anyone.into(),
        new.role.0.into(),
        new.invited_by.map(|person| person.0).into(),
        new.invited_at.into(),
        new.expires_at.into(),
        most.into(),
    ];
    let made = tx.execute_raw(statement(INSERT, values)).await.map_err(|error| match sqlstate(&error) {
        Some(Sqlstate::UniqueViolation) => IdentityError::InvitedAlready(new.email.clone()),
        _ => IdentityError::Db(error),
    })?;
    Ok(made.rows_affected() > 0)
}

/// The invitation, locked.
pub(super) async fn lock(tx: &db::Tx, coop: CoopId, id: InvitationId, now: DateTime<Utc>) -> Result<Invitation, IdentityError> {
    const LOCK: &str = invitations!("invitation_id = $2 for no key update");
    let row = Row::find_by_statement(statement(LOCK, [coop.0.into(), id.0.into()])).one(tx).await?;
    Ok(row.ok_or(IdentityError::NoInvitation)?.read(now)?)
}

/// The invitation whose letter holds that token, locked. A letter that was replaced holds nothing.
pub(super) async fn lock_by_token(tx: &db::Tx, token: &InvitationToken, now: DateTime<Utc>) -> Result<Invitation, IdentityError> {
    const LOCK: &str = invitations!("invitation_id = $2 and token_hash = $3 for no key update");
    let values = [token.coop.0.into(), token.invitation.0.into(), token.hash().into()];
    let row = Row::find_by_statement(statement(LOCK, values)).one(tx).await?;
    Ok(row.ok_or(IdentityError::NoInvitation)?.read(now)?)
}

/// A page of a co-op's invitations, newest first.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    (before, first): (Option<InvitationId>, i64),
    now: DateTime<Utc>,
) -> Result<Vec<Invitation>, DbErr> {
    const PAGE: &str = invitations!("invitation_id < $2 order by invitation_id desc limit $3");
    let before = before.map_or(Uuid::max(), |id| id.0);
    let rows = Row::find_by_statement(statement(PAGE, [coop.0.into(), before.into(), first.into()])).all(db).await?;
    rows.into_iter().map(|row| row.read(now)).collect()
}

/// Another letter: the last one is void.
pub(super) async fn renew(tx: &db::Tx, coop: CoopId, id: InvitationId, expires_at: DateTime<Utc>) -> Result<(), DbErr> {
    const RENEW: &str = "
        update invitation set letter = letter + 1, token_hash = null, expires_at = $3 where coop_id = $1 and invitation_id = $2";
    tx.execute_raw(statement(RENEW, [coop.0.into(), id.0.into(), expires_at.into()])).await?;
    Ok(())
}

/// Takes it back.
pub(super) async fn revoke(tx: &db::Tx, coop: CoopId, id: InvitationId, now: DateTime<Utc>) -> Result<(), DbErr> {
    const REVOKE: &str = "
        update invitation set status = 'revoked', closed_at = $3, token_hash = null where coop_id = $1 and invitation_id = $2";
    tx.execute_raw(statement(REVOKE, [coop.0.into(), id.0.into(), now.into()])).await?;
    Ok(())
}

/// Somebody has become a member by it.
pub(super) async fn accept(tx: &db::Tx, coop: CoopId, id: InvitationId, by: PersonId, now: DateTime<Utc>) -> Result<(), DbErr> {
    const ACCEPT: &str = "
        update invitation set status = 'accepted', accepted_by = $3, closed_at = $4 where coop_id = $1 and invitation_id = $2";
    tx.execute_raw(statement(ACCEPT, [coop.0.into(), id.0.into(), by.0.into(), now.into()])).await?;
    Ok(())
}

/// Keeps the hash of the token that goes into the letter; `false` when that letter does not count any more.
pub(super) async fn keep_hash(tx: &db::Tx, token: &InvitationToken, letter: i32, now: DateTime<Utc>) -> Result<bool, DbErr> {
    const KEEP: &str = "
        update invitation set token_hash = $4
        where coop_id = $1 and invitation_id = $2 and letter = $3 and status = 'open' and expires_at > $5";
    let values = [token.coop.0.into(), token.invitation.0.into(), letter.into(), token.hash().into(), now.into()];
    Ok(tx.execute_raw(statement(KEEP, values)).await?.rows_affected() > 0)
}
