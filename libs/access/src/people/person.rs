//! Who somebody is to the door.

use std::fmt;

use kernel::PersonId;

use crate::{Access, AccessError, factors, people::repo};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who they are.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their mail address.
    pub email: String,
    /// Whether they have an authenticator app.
    pub has_totp: bool,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: i64,
    /// Their passkeys, oldest first.
    pub passkeys: Vec<crate::Passkey>,
}

/// Somebody who signs up.
#[derive(Clone)]
pub struct NewPerson {
    /// Their name.
    pub name: String,
    /// Their mail address.
    pub email: String,
    /// Their password.
    pub password: String,
}

impl fmt::Debug for NewPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPerson(…)")
    }
}

impl Access {
    /// A person with their second factors.
    pub async fn person(&self, id: PersonId) -> Result<Person, AccessError> {
        let db = &self.inner.db;
        let known = repo::by_id(db, id).await?.ok_or(AccessError::NotSignedIn("this person is gone"))?;
        let recovery_codes_left = factors::recovery_codes_left(db, id).await?;
        let passkeys = factors::passkeys(db, id).await?;
        let has_totp = known.has_totp;
        Ok(Person { id, name: known.name, email: known.email, has_totp, recovery_codes_left, passkeys })
    }
}
