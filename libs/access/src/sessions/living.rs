//! Which sessions have ended, as a process knows it, and which were used.
//!
//! An access token is good for ten minutes, so only sessions that ended within them matter: a short list, read at most every
//! [`LOOK_EVERY`] however many people are signed in. The same look writes down who was here, at most once a minute for each
//! session. When the database does not answer, what is known counts for [`BELIEVED_FOR`] and then nobody is let in.

use std::{collections::HashMap, sync::Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use db::statement;
use kernel::SessionId;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use tokio::sync::Mutex as AsyncMutex;
use uuid::Uuid;

use crate::{AccessError, Signed, tokens::ACCESS_TOKEN_LIVES};

/// How often the list of ended sessions is read again, while there are requests.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(3);
/// How old the list may become while another request reads it, or the database is away.
const BELIEVED_FOR: TimeDelta = TimeDelta::seconds(5);
/// How often the last use of a session is written down.
const WRITE_EVERY: TimeDelta = TimeDelta::minutes(1);
/// For clocks that differ.
const SLACK: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug, Default)]
pub(crate) struct Living {
    known: Mutex<Known>,
    looking: AsyncMutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    read_at: Option<DateTime<Utc>>,
    /// And when it was noted: after the life of an access token it does not matter any more.
    ended: HashMap<SessionId, DateTime<Utc>>,
    /// Last use, and the one that was last written down.
    used: HashMap<SessionId, Use>,
}

#[derive(Clone, Copy, Debug)]
struct Use {
    at: DateTime<Utc>,
    written_at: Option<DateTime<Utc>>,
}

impl Living {
    /// Lets a session pass that has not ended, and notes that it was used.
    pub(crate) async fn pass(&self, db: &DatabaseConnection, signed: Signed, now: DateTime<Utc>) -> Result<(), AccessError> {
        self.look(db, now).await?;
        let mut known = self.known();
        if known.ended.contains_key(&signed.session) {
            return Err(AccessError::NotSignedIn("this session has ended"));
        }
        let used = known.used.entry(signed.session).or_insert(Use { at: now, written_at: None });
        used.at = used.at.max(now);
        Ok(())
    }

    /// Sessions that ended here are known here at once.
    pub(crate) fn ended(&self, sessions: impl IntoIterator<Item = SessionId>, now: DateTime<Utc>) {
        self.known().ended.extend(sessions.into_iter().map(|session| (session, now)));
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().expect("nobody panics with the list in hand")
    }

    /// Reads the list when it is time to; one request does, the others go on while the list is young enough.
    async fn look(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), AccessError> {
        let age = |known: &Known| known.read_at.map(|at| now - at);
        let before = age(&self.known());
        if before.is_some_and(|age| age < LOOK_EVERY) {
            return Ok(());
        }
        let is_believed = before.is_some_and(|age| age < BELIEVED_FOR);
        let _one_looks = match self.looking.try_lock() {
            Ok(guard) => guard,
            Err(_) if is_believed => return Ok(()),
            Err(_) => self.looking.lock().await,
        };
        if age(&self.known()).is_some_and(|age| age < LOOK_EVERY) {
            return Ok(());
        }
        match self.look_now(db, now).await {
            Err(error) if is_believed => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "ended sessions could not be read; what is known counts a moment longer"
                );
                Ok(())
            }
            done => Ok(done?),
        }
    }

    async fn look_now(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbErr> {
        const ENDED: &str = "select session_id from session where ended_at > $1";
        let due = self.due(now);
        if !due.is_empty() {
            write_uses(db, &due).await?;
        }
        let rows = db.query_all_raw(statement(ENDED, [(now - ACCESS_TOKEN_LIVES - SLACK).into()])).await?;
        let ended = rows.iter().map(|row| row.try_get("", "session_id").map(SessionId)).collect::<Result<Vec<_>, _>>()?;
        let mut known = self.known();
        known.ended.extend(ended.into_iter().map(|session| (session, now)));
        known.ended.retain(|_, noted| now - *noted < ACCESS_TOKEN_LIVES + SLACK);
        known.read_at = Some(now);
        Ok(())
    }

    /// Uses that should be written down: the first that is seen here, then one a minute. Who is gone is forgotten.
    fn due(&self, now: DateTime<Utc>) -> Vec<(Uuid, DateTime<Utc>)> {
        let mut known = self.known();
        let mut due = Vec::new();
        known.used.retain(|session, used| {
            if used.written_at.is_none_or(|written| used.at - written >= WRITE_EVERY) {
                due.push((session.0, used.at));
                used.written_at = Some(used.at);
            }
            now - used.at < WRITE_EVERY * 2
        });
        due
    }
}

/// Writes uses down in one statement, none twice within a minute whoever writes. A session that somebody holds is being
/// refreshed or ended at this moment: its last use is told there.
async fn write_uses(db: &DatabaseConnection, due: &[(Uuid, DateTime<Utc>)]) -> Result<(), DbErr> {
    const UPDATE: &str = "
        with asked as (
            select session_id, at from unnest($1::uuid[], $2::timestamptz[]) as asked (session_id, at)
        ), held as (
            select session_id from session where session_id = any ($1::uuid[]) for update skip locked
        )
        update session set last_used_at = asked.at
        from held join asked on asked.session_id = held.session_id
        where session.session_id = held.session_id and session.ended_at is null
              and session.last_used_at <= asked.at - interval '1 minute'";
    let (sessions, at): (Vec<Uuid>, Vec<DateTime<Utc>>) = due.iter().copied().unzip();
    db.execute_raw(statement(UPDATE, [sessions.into(), at.into()])).await?;
    Ok(())
}
