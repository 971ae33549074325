//! Why the house says no: a closed list of codes, and a sentence that names the culprit and the cure.

use serde::{Deserialize, Serialize};

/// The kind of a refusal, for programs. Closed: adding one is a change of the public interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The input cannot be used as it is; the sentence says which part and why.
    InvalidInput,
    /// Nothing of that name exists here. Another co-op's row does not exist either.
    NotFound,
    /// It exists already, or the same key came with another body.
    Conflict,
    /// Who asks is not known: nobody signed in, or what was shown is wrong, expired or revoked.
    SignInNeeded,
    /// The actor may not do this.
    Forbidden,
    /// This takes a second factor that was shown a few minutes ago at most.
    SecondFactorNeeded,
    /// The state of the thing does not allow this now.
    NotNow,
    /// Too often in too short a time; the sentence says when to try again.
    TooMany,
}

/// An expected failure, to be told to the one who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What kind of no.
    pub code: Code,
    /// One sentence: what is wrong and what would mend it.
    pub message: String,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
