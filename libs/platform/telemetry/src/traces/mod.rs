//! Traces: the spans of the house, sent to a collector over OTLP when one is configured.
//!
//! A trace goes from the request to the work that it asks for, also when that work is done later by another process: what is
//! put aside (an event, a job, an approved run) keeps the [`traceparent`] of who put it there, and the work [`follow`]s it.
//! Which co-op a span is for is its attribute `coop.id`.
//!
//! Whether a trace is sent depends on its id and the configured ratio alone, never on what a caller asks for.

mod collector;
mod follow;

pub(crate) use collector::provider;
pub(crate) use follow::IS_ON;
pub use follow::{follow, is_traced, trace_id, traceparent};

/// Where traces go.
#[derive(Clone, Debug)]
pub struct Collector {
    /// Its address without a path, such as `http://localhost:4318`; spans are posted to `/v1/traces` under it.
    pub endpoint: String,
    /// Headers of each request, as a hosted collector asks for: names and values.
    pub headers: Vec<(String, String)>,
    /// The share of all traces that is sent, from 0 to 1.
    pub ratio: f64,
    /// What sends them, such as `guildhall-api`.
    pub service: String,
}
