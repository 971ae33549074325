//! Loading and saving sales, hundreds at a time.

mod load;
mod save;

pub use load::load;
pub use save::save;
