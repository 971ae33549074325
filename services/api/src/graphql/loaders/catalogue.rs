//! Edges within the catalogue. The variants of a page of products come with all offers and prices, by one statement.

use std::{collections::HashMap, hash::Hash};

use async_graphql::dataloader::Loader;
use catalogue::{CategoryId, MediumId};
use kernel::{OfferId, ProductId, VariantId};

use super::Reader;
use crate::graphql::base::Failure;

/// Edges to one: the function of the catalogue that reads the rows of some keys, and what they are known by.
macro_rules! to_one {
    ($($key:ty => $value:ty, $read:path;)+) => {$(
        impl Loader<$key> for Reader {
            type Value = $value;
            type Error = Failure;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Failure> {
                let tx = self.reading().await?;
                let found = $read(&tx, self.coop, keys).await?;
                tx.commit().await?;
                Ok(found.into_iter().map(|one| (one.id, one)).collect())
            }
        }
    )+};
}

to_one! {
    ProductId => catalogue::Product, catalogue::products_of;
    VariantId => catalogue::Variant, catalogue::variants_by_id;
    OfferId => catalogue::Offer, catalogue::offers_of;
    CategoryId => catalogue::Category, catalogue::categories_of;
    MediumId => catalogue::Medium, catalogue::media_of;
}

/// Edges from a product to its parts: the key, what it leads to, and the function that reads them for some products.
macro_rules! of_product {
    ($($(#[$doc:meta])* $key:ident => $value:ty, $read:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $key(pub(crate) ProductId);

        impl Loader<$key> for Reader {
            type Value = Vec<$value>;
            type Error = Failure;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Vec<$value>>, Failure> {
                let products: Vec<ProductId> = keys.iter().map(|key| key.0).collect();
                let tx = self.reading().await?;
                let found = $read(&tx, self.coop, &products).await?;
                tx.commit().await?;
                Ok(grouped(found.into_iter().map(|(product, one)| ($key(product), one))))
            }
        }
    )+};
}

of_product! {
    /// The texts of a product.
    TextsOf => catalogue::Text, catalogue::texts_of;
    /// The attributes of a product.
    AttributesOf => catalogue::Attribute, catalogue::attributes_of;
    /// Who had a hand in a product.
    ContributorsOf => catalogue::Contributor, catalogue::contributors_of;
    /// Where a product is shown.
    PublicationsOf => catalogue::Publication, catalogue::publications_of;
}

/// The variants of a product with their offers and prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VariantsOf(pub(crate) ProductId);

impl Loader<VariantsOf> for Reader {
    type Value = Vec<catalogue::Variant>;
    type Error = Failure;

    async fn load(&self, keys: &[VariantsOf]) -> Result<HashMap<VariantsOf, Vec<catalogue::Variant>>, Failure> {
        let products: Vec<ProductId> = keys.iter().map(|key| key.0).collect();
        let tx = self.reading().await?;
        let found = catalogue::variants_of(&tx, self.coop, &products).await?;
        tx.commit().await?;
        Ok(grouped(found.into_iter().map(|variant| (VariantsOf(variant.product), variant))))
    }
}

/// The pictures of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct MediaOf(pub(crate) ProductId);

impl Loader<MediaOf> for Reader {
    type Value = Vec<catalogue::Medium>;
    type Error = Failure;

    async fn load(&self, keys: &[MediaOf]) -> Result<HashMap<MediaOf, Vec<catalogue::Medium>>, Failure> {
        let products: Vec<ProductId> = keys.iter().map(|key| key.0).collect();
        let tx = self.reading().await?;
        let found = catalogue::media_of_products(&tx, self.coop, &products).await?;
        tx.commit().await?;
        Ok(grouped(found.into_iter().map(|medium| (MediaOf(medium.product), medium))))
    }
}

fn grouped<K: Eq + Hash, V>(rows: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups
}
