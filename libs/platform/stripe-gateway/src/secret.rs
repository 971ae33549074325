//! Keys and signing secrets, wrapped so that no log line can show them.

use std::fmt;

use serde::Deserialize;

/// A string that authenticates us to Stripe or Stripe to us: an API key, a webhook's signing secret.
///
/// It has no `Display` and no `Serialize`, and `Debug` hides it; [`Secret::expose`] is the only way to the text.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text` as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the header or the digest that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_never_shows_the_text() {
        let shown = format!("{:?}", Some(Secret::new("whsec_open_sesame")));
        assert_eq!(shown, "Some(Secret(hidden))");
    }
}
