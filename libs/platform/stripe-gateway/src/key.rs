//! The name under which Stripe remembers that a request was made.

use std::fmt;

use crate::GatewayError;

/// Stripe's limit for a key, in characters.
const MAX_LEN: usize = 255;

/// An idempotency key. Stripe answers a second request with the same key like the first, for at least 24 hours; after that it is a new request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Takes 1 to 255 visible ASCII characters.
    pub fn try_new(text: impl Into<String>) -> Result<Self, GatewayError> {
        let text = text.into();
        if text.is_empty() || text.len() > MAX_LEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(GatewayError::Invalid(format!("an idempotency key has 1 to {MAX_LEN} visible ASCII characters, unlike {text:?}")));
        }
        Ok(Self(text))
    }

    /// The key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
