//! Talking with Stripe: believing its webhooks, reading its objects, asking it for things.
//!
//! - [`signature`] decides whether a webhook came from Stripe.
//! - [`Event`] reads its envelope, [`objects`] what is inside.
//! - [`Gateway`] asks, at the pace Stripe allows; [`GatewayError::outcome`] tells whether a failed ask may have had its effect.

mod error;
mod event;
mod gateway;
mod http;
mod key;
pub mod objects;
mod parse;
mod rate;
mod reply;
mod secret;
pub mod signature;

pub use error::{Doubt, GatewayError, Outcome};
pub use event::{Event, Payload};
pub use gateway::{
    AccountAsk, AccountLinkAsk, BalanceTransactionsAsk, CustomerAsk, EventsAsk, Evidence, Gateway, GatewayConfig, ListedEvent,
    PaymentIntentAsk, RefundAsk, Refunded, ReversalAsk, TransferAsk,
};
pub use http::{CONNECT_TIMEOUT, REQUEST_TIMEOUT};
pub use key::IdempotencyKey;
pub use parse::{ParseError, parse};
pub use rate::REQUESTS_PER_SEC;
pub use secret::Secret;
