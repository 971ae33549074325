//! Pickups: bought from afar, fetched at a stall within a window by whoever shows the code.
//!
//! The goods are held where they lie, at the stall, until the window closes. What nobody fetched expires with its reservation and
//! is free at the same stall again; no movement is needed, because nothing moved.

mod pickup;

pub use pickup::{NewPickup, Pickup, PickupState};
