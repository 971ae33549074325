//! What the processes of the house say about themselves: the log on stderr, what is counted, and traces.

mod door;
mod log;
pub mod metrics;
mod traces;

pub use door::Door;
pub use log::{LOG, Speaking, TelemetryError, Voice, check_filter, init};
pub use metrics::{Operation, OperationKind, Outcome, count_refusal};
pub use traces::{Collector, follow, is_traced, trace_id, traceparent};
