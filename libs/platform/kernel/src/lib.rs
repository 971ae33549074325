//! What every room of the house agrees on: identifiers, money, time, who acts, and refusals.
//!
//! Pure values: no database, no network. The clock is the only thing here that looks outside, and tests own it.

mod actor;
mod clock;
mod currency;
mod ids;
mod money;
mod month;
mod permission;
mod refusal;

pub use actor::{Actor, FACTOR_IS_FRESH_FOR, Who};
pub use clock::Clock;
pub use currency::{CURRENCIES, Currency, UnknownCurrency};
pub use ids::{
    AgreementId, AgreementVersionId, ApiKeyId, CoopId, LocationId, LotId, MovementId, OfferId, PartyId, PersonId, ProductId, ReservationId,
    SaleId, SessionId, VariantId,
};
pub use money::{Money, Shown, largest_remainder};
pub use month::{Month, UnknownMonth};
pub use permission::{Permission, Permissions, UnknownPermission};
pub use refusal::{Code, Refusal};
