//! A real database for each test: cloned from a template that is made once per schema, dropped when the test ends.
//!
//! The server is one of our own ([`local_postgres`]), in a folder of the system's temporary directory, shared by every test
//! process of this checkout. When a [`TestDb`] is dropped after a test that passed, the books of all its co-ops are
//! verified: a test that leaves them unbalanced fails.

mod database;
mod server;

pub use database::TestDb;
pub use server::{server, stop_server};
