//! Whose goods lie where, how they moved, and who holds them.
//!
//! A lot is a quantity of one variant that one party owns and that stays theirs wherever it is sold. What happens to its units
//! is a [`Movement`], never changed and written once however often it is reported; PostgreSQL derives from movements and
//! reservations how many units of a lot are on hand, reserved and allocated at each location, and refuses whatever would take
//! more than there is. The application cannot write these sums.
//!
//! | room | holds |
//! |---|---|
//! | `locations` | where stock lies |
//! | `lots` | consignment terms and their versions, lots, what they cost on a day, and how they end |
//! | `movements` | the only way stock changes |
//! | `transfers` | from a location to another, in two steps, with what is missing |
//! | `counts` | what was found on the shelf |
//! | `allocations` | units set aside for a stall, the web, a stream or boxes |
//! | `policy` | whose units are sold next; pure |
//! | `reservations` | holds with an end: all of a basket or nothing |
//! | [`promises`] | what holds goods for somebody and why: drops, slots, preorders, deposits, waiting lines, kits, pickups |
//!
//! The use cases are methods of [`Stock`]. [`reserve`], [`confirm`] and [`release`] belong into the transaction of whoever sells:
//! **one hold in a transaction, and before it touches other stock**. Rows of sums are locked in the order of their key within one
//! statement, so writers that keep to this never wait for each other in a ring.

mod allocations;
mod counts;
mod error;
mod ids;
mod levels;
mod locations;
mod lots;
mod movements;
mod policy;
mod reservations;
mod stock;
mod transfers;
mod verify;
mod words;

pub mod deposits;
pub mod drops;
pub mod kits;
pub mod pickups;
pub mod preorders;
pub mod promises;
pub mod slots;
pub mod waitlists;

pub use allocations::{Allocation, NewAllocation, PullBack, Purpose, allocations_of, allocations_page};
pub use counts::{Count, CountLine, Counted, NewCount, counts_page};
pub use error::{Shortage, StockError};
pub use ids::{AllocationId, ConsignmentId, CountId, TermsId, TransferId};
pub use levels::{Level, Place, levels_of_lots, levels_of_variants, places_of_lots};
pub use locations::{Location, LocationChange, LocationKind, MAX_LOCATIONS, NewLocation, Spot, locations, locations_of};
pub use lots::{
    Ending, Lot, LotSums, LotsAsk, MAX_LOTS_AT_ONCE, Markdown, Millionths, NewLot, OwnerTerms, Terms, TermsVersion, end_lots, lots_of,
    lots_page, recall_of, see_out, sums_of_lots, terms_page, terms_versions,
};
pub use movements::{MAX_UNITS, Moved, Movement, MovementKind, Report, movements_page, record};
pub use policy::{Candidate, Consumption, Pick, consume, policy};
pub use reservations::{
    Demand, Held, MAX_LINES, Reservation, ReservationState, Through, Wanted, available, confirm, expire, release, reservation,
    reservations_of, reservations_page, reserve,
};
pub use stock::Stock;
pub use transfers::{NewTransfer, Transfer, TransferLine, transfers_of, transfers_page};
pub use verify::{Difference, Verdict, verify};
