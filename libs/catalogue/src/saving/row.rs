//! What is decided: rows as they are written.

use chrono::{DateTime, Utc};
use kernel::{Currency, OfferId, PartyId, ProductId, VariantId};

use crate::{Attribute, CategoryId, Channel, Contributor, ProductKind, ProductStatus, Publication, Text};

/// A product and what belongs to it, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct ProductRow {
    pub(crate) id: ProductId,
    pub(crate) handle: String,
    pub(crate) kind: ProductKind,
    pub(crate) status: ProductStatus,
    pub(crate) category: Option<CategoryId>,
    pub(crate) language: String,
    pub(crate) option_names: Vec<String>,
    pub(crate) texts: Option<Vec<Text>>,
    pub(crate) attributes: Option<Vec<Attribute>>,
    pub(crate) contributors: Option<Vec<Contributor>>,
    pub(crate) publications: Option<Vec<Publication>>,
    pub(crate) variants: Vec<VariantRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct VariantRow {
    pub(crate) id: VariantId,
    pub(crate) sku: String,
    pub(crate) barcode: Option<String>,
    pub(crate) options: Vec<String>,
    pub(crate) position: i32,
    pub(crate) archived_at: Option<DateTime<Utc>>,
    pub(crate) offers: Vec<OfferRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct OfferRow {
    pub(crate) id: OfferId,
    pub(crate) variant: VariantId,
    pub(crate) maker: PartyId,
    pub(crate) sku: Option<String>,
    pub(crate) withdrawn_at: Option<DateTime<Utc>>,
    /// All of its prices; `None` leaves them.
    pub(crate) prices: Option<Vec<PriceRow>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PriceRow {
    pub(crate) offer: OfferId,
    pub(crate) currency: Currency,
    pub(crate) channel: Option<Channel>,
    pub(crate) amount: i64,
}
