//! Kits and boxes: a variant that is made of others, of lots of several owners.
//!
//! A kit lies nowhere: reserving one holds all of its components or none. Its price is shared by its components, and each
//! component's part goes to the owners of the units that were held for it.

mod hold;
mod kit;
mod split;

pub use hold::{HoldKit, KitHold, KitLine, kit_lines};
pub use kit::{Component, Kit, MAX_COMPONENTS, NewKit, Split};
pub use split::{Weighed, shares};
