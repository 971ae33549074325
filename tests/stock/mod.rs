//! The stock against a real PostgreSQL: it stays its owners', nobody sells what is not there, and the sums are those of the
//! movements. Every test's stock is verified at its end.

mod cases;
mod ends;
mod graph;
mod guarded;
mod lots;
mod model;
mod places;
mod reservations;
mod stage;
mod turns;

pub(crate) use cases::{Shelf, cases};
