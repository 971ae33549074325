//! What every room of the house agrees on: identifiers, money, time and refusals.
//!
//! Pure values: no database, no network. The clock is the only thing here that looks outside, and tests own it.

mod clock;
mod currency;
mod ids;
mod money;
mod month;
mod refusal;

pub use clock::Clock;
pub use currency::{CURRENCIES, Currency, UnknownCurrency};
pub use ids::{AgreementId, AgreementVersionId, CoopId, PartyId, PersonId, SaleId};
pub use money::{Money, Shown, largest_remainder};
pub use month::{Month, UnknownMonth};
pub use refusal::{Code, Refusal};
