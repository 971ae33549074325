//! The door: how a person proves who they are, and how a request shows that they did.
//!
//! [`Access`] signs people up and in. Whoever is in holds two tokens: an access token, a JWT of ten minutes that every
//! process verifies in memory ([`Access::authenticate`]), and a refresh token that is good once and makes the next two.
//!
//! | rule | held by |
//! |---|---|
//! | no answer and no timing tells whether an address is known | the same statements, the same hashing and the same job either way; only the worker that mails looks who it is |
//! | a password is guessed a few times and no more | buckets for account and address, in PostgreSQL |
//! | a spent refresh token ends its session | the session's generation, which only grows |
//! | a revoked session is noticed within five seconds | one list of ended sessions for all of a process, read at most every three seconds |
//! | once somebody has a second factor, a password alone lets nobody in | a challenge instead of a session |
//! | a code, a link, a challenge counts once | the statement that uses it up |
//! | what is stored opens nothing | hashes, and seals by the configuration's secret |
//!
//! Somebody signs up by confirming a mail; until then nothing but the token of that mail exists, so nobody holds an address
//! that is not theirs. People are global: what they may do in a co-op is `identity`'s to say.

mod access;
mod config;
mod error;
mod events;
mod factors;
mod looking;
mod mails;
mod people;
mod random;
mod secret;
mod sessions;
mod throttle;
mod tokens;

pub use access::{Access, Visitor};
pub use config::{AccessConfig, PasswordCost};
pub use error::AccessError;
pub use events::{AccessEvent, EventKind, MAX_EVENTS};
pub use factors::{Ceremony, Enrolled, Enrolment, Factor, Passkey, PasskeyId};
pub use mails::{MailLetter, Post};
pub use people::{NewPerson, Person};
pub use random::invent_password;
pub use secret::{NotASecret, Secret};
pub use sessions::{Challenge, Grant, Session, SignIn, Signed};
