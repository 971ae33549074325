//! What every resolver stands on.

mod asking;
mod failure;
mod global_id;
mod page;
mod payload;
mod scalars;

pub(crate) use asking::Asking;
pub(crate) use failure::{Answer, Code, Failure, Fault, Problem, Told, at, telling};
pub(crate) use global_id::{GlobalId, Kind};
pub(crate) use page::{Page, page_cost};
pub(crate) use payload::payload;
pub(crate) use scalars::{BigInt, CurrencyCode, Money, MonthOf};
