//! Sales and products from files.

mod products;
mod real_data;
mod refunds;
mod rejected;
mod sales;
mod world;

pub(crate) use products::{Imported, cases};
