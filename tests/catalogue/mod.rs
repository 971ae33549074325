//! What is sold: products, offers, prices, categories and pictures.

mod batches;
mod cases;
mod categories;
mod makers;
mod media;
mod page;
mod policies;
mod products;
mod stage;

pub(crate) use cases::{Goods, cases};
