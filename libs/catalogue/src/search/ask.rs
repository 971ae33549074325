//! What is looked for.

use chrono::{DateTime, Utc};
use kernel::{Actor, Code, Currency, PartyId, Permission, ProductId, Refusal};
use serde::Serialize;

use crate::{Attribute, CategoryId, Channel, ProductStatus};

/// The longest text that is looked for, in characters.
const LONGEST: usize = 200;
/// The most makers, and the most attributes, that are named at once.
const MOST_NAMED: usize = 50;

/// Which products are looked for. Nothing said is all that may be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAsk {
    /// Words, as people type them: `"a phrase"`, `-not this`, a SKU, a barcode.
    pub text: Option<String>,
    /// The language of the words; any that the co-op writes in when nothing is said.
    pub language: Option<String>,
    /// Only what is shown there now.
    pub channel: Option<Channel>,
    /// Only what has come that far. Whoever does not read the catalogue finds what is for sale, whatever they ask for.
    pub status: Option<ProductStatus>,
    /// Only what is in that category, or in one below it.
    pub category: Option<CategoryId>,
    /// Only what one of these offers.
    pub makers: Vec<PartyId>,
    /// Only what has these: of each name one of the values.
    pub attributes: Vec<Attribute>,
    /// Only what costs that much, on the channel or on any.
    pub price: Option<PriceRange>,
    /// Only what somebody could take home now.
    pub in_stock: bool,
}

/// What may be paid, in minor units, both ends within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// In what.
    pub currency: Currency,
    /// At least.
    pub least: Option<i64>,
    /// At most.
    pub most: Option<i64>,
}

/// Where a page ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchKey {
    /// How well the last product fits.
    pub rank: f64,
    /// The last product.
    pub product: ProductId,
    /// Whether what is spelled almost alike is shown.
    pub almost: bool,
}

/// What the functions of the database are asked.
#[derive(Serialize)]
pub(super) struct Question {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    channel: Option<&'static str>,
    at: Option<DateTime<Utc>>,
    statuses: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<i32>,
    makers: Option<Vec<i64>>,
    attributes: Option<Vec<String>>,
    currency: Option<&'static str>,
    cheapest: Option<i64>,
    dearest: Option<i64>,
    in_stock_at: Option<DateTime<Utc>>,
}

impl SearchAsk {
    /// What `actor` may be told of it.
    pub(super) fn question(&self, actor: &Actor, now: DateTime<Utc>) -> Result<Question, Refusal> {
        let text = self.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(Refusal::new(Code::InvalidInput, format!("look for {LONGEST} characters at most")));
        }
        if self.makers.len() > MOST_NAMED || self.attributes.len() > MOST_NAMED {
            return Err(Refusal::new(Code::InvalidInput, format!("name {MOST_NAMED} makers and {MOST_NAMED} attributes at most")));
        }
        let reads_all = actor.permissions.contains(Permission::CatalogueRead);
        let status = if reads_all { self.status } else { Some(ProductStatus::Active) };
        let attributes: Vec<String> = self.attributes.iter().map(|Attribute { name, value }| format!("{name}={value}")).collect();
        Ok(Question {
            query: text.map(str::to_lowercase),
            language: self.language.clone(),
            channel: self.channel.map(Channel::word),
            at: (!reads_all || self.channel.is_some()).then_some(now),
            statuses: status.map(|status| [status.word()]),
            category: self.category.map(|category| category.0),
            makers: (!self.makers.is_empty()).then(|| self.makers.iter().map(|maker| maker.0).collect()),
            attributes: (!attributes.is_empty()).then_some(attributes),
            currency: self.price.map(|price| price.currency.code()),
            cheapest: self.price.map(|price| price.least.unwrap_or(0)),
            dearest: self.price.map(|price| price.most.unwrap_or(i64::MAX)),
            in_stock_at: self.in_stock.then_some(now),
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::{ApiKeyId, CoopId, Permissions, Who};

    use super::*;

    fn actor(permissions: &[Permission]) -> Actor {
        let who = Who::Key(ApiKeyId(uuid::Uuid::nil()));
        Actor { coop: CoopId(1), who, party: None, permissions: permissions.iter().copied().collect::<Permissions>() }
    }

    #[test]
    fn whoever_does_not_read_the_catalogue_looks_among_what_is_for_sale() {
        let ask = SearchAsk { status: Some(ProductStatus::Draft), ..SearchAsk::default() };
        let now = DateTime::UNIX_EPOCH;
        let (open, all) = (ask.question(&actor(&[]), now).unwrap(), ask.question(&actor(&[Permission::CatalogueRead]), now).unwrap());
        assert_eq!((open.statuses, open.at), (Some(["active"]), Some(now)));
        assert_eq!((all.statuses, all.at), (Some(["draft"]), None));
    }

    #[test]
    fn blank_words_are_none_and_too_many_are_refused() {
        let of = |text: &str| SearchAsk { text: Some(text.to_owned()), ..SearchAsk::default() };
        assert_eq!(of("  ").question(&actor(&[]), DateTime::UNIX_EPOCH).unwrap().query, None);
        assert_eq!(of(" Blue ").question(&actor(&[]), DateTime::UNIX_EPOCH).unwrap().query.as_deref(), Some("blue"));
        let refused = of(&"x".repeat(201)).question(&actor(&[]), DateTime::UNIX_EPOCH).err().unwrap();
        assert_eq!(refused.code, Code::InvalidInput);
    }
}
