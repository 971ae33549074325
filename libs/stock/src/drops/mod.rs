//! Drops: something that opens at a moment, with so many for each buyer and so many in all.
//!
//! A claim holds goods through a reservation and counts them against both limits in the same transaction. What is held or sold
//! counts; what is released or expires is given back by the database itself, whoever ended the reservation.

mod claim;
mod drop;
mod opening;

pub use claim::{Claim, Claimed};
pub use drop::{ChangeDrop, Drop, MAX_LEADS, MAX_VARIANTS, NewDrop};
pub(crate) use drop::{below_taken, no_such_thing};
pub use opening::{Door, Lead, Opening};
