//! One page of one of Stripe's lists.

use serde::Deserialize;

/// A page, in Stripe's order: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Page<T> {
    /// The entries of this page.
    pub data: Vec<T>,
    /// Whether there are more behind it; continue with the id of the last entry.
    #[serde(default)]
    pub has_more: bool,
}
