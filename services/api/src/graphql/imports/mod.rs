//! Products from files, and labels for what lies in stock.

mod import;
mod label;
mod mutation;
mod query;

pub(crate) use mutation::ImportsMutation;
pub(crate) use query::ImportsQuery;
