//! Finding products by words, filters and facets.
//!
//! The database keeps what a product is found by and answers through functions of its own: why, is told where they are
//! (migrations/0023_feed.sql, infra/adr/0010). A page costs one statement, its facets another. Where no product has the
//! words as they are typed, those are shown that are spelled almost like them.

mod ask;
mod service;

pub use ask::{PriceRange, SearchAsk, SearchKey};
pub use service::{Facet, Facets, FoundPage, MAX_SEARCH};
