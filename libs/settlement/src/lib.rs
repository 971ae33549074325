//! What Stripe says, turned into books.
//!
//! ```text
//! webhook ─ accept ─> stripe_event (new) ─ settle ─> done        its effect is in the books, or was before
//!                                            ├────> waiting     for another object: a balance transaction, a charge
//!                                            ├────> kept        nothing to do with the books, or not yet
//!                                            └────> parked      cannot be settled; the reason says what to mend, replay tries again
//! ```
//!
//! Events come at least once and in any order. Each becomes a [`Fact`]; facts are merged into what is known of a sale, never
//! back, and the sale works out which postings follow. One batch of hundreds of events is one transaction with a handful of
//! statements; several workers may run, each claims its own events. An event that makes its batch fail is found by
//! halving, parked with its reason, and the others go through.
//!
//! With asynchronous capture a charge's fee lies in a balance transaction that the event only names. Those are fetched
//! between transactions, never within one.

mod accept;
mod apply;
mod error;
mod fact;
mod fees;
mod inbox;
mod of_coop;
mod resolve;
mod service;
mod settle;
mod sweep;
mod transfers;

pub use accept::{Accepted, CHANNEL, MAX_BODY_BYTES, accept, count_refusals};
pub use error::SettlementError;
pub use fact::{COOP_KEY, Fact, LINES_KEY, SALE_KEY};
pub use inbox::{Inbox, Parked, inbox, parked, replay, replay_all};
pub use of_coop::{ParkedOf, count_parked_of, parked_of, replay_of};
pub use service::Settlement;
pub use settle::{BATCH, Settled};
