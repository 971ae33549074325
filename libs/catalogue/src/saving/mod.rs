//! Products with everything about them, in batches.
//!
//! ```text
//! wishes ─ look up what they name (one statement for each table) ─> decide each row in memory ─ policy ─> write (a few for each table)
//! ```
//!
//! Lists of values (texts, attributes, contributors, publications, prices) are meant whole: what is not in them goes. Things
//! of their own (variants, by number or SKU; offers, by maker) are added or changed, and stay when they are not mentioned.

mod decide;
mod known;
mod offers;
mod parts;
mod row;
mod service;
mod variants;
mod wish;
mod write;

pub(crate) use offers::{MOST_MINOR, is_amount};
pub(crate) use row::PriceRow;
pub(crate) use service::refuse_all_for_one;
pub use service::{MAX_BATCH, save};
pub use wish::{Change, NewPrice, SaveOffer, SaveProduct, SaveVariant, Which};
pub(crate) use write::write_prices;
