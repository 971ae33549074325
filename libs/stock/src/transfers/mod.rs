//! Transfers: goods go from a location to another in two steps, sent and received. What is missing on arrival is lost; until
//! then it is under way, on hand nowhere and sold by nobody.

mod service;
mod transfer;

pub use service::{transfers_of, transfers_page};
pub use transfer::{NewTransfer, Transfer, TransferLine};
