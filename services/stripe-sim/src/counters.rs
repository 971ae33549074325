//! What the stand-in was asked and what it sent, for tests and for the curious.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counts since the start of this process.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counters {
    /// Requests by method, route and status: `"POST /v1/transfers 200"`. A cut connection counts as status 0.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Answers given again for an idempotency key.
    pub(crate) replayed: u64,
    pub(crate) deliveries: Deliveries,
}

/// Webhook deliveries.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Deliveries {
    /// Tries, successful or not.
    pub(crate) tried: u64,
    /// Answered 2xx.
    pub(crate) delivered: u64,
    /// Tries that were answered otherwise or not at all.
    pub(crate) failed: u64,
    /// Given up after the last try.
    pub(crate) given_up: u64,
}

impl Counters {
    pub(crate) fn request(&mut self, method: &str, route: &str, status: u16) {
        *self.requests.entry(format!("{method} {route} {status}")).or_default() += 1;
    }
}
