//! Whose units are sold next: a policy of the co-op that everybody can see.

mod consume;
mod rotation;
mod service;

pub use consume::{Candidate, Consumption, Pick, consume};
pub use service::policy;

#[cfg(test)]
mod tests;
