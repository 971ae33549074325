//! Payouts against a real PostgreSQL and the Stripe stand-in: who may, who is paid, and that nobody is paid twice.

mod apart;
mod approval;
mod doubt;
mod held;
mod reasons;
mod returned;
mod senders;
mod stage;
