//! Reading what Stripe sends: quick when it fits, and with the path to the culprit when it does not.

use serde::Deserialize;

/// Something Stripe sent does not have the shape we need.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {path}: {message}")]
pub struct ParseError {
    /// Where in the document: `data.object`, `balance_transactions[0].fee`; a single dot is the document itself.
    pub path: String,
    /// What was expected there.
    pub message: String,
}

impl ParseError {
    /// An error at a path.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Reads a `T` from JSON. Tracking the path costs about as much as parsing, so only a failure pays for it, in a second pass.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, ParseError> {
    serde_json::from_slice(json).or_else(|quick| {
        let mut reader = serde_json::Deserializer::from_slice(json);
        match serde_path_to_error::deserialize(&mut reader) {
            Ok(value) => reader.end().map(|()| value).map_err(|error| ParseError::new(".", error.to_string())),
            Err(error) if quick.is_data() => Err(ParseError::new(error.path().to_string(), error.inner().to_string())),
            Err(_) => Err(ParseError::new(".", quick.to_string())),
        }
    })
}
