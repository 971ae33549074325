//! One maker's offer of a variant, and what it costs.

mod make;
mod offer;
mod prices;
mod read;

pub use make::MakeOffer;
pub use offer::{Offer, Price};
pub use prices::{MAX_PRICES, SetPrice};
pub(crate) use read::ALL_CHANNELS;
pub use read::offers_of;
pub(crate) use read::price_in;
