//! What a row can say of a product, whatever its file calls it.

/// A column of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Handle,
    Title,
    Description,
    Category,
    Kind,
    Status,
    Option1Name,
    Option1Value,
    Option2Name,
    Option2Value,
    Option3Name,
    Option3Value,
    Sku,
    Barcode,
    Maker,
    Currency,
    Price,
    Location,
    Quantity,
    // What only other systems' files have
    Published,
    Archived,
    GiftCard,
    Shipping,
    Picture,
    Variation,
    DisplayName,
    Units,
    UnitType,
    UnitName,
    OnDemand,
}

impl Field {
    /// Every field; those of [`COLUMNS`] first, in the same order.
    pub(crate) const ALL: [Self; 30] = [
        Self::Handle,
        Self::Title,
        Self::Description,
        Self::Category,
        Self::Kind,
        Self::Status,
        Self::Option1Name,
        Self::Option1Value,
        Self::Option2Name,
        Self::Option2Value,
        Self::Option3Name,
        Self::Option3Value,
        Self::Sku,
        Self::Barcode,
        Self::Maker,
        Self::Currency,
        Self::Price,
        Self::Location,
        Self::Quantity,
        Self::Published,
        Self::Archived,
        Self::GiftCard,
        Self::Shipping,
        Self::Picture,
        Self::Variation,
        Self::DisplayName,
        Self::Units,
        Self::UnitType,
        Self::UnitName,
        Self::OnDemand,
    ];

    /// What a plain file calls it; empty for what only other systems' files have.
    pub(crate) fn ours(self) -> &'static [&'static str] {
        COLUMNS.get(self as usize..=self as usize).unwrap_or_default()
    }

    /// The name, value pairs of options.
    pub(crate) const OPTIONS: [(Self, Self); 3] =
        [(Self::Option1Name, Self::Option1Value), (Self::Option2Name, Self::Option2Value), (Self::Option3Name, Self::Option3Value)];
}

/// The columns of a plain product file, in the order in which an export writes them.
pub const COLUMNS: [&str; 19] = [
    "handle",
    "title",
    "description",
    "category",
    "kind",
    "status",
    "option1_name",
    "option1_value",
    "option2_name",
    "option2_value",
    "option3_name",
    "option3_value",
    "sku",
    "barcode",
    "maker",
    "currency",
    "price",
    "location",
    "quantity",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_stands_at_its_own_place() {
        for (place, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, place);
        }
        assert_eq!(Field::Quantity.ours(), ["quantity"]);
        assert!(Field::Published.ours().is_empty());
    }
}
