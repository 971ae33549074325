//! What a printed label names.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use imports::products::LabelledLot as Lot;

use crate::graphql::{base::Money, catalogue::VARIANT, parties, stock::LOT};

/// The lot that a printed label names, and whose it is.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct LabelledLot {
    /// The lot.
    lot: ID,
    /// The id of the party that owns it.
    owner: ID,
    /// The owner's name.
    owner_name: String,
    /// What it is of.
    variant: ID,
    /// Its SKU.
    sku: String,
    /// The product's title.
    title: String,
    /// A value for each of the product's options.
    options: Vec<String>,
    /// What it costs, where it has a price for all channels.
    price: Option<Money>,
    /// How many units of the lot there are.
    units: i32,
    /// Since when its owner wants it back.
    recalled_at: Option<DateTime<Utc>>,
}

impl From<Lot> for LabelledLot {
    fn from(lot: Lot) -> Self {
        Self {
            lot: LOT.id(lot.lot),
            owner: parties::KIND.id(lot.owner),
            owner_name: lot.owner_name,
            variant: VARIANT.id(lot.variant),
            sku: lot.sku,
            title: lot.title,
            options: lot.options,
            price: lot.price.map(Money),
            units: lot.units,
            recalled_at: lot.recalled_at,
        }
    }
}
