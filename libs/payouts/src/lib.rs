//! Payouts: runs that pay what the co-op owes its parties, and never twice.
//!
//! A run is drafted by one person and approved by another. [`plan`] decides, without looking anywhere else, who is paid
//! how much, and writes a reason for everyone who is not. Approval takes the money out of the payables in one transaction;
//! [`Payouts::send`] sends it through Stripe. What Stripe tells, in answers or events, comes in through [`record_transfers`]
//! and [`record_bank_payouts`].
//!
//! Two things hold at every moment, whatever dies when: what a payout's row says is in the books of the same
//! transaction, and nothing is sent to Stripe before the row and its idempotency key are committed. Locks are taken in
//! the order run, payouts, balances.

mod approve;
mod entity;
mod error;
mod facts;
mod ids;
mod money;
mod pages;
mod plan;
mod repo;
mod run;
mod send;
mod service;
mod standing;

pub use entity::{bank_payout::BankPayoutStatus, payout::PayoutStatus, run::RunStatus};
pub use error::PayoutsError;
pub use facts::{BankFact, Recorded, TransferFact, Unmatched, marked, record_bank_payouts, record_transfers};
pub use ids::{PayoutId, RunId};
pub use pages::Of;
pub use plan::{Line, Planned, Standing, Terms, plan};
pub use run::{BankNote, Payout, Results, Run, Step};
pub use send::{Progress, SendLimits};
pub use service::{Draft, MAX_RUNS, Payouts};
