//! What happens by itself: settlement, the sending of payouts, jobs, and the books' housekeeping.
//!
//! | loop | wakes | does |
//! |---|---|---|
//! | settlement | on news of an event, else every second | batches until the inbox holds nothing new; several at a time |
//! | fees | after a batch in which events had to wait, else every second | asks Stripe for what they wait for |
//! | payouts | every second | sends the approved runs that are due, several co-ops at a time |
//! | jobs | on news of a job, else every second | files, letters |
//! | books | every 10 seconds | rolls balances up, seals what is settled |
//! | checks | every 10 minutes | verifies the books that were not verified since three in the morning, UTC |
//! | membership | every 10 minutes | marks what members submitted and has expired, finishes leaving |
//! | forgetting | every hour | removes the answers to idempotency keys that are over |
//! | promises | every 5 seconds | serves waiting lines from what is free, forfeits what was not paid in time |
//! | stock | every 5 seconds, and every 10 minutes | frees what is held no longer; ends lots, and returns those of members who leave |
//! | sweep | at the start, then every 15 minutes | reads Stripe's own list of events, for what the webhooks missed |
//! | measuring | every 15 seconds, where metrics are told | counts and ages for operators |
//!
//! Any number of workers may run, in one process or in many. A loop that meets an error waits, longer each time up to a
//! bound, and goes on: PostgreSQL and Stripe may go away and come back.

mod books;
mod checks;
mod config;
mod forgetting;
mod jobs_loop;
mod measuring;
mod membership;
mod pace;
mod payouts_loop;
mod promising;
mod running;
mod settling;
mod stocking;
mod sweeping;

pub use config::WorkerConfig;
pub use running::{Running, Worker};
