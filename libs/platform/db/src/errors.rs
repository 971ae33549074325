//! What went wrong, by SQLSTATE; never by the text of a message.

use sea_orm::{DbErr, RuntimeErr};

/// The causes that callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sqlstate {
    /// 23505
    UniqueViolation,
    /// Any other of class 23.
    ConstraintViolation,
    /// 40001 and 40P01: try the whole transaction again.
    Retry,
    /// 42501: the role may not.
    InsufficientPrivilege,
    /// GH001: an append-only row was to be changed.
    AppendOnly,
    /// GH002: a posting does not balance.
    Unbalanced,
    /// GH003: the month is closed.
    Closed,
    /// GH004: money changed without a posting.
    Unposted,
    /// Something else that the server said.
    Other,
}

/// The SQLSTATE behind an error; `None` when the server did not answer at all.
pub fn sqlstate(error: &DbErr) -> Option<Sqlstate> {
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return None;
    };
    let code = inner.as_database_error()?.code()?;
    Some(match code.as_ref() {
        "23505" => Sqlstate::UniqueViolation,
        "40001" | "40P01" => Sqlstate::Retry,
        "42501" => Sqlstate::InsufficientPrivilege,
        "GH001" => Sqlstate::AppendOnly,
        "GH002" => Sqlstate::Unbalanced,
        "GH003" => Sqlstate::Closed,
        "GH004" => Sqlstate::Unposted,
        other if other.starts_with("23") => Sqlstate::ConstraintViolation,
        _ => Sqlstate::Other,
    })
}

/// Whether the same transaction may succeed when tried again: the server was away, shutting down, or refused to serialise.
pub fn is_passing(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
            match inner.as_database_error().and_then(sqlx::error::DatabaseError::code) {
                // 08 connection, 40 rollback, 53 resources, 57 operator intervention (shutdown, crash)
                Some(code) => ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)),
                None => matches!(
                    inner.as_ref(),
                    sqlx::Error::Io(_)
                        | sqlx::Error::PoolTimedOut
                        | sqlx::Error::PoolClosed
                        | sqlx::Error::WorkerCrashed
                        | sqlx::Error::Protocol(_)
                ),
            }
        }
        _ => false,
    }
}
