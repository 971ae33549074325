//! What the stand-in promises, asked over HTTP.

#![expect(clippy::unwrap_used, reason = "all of this is tests; clippy knows only the functions that are marked as such")]

mod errors;
mod faults;
mod idempotency;
mod lists;
mod money_in;
mod money_out;
mod official_sdk;
mod openapi;
mod restart;
mod support;
mod webhooks;
