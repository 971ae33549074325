//! Preorders: ordered before there is stock, shipped by a day, capped.
//!
//! When lots arrive, the oldest whose deposit is paid is served first: its goods are held and its balance is asked for by the
//! time that the hold ends. Nobody is passed over for having ordered much. What is not served by its day is listed as late.

mod preorder;
mod round;

pub use preorder::{NewPreorder, Preorder, PreorderFilter, PreorderState};
pub(crate) use preorder::{lines_waiting, serve};
pub use round::{ChangeRound, NewRound, Round};
