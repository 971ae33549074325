//! The door: HTTP in, JSON out, in Stripe's manners.

mod auth;
mod serve;

pub(crate) use serve::{configure, on_connect};
