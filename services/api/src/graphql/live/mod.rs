//! What goes on, told as it happens: the progress of payout runs and of settlement.
//!
//! Whoever listens shares one look at the database with all others of this process: a few times a second, with one
//! statement for all runs and one for all co-ops that somebody listens to, and none while nobody does.

mod pulse;
mod subscription;

pub(crate) use pulse::{Pulse, beat};
pub(crate) use subscription::LiveSubscription;
