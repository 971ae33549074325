//! What the processes of the house say about themselves: the log on stderr, and what is counted.

mod log;
pub mod metrics;

pub use log::{LOG, TelemetryError, init};
pub use metrics::{Operation, OperationKind, Outcome, count_refusal};
