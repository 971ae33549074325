//! What is promised of the stock before it is sold, and to whom.
//!
//! Six kinds, each with a folder of its own. All of them hold goods through reservations and nothing else, so what is promised
//! is blocked for everyone, and an expired promise can never be sold.
//!
//! | promise | limited by | ends |
//! |---|---|---|
//! | [`drops`](crate::drops) | units in all, units of a buyer, and when which level may come | its reservation expires: both counters go back with it |
//! | [`slots`](crate::slots) | places, one each | cancelled |
//! | [`preorders`](crate::preorders) | a cap; the oldest is served first when lots arrive | cancelled, or not paid in time: the deposit's rule |
//! | [`waitlists`](crate::waitlists) | what is available; the first in line is offered it | the offer expires: the next one is asked |
//! | [`kits`](crate::kits) | all components or none | its reservation ends |
//! | [`pickups`](crate::pickups) | a stall and a window | the window is over: the goods lie there for sale |
//!
//! Counters are the database's: it refuses whatever would break a limit, however many ask at once. Locks are taken in the order
//! waiting line, goods, counters.

mod buyer;
mod desk;
mod error;
mod goods;
mod ids;
mod service;
mod serving;

pub use buyer::Buyer;
pub use desk::{Desk, MailOffer};
pub use error::PromiseError;
pub use ids::{DepositId, DropId, EntryId, PreorderId, RoundId, RsvpId, SlotId};
pub use service::Promises;
pub use serving::{Serving, waiting};

pub(crate) use buyer::open_to;
pub(crate) use desk::letter;
pub(crate) use goods::{Hold, confirm, hold, release, try_hold};
pub(crate) use service::{name, positive};
pub(crate) use serving::{Served, offer_id};
