//! What a product is to be, as somebody says it.

use kernel::{Currency, PartyId, ProductId, VariantId};

use crate::{Attribute, CategoryId, Channel, Contributor, ProductKind, ProductStatus, Publication, Text};

/// What becomes of a field that may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is; of something new it is empty.
    #[default]
    Keep,
    /// It is emptied.
    Clear,
    /// It becomes this.
    To(T),
}

impl<T> Change<T> {
    /// What the field holds afterwards.
    pub fn over(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::To(value) => Some(value),
        }
    }
}

/// Which product is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// A new one, under this number: a fresh UUIDv7, or one that can be made again. One that is there already is changed, so
    /// that making it twice makes one.
    New(ProductId),
    /// One that is there.
    Known(ProductId),
}

impl Which {
    /// Its number.
    pub const fn id(self) -> ProductId {
        match self {
            Self::New(id) | Self::Known(id) => id,
        }
    }
}

/// What a product is to be. What is `None` stays as it is; a new product takes a text.
#[derive(Clone, Debug)]
pub struct SaveProduct {
    /// Which.
    pub which: Which,
    /// Its name in addresses; of a new product made of its title where nothing is said.
    pub handle: Option<String>,
    /// What sort of thing it is: goods where nothing is said. It never changes afterwards.
    pub kind: Option<ProductKind>,
    /// How far it has come: a draft where nothing is said.
    pub status: Option<ProductStatus>,
    /// The category that it is in.
    pub category: Change<CategoryId>,
    /// The language that it was written in: the first of the texts where nothing is said.
    pub language: Option<String>,
    /// Its texts, all of them.
    pub texts: Option<Vec<Text>>,
    /// What its variants differ in. Every variant that there is has to be given its values with them.
    pub option_names: Option<Vec<String>>,
    /// Variants to add or change.
    pub variants: Vec<SaveVariant>,
    /// Its attributes, all of them.
    pub attributes: Option<Vec<Attribute>>,
    /// Who had a hand in it, all of them.
    pub contributors: Option<Vec<Contributor>>,
    /// Where it is shown, everywhere.
    pub publications: Option<Vec<Publication>>,
}

impl SaveProduct {
    /// A wish that changes nothing yet.
    pub const fn of(which: Which) -> Self {
        Self {
            which,
            handle: None,
            kind: None,
            status: None,
            category: Change::Keep,
            language: None,
            texts: None,
            option_names: None,
            variants: Vec::new(),
            attributes: None,
            contributors: None,
            publications: None,
        }
    }
}

/// What a variant is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveVariant {
    /// Which; where nothing is said it is known by its SKU, and added when there is none of it.
    pub id: Option<VariantId>,
    /// What the co-op calls it; may be left out where the number says which.
    pub sku: Option<String>,
    /// What is printed on it.
    pub barcode: Change<String>,
    /// A value for each option name, in their order.
    pub options: Option<Vec<String>>,
    /// Its place among the product's variants; a new one comes last.
    pub position: Option<i32>,
    /// Whether it is not for sale any more.
    pub archived: Option<bool>,
    /// Offers to add or change.
    pub offers: Vec<SaveOffer>,
}

/// What a maker's offer is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveOffer {
    /// Whose.
    pub maker: PartyId,
    /// What the maker calls it.
    pub sku: Change<String>,
    /// Whether it is not offered any more.
    pub withdrawn: Option<bool>,
    /// Its prices, all of them.
    pub prices: Option<Vec<NewPrice>>,
}

/// What a buyer is to pay for one, tax inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPrice {
    /// In what.
    pub currency: Currency,
    /// Where; `None`: wherever there is no price of its own.
    pub channel: Option<Channel>,
    /// Minor units.
    pub amount: i64,
}
