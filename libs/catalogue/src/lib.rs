//! What the co-op sells: products in variants, each offered by one or several makers at prices of their own.
//!
//! A product is written as a whole: [`SaveProduct`] says what it is to be, and a batch of them is looked up, decided in memory
//! and written with a number of statements that does not depend on how many there are ([`Catalogue::save_products`]). What is
//! wrong with a row is a [`Flaw`] with its place; a [`Policy`] says what becomes of the rest. The same batch again changes nothing.
//!
//! Whoever has `catalogue.write` may change everything. A maker without it may offer variants, and price and withdraw the
//! offers that are their own, and nothing else. What was sold stays sold: products and variants are archived and offers
//! withdrawn, never deleted.
//!
//! | room | holds |
//! |---|---|
//! | `products` | what there is, as it is read: pages, and lists for loaders |
//! | `saving` | products with everything about them, in batches |
//! | `offers` | one maker's offer of a variant, and prices in batches |
//! | `categories` | the tree of them |
//! | `search` | products by words, filters and facets |
//! | `discovery` | what strangers find near a place, of the co-ops that chose to be listed |
//! | `feed` | what devices without a network keep: a snapshot, and what changed since |
//! | `media` | pictures: checked by their bytes, kept in the object storage |

mod catalogue;
mod categories;
mod channel;
mod discovery;
mod error;
mod feed;
mod flaw;
mod media;
mod offers;
mod products;
mod saving;
mod search;
mod words;

pub use catalogue::Catalogue;
pub use categories::{Category, CategoryId, MAX_CATEGORIES, MAX_DEPTH, SaveCategory, categories_of};
pub use channel::Channel;
pub use discovery::{
    Around, ListedPlace, Listing, MAX_LISTED, MAX_NEARBY, MAX_PLACES, MakerKey, NearbyCoOp, NearbyMaker, NearbyPlace, NearbyProduct,
    ProductKey,
};
pub use error::CatalogueError;
pub use feed::{Feed, FeedAsk, FeedEntry, FeedThing, FeedVersion, MAX_FEED, Snapshot};
pub use flaw::{Flaw, Outcome, Policy};
pub use media::{MAX_MEDIA, MAX_MEDIUM_BYTES, Medium, MediumId, NewMedium, PICTURE_TYPES, Picture, media_of, media_of_products};
pub use offers::{MAX_PRICES, MakeOffer, Offer, Price, SetPrice, offers_of};
pub use products::{
    Attribute, Contributor, MAX_PAGE, Product, ProductKind, ProductStatus, ProductsAsk, Publication, Text, Variant, VariantBy,
    attributes_of, contributors_of, products_of, publications_of, texts_of, variants_by_id, variants_of,
};
pub use saving::{Change, MAX_BATCH, NewPrice, SaveOffer, SaveProduct, SaveVariant, Which, save as save_in};
pub use search::{Facet, Facets, FoundPage, MAX_SEARCH, PriceRange, SearchAsk, SearchKey};
