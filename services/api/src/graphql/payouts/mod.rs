//! Payout runs: drafted by one, approved by another, sent by the worker.

mod mutation;
mod query;
mod run;

pub(crate) use mutation::PayoutMutation;
pub(crate) use query::{PayoutQuery, payout, run};
pub(crate) use run::{PAYOUT, Payout, PayoutRun, PayoutRunStatus, PayoutTotal, RUN};
