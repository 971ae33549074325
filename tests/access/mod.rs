//! The door: people sign up, in and out, and nobody else does.

mod factors;
mod hand;
mod passkeys;
mod sessions;
mod signing_up;
mod throttled;
mod tokens;
