//! Split agreements: who gets what of a sale, and why. Pure: no database, no clock, no network.
//!
//! An [`Agreement`] is data: an ordered list of [`Step`]s over one sale line. Up to five agreements lie over each other in
//! a fixed order ([`Layer`]) and make a [`Stack`], which is checked when it is built. [`allocate`] runs a stack over the
//! [`Facts`] of one line and returns an [`Allocation`]: the legs, which sum to what the buyer paid to the last unit, and
//! the trace, which says for each step its base, its result and where the rounding went. [`refund_legs`] turns any part of
//! an allocation back; it reads the stored allocation alone, so a later version of the agreement changes no past amount.
//!
//! | invariant | where |
//! |---|---|
//! | the legs sum to the gross, always | [`allocate`] |
//! | the order of owners, parties and facts changes nothing | [`allocate`] |
//! | no leg is negative, except of a party which the agreement names as a bearer | [`allocate`] |
//! | refunds of any size in any order give the same books, and never pay anybody back | [`refund_legs`] |
//!
//! All amounts are `i64` minor units, at most [`MAX_MINOR`]; products are computed in `i128`; no float exists here.

mod agreement;
mod allocate;
mod allocation;
mod error;
mod facts;
mod guarantee;
mod layers;
mod payee;
mod rate;
mod refund;
mod render;
mod reversal;
mod step;
mod trace;
mod validate;

pub use agreement::{Agreement, json_schema};
pub use allocate::allocate;
pub use allocation::{Allocation, Bearing, Leg, Purpose};
pub use error::{AllocateError, ReversalError};
pub use facts::{Advance, Bindings, Facts, Owner, Remitter, SalePart, SoFar, Terms};
pub use guarantee::{Guarantee, Period, recouped, top_up};
pub use layers::{Layer, Needs, Placed, Stack};
pub use payee::{Bearer, DiscountBearer, FeeBearer, Payee, Recipient};
pub use rate::{Rate, UnknownRate};
pub use refund::refund_legs;
pub use reversal::{returned_after, reverse};
pub use step::{
    AmountBracket, Base, Brackets, DateBracket, Fixed, Named, Owners, Per, Percent, Pool, ProcessorFee, Recoup, Share, Step, Tax, Tiers,
    Weighted,
};
pub use trace::{Note, Part, Rounding, TraceStep};
pub use validate::{Fault, Problem, Problems};

/// The largest amount in an agreement or in the facts of a line, in minor units: ten thousand billion euros. It is far
/// above any sale and keeps every sum of legs inside `i64`.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// The most units one line may sell; above it a quantity is a typing mistake.
pub const MAX_QUANTITY: i64 = 1_000_000_000;

/// The most steps of one agreement: more than anybody reads, few enough to allocate in microseconds.
pub const MAX_STEPS: usize = 64;

/// The most parties or brackets that one step may name.
pub const MAX_PARTIES: usize = 1_000;
