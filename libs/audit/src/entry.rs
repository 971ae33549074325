//! One entry of the audit.

use std::{collections::BTreeMap, net::IpAddr};

use chrono::{DateTime, Utc};
use kernel::{ApiKeyId, PersonId, SessionId};
use sea_orm::DbErr;
use serde_json::Value;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody who signed in.
    Person {
        /// Who they are.
        id: PersonId,
        /// Their name today; `None` when they are no longer known.
        name: Option<String>,
        /// The session that they signed in with.
        session: Option<SessionId>,
    },
    /// A partner's key.
    Key {
        /// Which one.
        id: ApiKeyId,
        /// Its name today.
        name: Option<String>,
    },
    /// Whoever holds the machine and uses the command.
    Operator {
        /// In whose name, where the command asks for one.
        person: Option<PersonId>,
        /// That person's name today.
        name: Option<String>,
    },
    /// The house by itself.
    System,
}

/// What was done to the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Insert,
    /// It is different.
    Update,
    /// It is gone.
    Delete,
    /// Something was done about it that changed no row of people's own.
    Note,
}

impl TryFrom<&str> for Action {
    type Error = DbErr;

    fn try_from(name: &str) -> Result<Self, DbErr> {
        Ok(match name {
            "insert" => Self::Insert,
            "update" => Self::Update,
            "delete" => Self::Delete,
            "note" => Self::Note,
            other => return Err(DbErr::Type(format!("the audit knows no action {other:?}"))),
        })
    }
}

/// Where an entry stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Its number in the installation.
    pub id: i64,
}

/// One change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the installation.
    pub id: i64,
    /// When the transaction of the change began: all that was changed in it has the same moment.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub source: Source,
    /// The operation, as in `createApiKey`.
    pub via: Option<String>,
    /// Where the request came from.
    pub from: Option<IpAddr>,
    /// The table of the row; of a note what it speaks of.
    pub table: String,
    /// The row's key in the co-op, its parts joined by `/`.
    pub key: String,
    /// What was done.
    pub action: Action,
    /// What was there; of an update only what is different now. Secrets are `***`.
    pub before: BTreeMap<String, Value>,
    /// What is there now; of an update only what is different.
    pub after: BTreeMap<String, Value>,
}

impl Entry {
    /// Where it stands: the next page begins behind it.
    pub const fn cursor(&self) -> Cursor {
        Cursor { at: self.at, id: self.id }
    }
}
