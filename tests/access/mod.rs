//! The door: people sign up, in and out, and nobody else does.

mod cases;
mod factors;
mod graph;
mod hand;
mod passkeys;
mod sessions;
mod signing_up;
mod throttled;
mod tokens;

pub(crate) use cases::cases;
