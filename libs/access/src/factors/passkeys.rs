//! Passkeys: registration, sign-in by a discoverable credential, and as a second factor.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::PersonId;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// The number of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PasskeyId(pub Uuid);

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Passkey {
    id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub made_at: DateTime<Utc>,
    /// When it was last used.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// Its number.
    pub const fn id(&self) -> PasskeyId {
        PasskeyId(self.id)
    }
}

/// A person's passkeys, oldest first.
pub(crate) async fn passkeys(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Passkey>, DbErr> {
    const SELECT: &str =
        "select passkey_id as id, name, made_at, last_used_at from passkey where person_id = $1 order by made_at, passkey_id";
    Passkey::find_by_statement(statement(SELECT, [person.0.into()])).all(db).await
}
