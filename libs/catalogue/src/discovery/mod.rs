//! What strangers find: makers and products near a place, of the co-ops that chose to be listed.
//!
//! No co-op is listed until it says so, and of its locations only those that it names are shown ([`Listing`]). What is found at them is what
//! the co-op publishes on the web now; nothing else of it can be seen. The nearest [`MAX_PLACES`] places count.

mod listing;
mod nearby;
mod places;

pub use listing::{ListedPlace, Listing, MAX_LISTED};
pub use nearby::{MAX_NEARBY, MakerKey, NearbyMaker, NearbyProduct, ProductKey};
pub use places::{Around, MAX_PLACES, NearbyCoOp, NearbyPlace};
