//! Sales, whatever the channel: placed, paid, settled, refunded, disputed.
//!
//! A [`Sale`] in memory gathers what is known of it (`saw_…`, in any order, any number of times) and [`Sale::book`] works
//! out every posting that follows and is not in the books yet. All of that is pure. [`load`] and [`save`] carry hundreds
//! of sales in a handful of statements; loading locks each sale, so what is worked out stays true until it is saved.
//!
//! A sale pins the [`Terms`](Agreements) it was sold under: the versions of every agreement that lay over each other.

mod agreements;
mod allocate;
mod book;
mod dispute;
mod error;
mod pages;
mod place;
mod refund;
mod repo;
mod sale;
mod simulate;
mod versions;

pub use agreements::{Adopted, Agreements, NewVersion, TermsId, adopt, terms};
pub use allocate::{Carried, Standing};
pub use book::Booking;
pub use dispute::{Dispute, DisputeStatus, Movement};
pub use error::OrdersError;
pub use pages::{SaleFilter, SaleHead, has_part, sales_of, sales_page};
pub use place::{NewLine, NewSale, place};
pub use refund::{Refund, RefundStatus, RefundedLine};
pub use repo::{load, save};
pub use sale::{Channel, FeeKnown, Line, Payment, Sale, SaleStatus};
pub use simulate::{Change, DraftAgreement, MAX_SIMULATED, Simulation, simulate};
pub use versions::{AgreementHead, Version, agreements_of, agreements_page, versions_by_id, versions_of};
