//! Deposits: paid at once, of a preorder, a place or a reservation, with the balance when it is ready.

mod deposit;
mod repo;
mod service;

pub use deposit::{ALL_BPS, Deposit, DepositState, NotNow, Terms};
pub use repo::{Of, of_many};
pub(crate) use repo::{change_of, insert, overdue, save};
pub use service::Part;
