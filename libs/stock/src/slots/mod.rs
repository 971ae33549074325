//! Slots: something with places, one for each person.
//!
//! The database counts the places: an answer that finds none is refused, however many answer at once, and a cancelled one is free
//! for the next.

mod rsvp;
mod slot;

pub use rsvp::{NewRsvp, Rsvp, RsvpState};
pub use slot::{ChangeSlot, NewSlot, Slot};
