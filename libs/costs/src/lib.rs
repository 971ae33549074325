//! Costs that makers share: the rent of a room, the kit of a stall, the booth at a market.
//!
//! A pool has its sharers and a rule: equal parts, by what they sold in the month, or by a measure such as square metres or
//! kilograms. Once a month somebody says what it came to; [`shares`] divides it to the cent, and each share is taken out of what
//! the co-op owes its party. The co-op had paid the bill, so its income is credited with the whole.
//!
//! A crate of its own: it stands on the ledger alone, no stock moves with it, and neither orders nor stock need to know of it.
//!
//! A pool is charged once a month, ever: the database refuses a second charge, and the books a second posting of one.

mod charge;
mod error;
mod pool;
mod rule;

pub use charge::{Charge, Charged, Share};
pub use error::CostsError;
pub use pool::{Costs, MAX_SHARERS, NewPool, Pool, PoolId, Sharer};
pub use rule::{Rule, shares};
