//! Movements: the only way stock changes.

mod movement;
mod record;
mod report;

pub(crate) use movement::word;
pub use movement::{MAX_UNITS, Moved, Movement, MovementKind};
pub use record::{movements_page, record};
pub use report::Report;
