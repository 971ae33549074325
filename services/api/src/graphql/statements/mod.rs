//! Monthly statements: lists, documents, files, and the close that issues them.

mod mutation;
mod query;
mod statement;

pub(crate) use mutation::StatementMutation;
pub(crate) use query::{StatementQuery, node};
pub(crate) use statement::{KIND, Statement};
