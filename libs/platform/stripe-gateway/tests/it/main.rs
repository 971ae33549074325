//! The gateway as its callers see it, against Stripe's own examples and a server that misbehaves on demand.

mod events;
mod fixtures;
mod lists;
mod outcomes;
mod requests;
mod server;
mod signatures;
