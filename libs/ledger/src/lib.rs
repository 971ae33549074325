//! The books: accounts, postings, balances, periods and seals.
//!
//! A [`Posting`] cannot be built unbalanced, and the database refuses one that is. [`post`] writes one or a thousand in
//! one statement; what was posted before under the same co-op, kind and source is left alone, so everything may
//! arrive twice. Rows are never changed: a correction is another posting.
//!
//! | | cost | order and limits |
//! |---|---|---|
//! | [`post`] | one round trip for any number of postings, plus one when an account is new | headers are inserted in key order and balances locked in key order, so writers never wait in a circle |
//! | inline balances | one upsert per account and batch | accounts that a decision is taken on |
//! | rolled balances | none at posting; [`roll_up`] adds | hot accounts: clearing, income, fees |
//! | seals | none at posting; [`seal`] chains what no running transaction can still add to | at most 10,000 postings a seal |
//!
//! Amounts are minor units, debit positive, credit negative. What a co-op owes is therefore a negative balance of a
//! payable account; [`Balance::owed`] turns the sign for readers.

mod account;
mod balances;
mod close;
mod error;
mod post;
mod posting;
mod roll;
mod seal;
mod verify;

pub use account::{Account, AccountKind, Accounts};
pub use balances::{Balance, as_of, as_of_party, balances, lock_payables};
pub use close::{ClosedMonth, close_month, closed_until};
pub use error::LedgerError;
pub use post::{POST, Posted, post};
pub use posting::{Exchange, Posting, PostingHead, PostingId, Unbalanced};
pub use roll::roll_up;
pub use seal::{SEAL_LIMIT, Seal, seal};
pub use verify::{Difference, Verdict, record_check, verify};
