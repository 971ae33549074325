//! Waiting lines for what is sold out.
//!
//! An offer is a reservation: it blocks the stock until it is taken or has expired, and then the next one is asked. One line for
//! each variant, whoever stands first is asked first, and no unit is offered to two.

mod entry;

pub use entry::{Entry, EntryFilter, EntryState, NewEntry};
pub(crate) use entry::{lines_waiting, serve};
