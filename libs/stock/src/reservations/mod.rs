//! Reservations: holds with an end. All of a basket is held, or nothing is.
//!
//! A hold is asked for by variant. What is asked for is summed first, so that two lines of the same basket can never hold the last
//! unit twice; then the co-op's policy picks lots among what is free, and one statement holds all picks where each still has
//! enough. When somebody was faster, nothing is held and no lock is kept; it is picked anew, from then on in line with the
//! others who want the same. An expired hold cannot be confirmed, whether or not a job has freed it yet.

mod candidates;
mod close;
mod demand;
mod read;
mod reserve;
mod service;

pub use candidates::available;
pub use close::{confirm, expire, release};
pub use demand::{Demand, Held, MAX_LINES, Reservation, ReservationState, Through, Wanted};
pub use read::{reservation, reservations_of, reservations_page};
pub use reserve::reserve;
