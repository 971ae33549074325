//! Talking with Stripe: believing its webhooks, reading its objects, asking it for things.
//!
//! - [`signature`] decides whether a webhook came from Stripe.
//! - [`Event`] reads its envelope, [`objects`] what is inside.

mod event;
pub mod objects;
mod parse;
mod secret;
pub mod signature;

pub use event::{Event, Payload};
pub use parse::{ParseError, parse};
pub use secret::Secret;
