//! What Guildhall does, shown through its public doors on a real PostgreSQL. Every test has a database of its own.
#![cfg(test)]

mod imports;
mod ledger;
mod settlement;
mod payouts;
mod statements;
mod webhooks;
mod world;
