//! Co-ops: founded, found again, set up, suspended, closed.

mod coop;
mod found;

pub use coop::{Coop, NewCoop, coop, coops, find_coop};
pub use found::found;
