//! Who buys, by a name that says nothing: a person's number, or the hash of an address.

use std::{fmt, str::FromStr};

use kernel::{Actor, Permission, PersonId, Refusal};
use sha2::{Digest as _, Sha256};

use super::PromiseError;

/// The longest address.
const MAX_EMAIL_CHARS: usize = 254;

/// A buyer's name in limits and lists: `person:<uuid>` of somebody who signed in, or `email:<SHA-256>` of an address, trimmed
/// and in small letters, of somebody who did not. Nobody reads an address from it, and the same address is always the same
/// buyer. Who signs in and also writes their address counts as two: only the checkout can know better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Buyer(String);

impl Buyer {
    /// Somebody who signed in.
    pub fn person(person: PersonId) -> Self {
        Self(format!("person:{person}"))
    }

    /// Whoever reads the letters to an address.
    pub fn email(address: &str) -> Result<Self, PromiseError> {
        let address = address.trim().to_lowercase();
        let length = address.chars().count();
        let is_one = address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        if !is_one || length > MAX_EMAIL_CHARS || address.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
            return Err(PromiseError::NoAddress);
        }
        Ok(Self(format!("email:{}", hex::encode(Sha256::digest(address.as_bytes())))))
    }

    /// Whom the actor may act for: for themselves; for an address only with [`Permission::StockWrite`], as at a desk or a shop's key.
    pub fn of(actor: &Actor, email: Option<&str>) -> Result<Self, PromiseError> {
        match email {
            None => Ok(Self::person(actor.person()?)),
            Some(email) => {
                actor.require(Permission::StockWrite)?;
                Self::email(email)
            }
        }
    }

    /// Whether the actor is this buyer, or may act for every one.
    pub fn is_open_to(&self, actor: &Actor) -> bool {
        actor.permissions.contains(Permission::StockWrite) || actor.person().is_ok_and(|person| Self::person(person) == *self)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Buyer {
    type Err = PromiseError;

    fn from_str(text: &str) -> Result<Self, PromiseError> {
        let is_one = match text.split_once(':') {
            Some(("person", number)) => uuid::Uuid::parse_str(number).is_ok(),
            Some(("email", hash)) => hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            _ => false,
        };
        if is_one { Ok(Self(text.to_owned())) } else { Err(PromiseError::NoBuyer(text.chars().take(100).collect())) }
    }
}

/// Nobody but the buyer, or who may act for every one, learns that the thing is there.
pub(crate) fn open_to(buyer: &Buyer, actor: &Actor, missing: impl FnOnce() -> PromiseError) -> Result<(), PromiseError> {
    if buyer.is_open_to(actor) { Ok(()) } else { Err(missing()) }
}

impl From<Refusal> for PromiseError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_is_the_same_buyer_and_reads_back() {
        let ana = Buyer::email(" Ana@Example.org ").unwrap();
        assert_eq!(ana, Buyer::email("ana@example.org").unwrap());
        assert!(!ana.as_str().contains("ana"));
        assert_eq!(ana.as_str().parse::<Buyer>().unwrap(), ana);
        for wrong in ["", "ana", "@example.org", "ana@", "a na@example.org", "ana@exam\0ple.org"] {
            assert!(Buyer::email(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "person:7", "email:ABC", "ana@example.org"] {
            assert!(wrong.parse::<Buyer>().is_err(), "{wrong}");
        }
    }
}
