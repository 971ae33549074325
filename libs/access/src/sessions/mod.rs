//! Sessions: one per device, begun by signing in, kept alive by refreshing, ended by anyone who may.

mod living;
mod refresh;
mod repo;
mod revoke;
mod session;
mod sign_in;
mod tidy;

pub(crate) use living::Living;
pub(crate) use repo::{Ending, end_all};
pub use session::{Challenge, Grant, Session, SignIn, Signed};
