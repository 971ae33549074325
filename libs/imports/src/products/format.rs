//! The files that shops export, told apart by their headers.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::fields::Field;

/// A layout of product files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Shopify's product CSV, with the columns of before and of since 2025.
    Shopify,
    /// Square's item library.
    Square,
    /// Open Food Network's product list.
    Ofn,
    /// Our own columns, or any others by a mapping.
    Plain,
}

/// A column of ours, and what a format calls it; earlier names win.
type Named = (Field, &'static [&'static str]);

const SHOPIFY: &[Named] = &[
    (Field::Handle, &["url handle", "handle"]),
    (Field::Title, &["title"]),
    (Field::Description, &["body (html)", "description"]),
    (Field::Maker, &["vendor"]),
    (Field::Category, &["type", "product category"]),
    (Field::Published, &["published on online store", "published"]),
    (Field::Status, &["status"]),
    (Field::Option1Name, &["option1 name"]),
    (Field::Option1Value, &["option1 value"]),
    (Field::Option2Name, &["option2 name"]),
    (Field::Option2Value, &["option2 value"]),
    (Field::Option3Name, &["option3 name"]),
    (Field::Option3Value, &["option3 value"]),
    (Field::Sku, &["sku", "variant sku"]),
    (Field::Barcode, &["barcode", "variant barcode"]),
    (Field::Price, &["price", "variant price"]),
    (Field::Quantity, &["inventory quantity", "variant inventory qty"]),
    (Field::Shipping, &["requires shipping", "variant requires shipping"]),
    (Field::GiftCard, &["gift card"]),
    (Field::Picture, &["product image url", "image src"]),
];

const SQUARE: &[Named] = &[
    (Field::Handle, &["permalink"]),
    (Field::Title, &["item name"]),
    (Field::Variation, &["variation name"]),
    (Field::Sku, &["sku"]),
    (Field::Description, &["description"]),
    (Field::Category, &["category", "categories", "reporting category"]),
    (Field::Maker, &["default vendor name"]),
    (Field::Barcode, &["gtin"]),
    (Field::Kind, &["item type"]),
    (Field::Price, &["price"]),
    (Field::Archived, &["archived"]),
    (Field::Option1Name, &["option name 1"]),
    (Field::Option1Value, &["option value 1"]),
    (Field::Option2Name, &["option name 2"]),
    (Field::Option2Value, &["option value 2"]),
    (Field::Option3Name, &["option name 3"]),
    (Field::Option3Value, &["option value 3"]),
];

const OFN: &[Named] = &[
    (Field::Maker, &["producer", "supplier"]),
    (Field::Sku, &["sku"]),
    (Field::Title, &["name"]),
    (Field::DisplayName, &["display_name"]),
    (Field::Category, &["category"]),
    (Field::Description, &["description"]),
    (Field::Units, &["units"]),
    (Field::UnitType, &["unit_type"]),
    (Field::UnitName, &["variant_unit_name"]),
    (Field::Price, &["price"]),
    (Field::Quantity, &["on_hand"]),
    (Field::OnDemand, &["on_demand"]),
];

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Shopify, Self::Square, Self::Ofn, Self::Plain];

    /// As it is written on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shopify => "shopify",
            Self::Square => "square",
            Self::Ofn => "ofn",
            Self::Plain => "plain",
        }
    }

    /// What the format calls a column of ours; empty where it has none.
    pub(crate) fn names(self, field: Field) -> &'static [&'static str] {
        let named = match self {
            Self::Shopify => SHOPIFY,
            Self::Square => SQUARE,
            Self::Ofn => OFN,
            Self::Plain => return field.ours(),
        };
        named.iter().find(|(known, _)| *known == field).map_or(&[], |(_, names)| names)
    }

    /// The columns that a file of the format has to have.
    pub(crate) const fn needed(self) -> &'static [Field] {
        match self {
            Self::Shopify => &[Field::Handle, Field::Title, Field::Price],
            Self::Square => &[Field::Title, Field::Variation, Field::Price],
            Self::Ofn => &[Field::Maker, Field::Title, Field::Units, Field::Price],
            Self::Plain => &[Field::Title, Field::Sku, Field::Price],
        }
    }

    /// The format whose columns these are, lower case. `None` when no format has such.
    pub(crate) fn detect(names: &[String]) -> Option<Self> {
        let has = |name: &str| names.iter().any(|known| known == name);
        let any = |some: &[&str]| some.iter().any(|name| has(name));
        if has("item name") && any(&["variation name", "token"]) {
            return Some(Self::Square);
        }
        if any(&["url handle", "variant price", "variant sku", "body (html)", "option1 name", "published on online store"]) {
            return Some(Self::Shopify);
        }
        if any(&["producer", "supplier"]) && has("name") {
            return Some(Self::Ofn);
        }
        (has("title") && any(&["sku", "price"])).then_some(Self::Plain)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|format| format.word() == text.to_lowercase());
        known.ok_or_else(|| format!("{text:?} is none of shopify, square, ofn, plain"))
    }
}
