//! What clients send to have products made and changed, and the wishes that it is read into.
//!
//! An id that is none of ours is read as one that nobody has: the service then says, with its place in the input, that there is
//! no such thing.

use async_graphql::{ID, InputObject, MaybeUndefined};
use catalogue::{CategoryId, Change, NewPrice, SaveOffer, SaveProduct, SaveVariant, Which};
use chrono::{DateTime, Utc};
use kernel::{PartyId, VariantId};
use uuid::Uuid;

use super::{
    CATEGORY, VARIANT, channel_of,
    product::{ProductKind, ProductStatus},
};
use crate::graphql::{
    base::{BigInt, CurrencyCode},
    parties,
    sales::SaleChannel,
};

/// What a product is to be. What is left out stays as it is, or, of a new product, is empty.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ProductInput {
    /// Its name in addresses; of a new product made of its title when nothing is said.
    pub(crate) handle: Option<String>,
    /// What sort of thing it is: goods when nothing is said. It never changes afterwards.
    kind: Option<ProductKind>,
    /// How far it has come: a draft when nothing is said.
    status: Option<ProductStatus>,
    /// The category that it is in; null for none.
    category: MaybeUndefined<ID>,
    /// The language that it was written in, as in BCP 47; the first of the texts when nothing is said.
    language: Option<String>,
    /// Its texts, all of them; a new product takes one.
    texts: Option<Vec<ProductTextInput>>,
    /// What its variants differ in, such as size and colour; three at most. Every variant needs its values with them.
    option_names: Option<Vec<String>>,
    /// Variants to add or change; those that are not mentioned stay.
    variants: Option<Vec<VariantInput>>,
    /// What it is made of, how, and what speaks for it: all of them.
    attributes: Option<Vec<ProductAttributeInput>>,
    /// Who made it together: all of them.
    contributors: Option<Vec<ContributorInput>>,
    /// Where it is shown: everywhere.
    publications: Option<Vec<PublicationInput>>,
}

/// Title and description in one language.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ProductTextInput {
    /// The language, as in BCP 47: `nl`, `pt-BR`.
    language: String,
    /// The title, on one line.
    title: String,
    /// The description.
    #[graphql(default)]
    description: String,
}

/// What a variant is to be.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct VariantInput {
    /// Which; when nothing is said it is known by its SKU, and added when there is none of it.
    id: Option<ID>,
    /// What the co-op calls it; unique in the co-op.
    sku: Option<String>,
    /// What is printed on it; null for nothing.
    barcode: MaybeUndefined<String>,
    /// A value for each option name, in their order.
    options: Option<Vec<String>>,
    /// Its place among the product's variants; a new one comes last when nothing is said.
    position: Option<i32>,
    /// Whether it is not for sale any more.
    archived: Option<bool>,
    /// Offers to add or change; those that are not mentioned stay.
    offers: Option<Vec<OfferInput>>,
}

/// What a maker's offer is to be.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct OfferInput {
    /// Whose: a member's, or the co-op's own.
    maker: ID,
    /// What the maker calls it; null for nothing.
    sku: MaybeUndefined<String>,
    /// Whether it is not offered any more.
    withdrawn: Option<bool>,
    /// What it costs: all prices.
    prices: Option<Vec<PriceInput>>,
}

/// What a buyer is to pay for one, tax inside.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct PriceInput {
    /// In what.
    currency: CurrencyCode,
    /// Where; wherever there is no price of its own when nothing is said.
    channel: Option<SaleChannel>,
    /// Whole minor units of the currency.
    amount: BigInt,
}

/// What a product is made of, how, or what speaks for it.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ProductAttributeInput {
    /// `material`, `technique`, `origin`, `sustainability`, or another name of that form.
    name: String,
    /// Its value.
    value: String,
}

/// Somebody who had a hand in a product.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ContributorInput {
    /// Who: a member, or the co-op itself.
    party: ID,
    /// What their part weighs beside the others', from 1 on.
    weight: i32,
    /// What they did, in words.
    #[graphql(default)]
    part: String,
}

/// That a product is to be shown somewhere.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct PublicationInput {
    /// Where.
    channel: SaleChannel,
    /// From when on; from now on when nothing is said.
    from: Option<DateTime<Utc>>,
    /// Until when; until further notice when nothing is said.
    until: Option<DateTime<Utc>>,
}

/// What becomes of a field that may be null.
pub(super) fn change<T, U>(value: MaybeUndefined<T>, read: impl FnOnce(T) -> U) -> Change<U> {
    match value {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::To(read(value)),
    }
}

pub(super) fn party(id: &ID) -> PartyId {
    PartyId(parties::KIND.key(id).unwrap_or(0))
}

impl ProductInput {
    /// The wish about that product, at this moment.
    pub(super) fn read(self, which: Which, now: DateTime<Utc>) -> SaveProduct {
        let text = |text: ProductTextInput| catalogue::Text { language: text.language, title: text.title, description: text.description };
        let attribute = |one: ProductAttributeInput| catalogue::Attribute { name: one.name, value: one.value };
        let contributor = |one: ContributorInput| catalogue::Contributor { party: party(&one.party), weight: one.weight, part: one.part };
        let publication = |one: PublicationInput| catalogue::Publication {
            channel: channel_of(one.channel),
            from: one.from.unwrap_or(now),
            until: one.until,
        };
        SaveProduct {
            which,
            handle: self.handle,
            kind: self.kind.map(catalogue::ProductKind::from),
            status: self.status.map(catalogue::ProductStatus::from),
            category: change(self.category, |id| CategoryId(CATEGORY.key(&id).unwrap_or(0))),
            language: self.language,
            texts: self.texts.map(|texts| texts.into_iter().map(text).collect()),
            option_names: self.option_names,
            variants: self.variants.unwrap_or_default().into_iter().map(SaveVariant::from).collect(),
            attributes: self.attributes.map(|attributes| attributes.into_iter().map(attribute).collect()),
            contributors: self.contributors.map(|contributors| contributors.into_iter().map(contributor).collect()),
            publications: self.publications.map(|publications| publications.into_iter().map(publication).collect()),
        }
    }
}

impl From<VariantInput> for SaveVariant {
    fn from(input: VariantInput) -> Self {
        Self {
            id: input.id.map(|id| VariantId(VARIANT.key(&id).unwrap_or(Uuid::nil()))),
            sku: input.sku,
            barcode: change(input.barcode, std::convert::identity),
            options: input.options,
            position: input.position,
            archived: input.archived,
            offers: input.offers.unwrap_or_default().into_iter().map(SaveOffer::from).collect(),
        }
    }
}

impl From<OfferInput> for SaveOffer {
    fn from(input: OfferInput) -> Self {
        Self {
            maker: party(&input.maker),
            sku: change(input.sku, std::convert::identity),
            withdrawn: input.withdrawn,
            prices: input.prices.map(|prices| prices.into_iter().map(NewPrice::from).collect()),
        }
    }
}

impl From<PriceInput> for NewPrice {
    fn from(input: PriceInput) -> Self {
        Self { currency: input.currency.0, channel: input.channel.map(channel_of), amount: input.amount.0 }
    }
}
