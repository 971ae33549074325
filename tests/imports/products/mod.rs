//! Products from files: what they become, twice, stopped, taken back, sent out again, and printed.

mod cases;
mod export;
mod graph;
mod labels;
mod runs;
mod stage;
mod stock;
mod undo;

pub(crate) use cases::{Imported, cases};
