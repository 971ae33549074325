//! What is promised of the stock: drops, slots, preorders and deposits, waiting lines, kits, pickups.

mod cases;
mod drop;
mod graph;
mod kit;
mod pickup;
mod preorder;
mod slot;
mod stage;
mod waitlist;

pub(crate) use cases::{Promised, cases};
