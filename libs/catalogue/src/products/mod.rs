//! What there is, as it is read.

mod parts;
mod product;
mod read;
mod variants;

pub use parts::{attributes_of, contributors_of, publications_of, texts_of};
pub use product::{Attribute, Contributor, Product, ProductKind, ProductStatus, ProductsAsk, Publication, Text, Variant, VariantBy};
pub use read::{MAX_PAGE, products_of};
pub use variants::{variants_by_id, variants_of};
