//! What is read and written of sessions.

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::{PersonId, SessionId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::{Session, Signed, Visitor, random::random};

/// A session that nobody uses ends after this long.
pub(super) const IDLE_LIVES: TimeDelta = TimeDelta::days(30);
/// However much it is used, after this long people sign in again.
pub(super) const WHOLE_LIFE: TimeDelta = TimeDelta::days(180);
/// Sessions that are shown at once.
const MAX_SHOWN: i64 = 100;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    SignedOut,
    Revoked,
    Reuse,
    PasswordReset,
    PasswordChanged,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Reuse => "reuse",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
        }
    }
}

/// A session as refreshing needs it.
#[derive(Clone, FromQueryResult)]
pub(super) struct Row {
    person_id: Uuid,
    session_id: Uuid,
    pub(super) seed: Vec<u8>,
    pub(super) generation: i32,
    pub(super) rotated_at: DateTime<Utc>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
    factor_at: Option<DateTime<Utc>>,
}

impl Row {
    pub(super) const fn signed(&self) -> Signed {
        Signed { person: PersonId(self.person_id), session: SessionId(self.session_id), factor_at: self.factor_at }
    }
}

/// A new session, and whether the person was never seen on such a device though they were on others.
pub(super) struct Begun {
    pub(super) row: Row,
    pub(super) is_new_device: bool,
}

#[derive(FromQueryResult)]
struct Before {
    any: bool,
    same: bool,
}

pub(super) async fn insert(
    tx: &db::Tx,
    (person, factor_at): (PersonId, Option<DateTime<Utc>>),
    visitor: &Visitor,
    now: DateTime<Utc>,
) -> Result<Begun, DbErr> {
    const BEFORE: &str = "
        select exists (select from session where person_id = $1) as any,
               exists (select from session where person_id = $1 and device = $2) as same";
    const INSERT: &str = "
        insert into session (person_id, session_id, device, started_at, started_from, last_used_at, last_used_from, factor_at, seed, rotated_at, expires_at)
        values ($1, $2, $3, $4, nullif($5, '')::inet, $4, nullif($5, '')::inet, $6, $7, $4, $8)";
    let before = Before::find_by_statement(statement(BEFORE, [person.0.into(), visitor.device.clone().into()])).one(tx).await?;
    let (any, same) = before.map_or((false, false), |before| (before.any, before.same));
    let seed = random::<32>().to_vec();
    let row = Row {
        person_id: person.0,
        session_id: Uuid::now_v7(),
        seed: seed.clone(),
        generation: 0,
        rotated_at: now,
        started_at: now,
        expires_at: now + IDLE_LIVES,
        ended_at: None,
        factor_at,
    };
    let values: [Value; 8] = [
        person.0.into(),
        row.session_id.into(),
        visitor.device.clone().into(),
        now.into(),
        visitor.inet().into(),
        factor_at.into(),
        seed.into(),
        row.expires_at.into(),
    ];
    tx.execute_raw(statement(INSERT, values)).await?;
    Ok(Begun { row, is_new_device: any && !same })
}

/// A session, held until the transaction ends.
pub(super) async fn lock(tx: &db::Tx, session: SessionId) -> Result<Option<Row>, DbErr> {
    const SELECT: &str = "
        select person_id, session_id, seed, generation, rotated_at, started_at, expires_at, ended_at, factor_at
        from session where session_id = $1 for update";
    Row::find_by_statement(statement(SELECT, [session.0.into()])).one(tx).await
}

/// The next generation of a session, used now from there.
pub(super) async fn advance(tx: &db::Tx, row: &Row, visitor: &Visitor, now: DateTime<Utc>) -> Result<(), DbErr> {
    const UPDATE: &str = "
        update session set generation = $3, rotated_at = $4, expires_at = $5, last_used_at = greatest(last_used_at, $6),
               last_used_from = coalesce(nullif($7, '')::inet, last_used_from)
        where person_id = $1 and session_id = $2";
    let values: [Value; 7] = [
        row.person_id.into(),
        row.session_id.into(),
        row.generation.into(),
        row.rotated_at.into(),
        row.expires_at.into(),
        now.into(),
        visitor.inet().into(),
    ];
    tx.execute_raw(statement(UPDATE, values)).await?;
    Ok(())
}

/// A second factor was shown in a session that is alive. Returns until when the session stays.
pub(super) async fn show_factor(db: &impl ConnectionTrait, signed: Signed, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, DbErr> {
    const UPDATE: &str = "
        update session set factor_at = $3 where person_id = $1 and session_id = $2 and ended_at is null returning expires_at";
    let row = db.query_one_raw(statement(UPDATE, [signed.person.0.into(), signed.session.0.into(), now.into()])).await?;
    row.map(|row| row.try_get("", "expires_at")).transpose()
}

/// Ends one session of a person; `false` when they have none of that number, or it has ended.
pub(super) async fn end_one(
    db: &impl ConnectionTrait,
    (person, session): (PersonId, SessionId),
    why: Ending,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    const UPDATE: &str = "
        update session set ended_at = $4, ended_reason = $3 where person_id = $1 and session_id = $2 and ended_at is null";
    let values = [person.0.into(), session.0.into(), why.name().into(), now.into()];
    Ok(db.execute_raw(statement(UPDATE, values)).await?.rows_affected() > 0)
}

/// Ends every session of a person, but perhaps one. Returns those that ended now.
pub(crate) async fn end_all(
    db: &impl ConnectionTrait,
    person: PersonId,
    but: Option<SessionId>,
    why: Ending,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, DbErr> {
    const UPDATE: &str = "
        update session set ended_at = $4, ended_reason = $3
        where person_id = $1 and session_id is distinct from $2 and ended_at is null returning session_id";
    let values = [person.0.into(), but.map(|session| session.0).into(), why.name().into(), now.into()];
    let rows = db.query_all_raw(statement(UPDATE, values)).await?;
    rows.iter().map(|row| row.try_get("", "session_id").map(SessionId)).collect()
}

#[derive(FromQueryResult)]
struct Shown {
    session_id: Uuid,
    device: String,
    started_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    last_used_from: Option<String>,
    expires_at: DateTime<Utc>,
}

/// A person's sessions that are alive, the last used first.
pub(super) async fn list(db: &impl ConnectionTrait, signed: Signed, now: DateTime<Utc>) -> Result<Vec<Session>, DbErr> {
    const SELECT: &str = "
        select session_id, device, started_at, last_used_at, host(last_used_from) as last_used_from, expires_at from session
        where person_id = $1 and ended_at is null and expires_at > $2
        order by last_used_at desc, session_id desc limit $3";
    let rows = Shown::find_by_statement(statement(SELECT, [signed.person.0.into(), now.into(), MAX_SHOWN.into()])).all(db).await?;
    let shown = rows.into_iter().map(|row| Session {
        id: SessionId(row.session_id),
        device: row.device,
        started_at: row.started_at,
        last_used_at: row.last_used_at,
        last_used_from: row.last_used_from.and_then(|address| address.parse().ok()),
        expires_at: row.expires_at,
        is_this: row.session_id == signed.session.0,
    });
    Ok(shown.collect())
}
