//! Where stock lies: a studio, a stall, a van.

mod location;
mod service;

pub use location::{Location, LocationChange, LocationKind, NewLocation, Spot};
pub(crate) use service::open;
pub use service::{MAX_LOCATIONS, locations, locations_of};
