//! Partners' keys.

mod key;
mod mutation;
mod query;

pub(crate) use key::{ApiKey, KIND};
pub(crate) use mutation::PartnersMutation;
pub(crate) use query::{PartnersQuery, node};
