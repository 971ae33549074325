//! Where the use cases of promises begin.

use kernel::Clock;
use sea_orm::DatabaseConnection;

use super::PromiseError;

/// The longest name.
const MAX_NAME_CHARS: usize = 200;

/// The use cases of drops, slots, preorders, waitlists, kits and pickups.
#[derive(Clone, Debug)]
pub struct Promises {
    pub(crate) db: DatabaseConnection,
    pub(crate) clock: Clock,
}

impl Promises {
    /// Over a pool of the application's role.
    pub const fn new(db: DatabaseConnection, clock: Clock) -> Self {
        Self { db, clock }
    }
}

/// A name of one line, without blanks around it.
pub(crate) fn name(text: &str) -> Result<String, PromiseError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME_CHARS || text.chars().any(char::is_control) {
        return Err(PromiseError::Invalid(format!("a name has 1 to {MAX_NAME_CHARS} letters in one line")));
    }
    Ok(text.to_owned())
}

/// A number of at least one and at most `most`.
pub(crate) fn positive(what: &str, number: i32, most: i32) -> Result<i32, PromiseError> {
    if (1..=most).contains(&number) { Ok(number) } else { Err(PromiseError::Invalid(format!("{what} is 1 to {most}, not {number}"))) }
}
