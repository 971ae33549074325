//! What Guildhall does, shown through its public doors on a real PostgreSQL. Every test has a database of its own.
#![cfg(test)]

mod access;
mod audit;
mod catalogue;
mod costs;
mod crash;
mod drops;
mod feed;
mod graph;
mod house;
mod http;
mod imports;
mod ledger;
mod members;
mod node;
mod operate;
mod partners;
mod payouts;
mod settlement;
mod statements;
mod stock;
mod strangers;
mod webhooks;
mod wire;
mod world;
