//! Lots: units that stay their owner's wherever they are sold, the terms they came in under, and how they end.

mod end;
mod leave;
mod lot;
mod read;
mod receive;
mod service;
mod terms;
mod versions;

pub use end::end_lots;
pub use leave::{recall_of, see_out};
pub use lot::{Lot, LotSums, NewLot};
pub use read::{LotsAsk, lots_of, lots_page, sums_of_lots};
pub use receive::MAX_LOTS_AT_ONCE;
pub use terms::{Ending, Markdown, Millionths, OwnerTerms, Terms};
pub use versions::{TermsVersion, terms_page, terms_versions};

pub(crate) use end::end;
pub(crate) use read::known;
pub(crate) use service::reopen;
