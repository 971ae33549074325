//! The catalogue's feed for devices without a network, its search, and what strangers find.

mod cases;
mod http;
mod kept;
mod listed;
mod nearby;
mod plans;
mod search;
mod snapshot;
mod stage;
mod writers;

pub(crate) use cases::{cases, open_cases};
