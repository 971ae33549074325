//! People: signing up, their passwords, their addresses.

mod change;
mod hashing;
mod person;
mod repo;
mod reset;
mod sign_up;
mod tokens;
mod words;

pub(crate) use hashing::{Hasher, Verified};
pub use person::{NewPerson, Person};
pub(crate) use repo::{Known, by_email, by_id, rehash};
pub(crate) use words::{Email, is_plausible};
