//! A product and what belongs to it, as they are read.

use chrono::{DateTime, Utc};
use kernel::{PartyId, ProductId, VariantId};

use crate::{CategoryId, Channel, Offer, words::worded};

worded! {
    /// What sort of thing a product is.
    ProductKind {
        /// A thing that lies somewhere.
        Goods = "goods",
        /// Several things that are sold as one.
        Kit = "kit",
        /// A place at a time: a workshop, a table, a seat.
        Slot = "slot",
        /// Something that is downloaded.
        Digital = "digital",
    }
}

worded! {
    /// How far a product has come.
    ProductStatus {
        /// Being prepared.
        Draft = "draft",
        /// For sale, where it is published.
        Active = "active",
        /// Not for sale any more; what was sold of it still finds it.
        Archived = "archived",
    }
}

/// Something that is sold, in one or several variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Which.
    pub id: ProductId,
    /// Its name in addresses, unique in the co-op.
    pub handle: String,
    /// What sort of thing it is.
    pub kind: ProductKind,
    /// How far it has come.
    pub status: ProductStatus,
    /// The category that it is in.
    pub category: Option<CategoryId>,
    /// The language that it was written in.
    pub language: String,
    /// Its title in that language.
    pub title: String,
    /// Its description in that language.
    pub description: String,
    /// What its variants differ in: size, colour.
    pub option_names: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its own fields last changed; those of its variants have no part in this.
    pub changed_at: DateTime<Utc>,
}

/// What has a SKU and lies in lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Which.
    pub id: VariantId,
    /// Of which product.
    pub product: ProductId,
    /// What the co-op calls it; unique in the co-op.
    pub sku: String,
    /// What is printed on it.
    pub barcode: Option<String>,
    /// A value for each of the product's option names.
    pub options: Vec<String>,
    /// Its place among the product's variants.
    pub position: i32,
    /// Since when it is not for sale any more.
    pub archived_at: Option<DateTime<Utc>>,
    /// The makers who offer it, in the order in which they began to.
    pub offers: Vec<Offer>,
}

/// What a variant is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantBy {
    /// Its number.
    Id(VariantId),
    /// What the co-op calls it.
    Sku(String),
    /// What is printed on it.
    Barcode(String),
}

/// Title and description in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// As in BCP 47: `nl`, `pt-BR`.
    pub language: String,
    /// The title.
    pub title: String,
    /// The description; may be empty.
    pub description: String,
}

/// What a product is made of, how, or what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attribute {
    /// `material`, `technique`, `origin`, `sustainability`, or another name of that form.
    pub name: String,
    /// `oak`. A name may have several values.
    pub value: String,
}

/// Somebody who had a hand in a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// Who.
    pub party: PartyId,
    /// What their part weighs beside the others'.
    pub weight: i32,
    /// What they did, in words; may be empty.
    pub part: String,
}

/// That a product is shown somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Where.
    pub channel: Channel,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when; `None`: until further notice.
    pub until: Option<DateTime<Utc>>,
}

/// Which products, and where to go on: newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductsAsk {
    /// Only that one.
    pub handle: Option<String>,
    /// Only those of that status.
    pub status: Option<ProductStatus>,
    /// Only those that are shown there now.
    pub channel: Option<Channel>,
    /// Only those in that category, or in one below it.
    pub category: Option<CategoryId>,
    /// Only those that this party offers or had a hand in.
    pub maker: Option<PartyId>,
    /// Those made before that one.
    pub after: Option<ProductId>,
    /// That many at most, and never more than [`crate::MAX_PAGE`].
    pub first: u32,
}
