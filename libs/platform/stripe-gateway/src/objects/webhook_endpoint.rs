//! Where Stripe sends its events.

use serde::Deserialize;

use super::nullable;
use crate::Secret;

/// One address that receives events.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// The address.
    pub url: String,
    /// The types it receives; a single `*` means nearly all.
    #[serde(default, deserialize_with = "nullable")]
    pub enabled_events: Vec<String>,
    /// The `whsec_…` it signs with: told once, in the answer to its creation.
    pub secret: Option<Secret>,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
    /// The version its events are rendered in; none means the account's own.
    pub api_version: Option<String>,
}
