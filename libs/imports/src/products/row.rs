//! One row of a product file as what it says, or as what is wrong with it.

use csv::ByteRecord;
use kernel::{Currency, Money, PartyId};

use super::{
    fields::Field,
    format::Format,
    header::Header,
    text::{MAX_HANDLE, handle_of, words_of, yes},
};
use crate::makers::Makers;

/// More units than this on one shelf is a typing mistake.
const MAX_UNITS: i64 = 1_000_000;
/// The most that one thing can cost, in minor units: as the database has it.
const MAX_PRICE: i64 = 1_000_000_000_000;
/// The longest of each text, in letters: as the database has it.
const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 20_000;
const MAX_CATEGORY: usize = 80;
const MAX_SKU: usize = 80;
const MAX_OPTION: usize = 80;
/// The deepest category.
const MAX_DEPTH: usize = 8;
/// The signs of currencies, and which of them have each.
const SIGNS: [(char, &[&str]); 5] =
    [('€', &["EUR"]), ('£', &["GBP"]), ('¥', &["JPY"]), ('₩', &["KRW"]), ('$', &["USD", "AUD", "CAD", "MXN", "NZD", "SGD", "TWD"])];
/// Between the levels of a category.
pub(crate) const BENEATH: &str = " > ";

/// What a row says of the product itself. What is empty is not said: it stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) title: String,
    pub(crate) description: Option<String>,
    /// From the root down.
    pub(crate) category: Vec<String>,
    pub(crate) kind: Option<&'static str>,
    pub(crate) status: Option<&'static str>,
    pub(crate) option_names: Vec<String>,
    /// As the file names them.
    pub(crate) maker: String,
}

/// How many units lie where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The location's name in the file; empty where it names none.
    pub(crate) location: String,
    pub(crate) units: i32,
}

/// What a row says of a variant at one maker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) option_values: Vec<String>,
    pub(crate) sku: String,
    /// The row has none: the SKU was made of the handle and the options.
    pub(crate) sku_is_made: bool,
    pub(crate) barcode: String,
    /// `None` for a variant that nobody offers.
    pub(crate) maker: Option<PartyId>,
    /// Minor units; `None` where the row does not say.
    pub(crate) price: Option<i64>,
    pub(crate) counted: Vec<Counted>,
}

/// What every row of an import shares.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) header: Header,
    pub(crate) currency: Currency,
    pub(crate) makers: Makers,
    /// Whose goods they are where a row does not say; a handle.
    pub(crate) maker: Option<String>,
}

impl Reader {
    /// By which handle a row names its product.
    pub(crate) fn handle(&self, record: &ByteRecord) -> Result<String, String> {
        if record.len() != self.header.names.len() {
            let (found, expected) = (record.len(), self.header.names.len());
            return Err(format!("it has {found} fields where the header has {expected}; is a comma not quoted?"));
        }
        let field = |field| self.header.field(record, field);
        let (handle, title) = (field(Field::Handle)?, field(Field::Title)?);
        // Open Food Network's names are each producer's own
        let spoken = match (self.header.format, handle, title) {
            (_, "", "") => return Err("title is empty; every product has one".to_owned()),
            (Format::Ofn, _, title) => format!("{title} {}", field(Field::Maker)?),
            // Square's is the address of a page
            (_, "", title) => title.to_owned(),
            (_, handle, _) => handle.rsplit('/').next().unwrap_or(handle).to_owned(),
        };
        let handle = handle_of(&spoken);
        debug_assert!(handle.len() <= MAX_HANDLE, "handles are cut");
        Ok(handle)
    }

    /// Whether the row only adds a picture to its product.
    pub(crate) fn is_picture(&self, record: &ByteRecord) -> bool {
        let says = |field| self.header.field(record, field) != Ok("");
        self.header.format == Format::Shopify
            && says(Field::Picture)
            && ![Field::Title, Field::Sku, Field::Price, Field::Option1Value].into_iter().any(says)
    }

    /// What a row says of its product; on failure, what is wrong and what mends it.
    pub(crate) fn head(&self, record: &ByteRecord) -> Result<Head, String> {
        let field = |field| self.header.field(record, field);
        let description = field(Field::Description)?;
        let described = !description.is_empty() || (self.header.format == Format::Plain && self.header.has(Field::Description));
        let head = Head {
            title: single_line(field(Field::Title)?),
            description: described.then(|| match self.header.format {
                Format::Plain => description.to_owned(),
                Format::Shopify | Format::Square | Format::Ofn => words_of(description),
            }),
            category: self.category(field(Field::Category)?)?,
            kind: self.kind(record)?,
            status: self.status(record)?,
            option_names: self.option_names(record)?,
            maker: field(Field::Maker)?.to_owned(),
        };
        at_most("title", &head.title, MAX_TITLE)?;
        at_most("description", head.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION)?;
        Ok(head)
    }

    fn category(&self, text: &str) -> Result<Vec<String>, String> {
        let text = if self.header.format == Format::Square { text.split(',').next().unwrap_or_default() } else { text };
        let levels: Vec<String> = text.split('>').map(single_line).filter(|level| !level.is_empty()).collect();
        if levels.len() > MAX_DEPTH {
            return Err(format!("the category is {} levels deep; {MAX_DEPTH} are the most", levels.len()));
        }
        levels.iter().try_for_each(|level| at_most("a level of the category", level, MAX_CATEGORY))?;
        Ok(levels)
    }

    fn kind(&self, record: &ByteRecord) -> Result<Option<&'static str>, String> {
        let field = |field| self.header.field(record, field);
        if yes(field(Field::GiftCard)?) == Some(true) {
            return Err("it is a gift card: that is money owed, not a thing to sell; leave it out".to_owned());
        }
        if yes(field(Field::Shipping)?) == Some(false) {
            return Ok(Some("digital"));
        }
        match field(Field::Kind)?.to_lowercase().as_str() {
            "" => Ok(None),
            "goods" | "physical" | "physical good" | "regular" | "prepared food" | "food and beverage" | "prepared food and beverage" => {
                Ok(Some("goods"))
            }
            "kit" if self.header.format == Format::Plain => Ok(Some("kit")),
            "slot" | "event" | "class" => Ok(Some("slot")),
            "digital" | "digital good" => Ok(Some("digital")),
            other => Err(format!("its kind {other:?} is none of goods, kit, slot, digital")),
        }
    }

    fn status(&self, record: &ByteRecord) -> Result<Option<&'static str>, String> {
        let field = |field| self.header.field(record, field);
        match field(Field::Status)?.to_lowercase().as_str() {
            "active" => return Ok(Some("active")),
            // Shopify's unlisted products are sold, but nobody is shown the way to them
            "draft" | "unlisted" => return Ok(Some("draft")),
            "archived" => return Ok(Some("archived")),
            "" => {}
            other => return Err(format!("status {other:?} is none of draft, active, archived")),
        }
        if yes(field(Field::Archived)?) == Some(true) {
            return Ok(Some("archived"));
        }
        Ok(match (self.header.format, yes(field(Field::Published)?)) {
            (Format::Shopify, Some(false)) => Some("draft"),
            (Format::Shopify, Some(true)) | (Format::Square | Format::Ofn, _) => Some("active"),
            (Format::Plain | Format::Shopify, _) => None,
        })
    }

    fn option_names(&self, record: &ByteRecord) -> Result<Vec<String>, String> {
        if self.header.format == Format::Ofn {
            return Ok(self.ofn_options(record)?.into_iter().map(|(name, _)| name.to_owned()).collect());
        }
        let mut names = Vec::new();
        for (name, value) in Field::OPTIONS {
            let (name, value) = (single_line(self.header.field(record, name)?), self.header.field(record, value)?);
            if !name.is_empty() && !is_default(&name, value) {
                at_most("the name of an option", &name, MAX_OPTION)?;
                names.push(name);
            }
        }
        let variation = single_line(self.header.field(record, Field::Variation)?);
        if names.is_empty() && !is_only(&variation) {
            names.push("Variation".to_owned());
        }
        Ok(names)
    }

    fn option_values(&self, record: &ByteRecord) -> Result<Vec<String>, String> {
        if self.header.format == Format::Ofn {
            return Ok(self.ofn_options(record)?.into_iter().map(|(_, value)| value).collect());
        }
        let mut values = Vec::new();
        for (name, value) in Field::OPTIONS {
            let (name, value) = (self.header.field(record, name)?, single_line(self.header.field(record, value)?));
            if !value.is_empty() && !is_default(name, &value) {
                at_most("an option", &value, MAX_OPTION)?;
                values.push(value);
            }
        }
        let variation = single_line(self.header.field(record, Field::Variation)?);
        if values.is_empty() && !is_only(&variation) {
            values.push(variation);
        }
        Ok(values)
    }

    /// What sets Open Food Network's variants apart: how much of it there is, and a name.
    fn ofn_options(&self, record: &ByteRecord) -> Result<Vec<(&'static str, String)>, String> {
        let field = |field| self.header.field(record, field);
        let (units, unit, name) = (field(Field::Units)?, field(Field::UnitType)?, field(Field::UnitName)?);
        let unit = if unit.is_empty() { name } else { unit };
        if units.is_empty() || units.parse::<f64>().is_ok_and(|units| units.is_finite() && units > 0.0) {
            let amount = single_line(&format!("{units} {unit}"));
            let mut options = Vec::new();
            if !amount.is_empty() {
                options.push(("Unit", amount));
            }
            let shown = single_line(field(Field::DisplayName)?);
            if self.header.has(Field::DisplayName) && !shown.is_empty() && shown != field(Field::Title)? {
                options.push(("Variety", shown));
            }
            return Ok(options);
        }
        Err(format!("units {units:?} is not a number of {}", if unit.is_empty() { "units" } else { unit }))
    }

    /// What a row says of its variant; on failure, what is wrong and what mends it.
    pub(crate) fn item(&self, record: &ByteRecord, handle: &str, head: &Head) -> Result<Item, String> {
        let field = |field| self.header.field(record, field);
        let option_values = self.option_values(record)?;
        let said = single_line(field(Field::Sku)?);
        let sku_is_made = said.is_empty();
        let made = || option_values.iter().fold(handle.to_owned(), |sku, value| format!("{sku}-{}", handle_of(value)));
        let sku = if sku_is_made { made() } else { said };
        at_most("sku", &sku, MAX_SKU)?;
        let barcode = field(Field::Barcode)?.trim_matches('\'').to_owned();
        if barcode.len() > MAX_SKU || !barcode.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
            return Err(format!("barcode {barcode:?} has other signs than letters, digits, dots and hyphens"));
        }
        let currency = field(Field::Currency)?;
        if !currency.is_empty() && !currency.eq_ignore_ascii_case(self.currency.code()) {
            let own = self.currency;
            return Err(format!("currency is {currency:?}, but the co-op sells in {own}; convert the row or leave it out"));
        }
        let (price, counted) = (parse_price(field(Field::Price)?, self.currency)?, self.counted(record)?);
        let is_offered = self.header.format != Format::Plain || price.is_some() || !counted.is_empty() || !field(Field::Maker)?.is_empty();
        let maker = if is_offered { Some(self.maker(field(Field::Maker)?, &head.maker)?) } else { None };
        Ok(Item { option_values, sku, sku_is_made, barcode, maker, price, counted })
    }

    fn maker(&self, of_row: &str, of_product: &str) -> Result<PartyId, String> {
        let named = [of_row, of_product].into_iter().find(|name| !name.is_empty()).or(self.maker.as_deref());
        let named = named.ok_or("nobody is named as its maker; fill the column, or say whose all of it is with --maker")?;
        match (self.makers.called(named), self.maker.as_deref()) {
            (Ok(party), _) => Ok(party),
            // A shop's own name stands in every row that it makes itself
            (Err(_), Some(maker)) if self.header.format != Format::Plain => self.makers.called(maker),
            (Err(reason), _) => Err(reason),
        }
    }

    fn counted(&self, record: &ByteRecord) -> Result<Vec<Counted>, String> {
        if yes(self.header.field(record, Field::OnDemand)?) == Some(true) {
            return Ok(Vec::new());
        }
        let mut counted = Vec::new();
        if let Some(units) = parse_units(self.header.field(record, Field::Quantity)?)? {
            counted.push(Counted { location: single_line(self.header.field(record, Field::Location)?), units });
        }
        for shelf in &self.header.shelves {
            if let Some(units) = parse_units(self.header.on_shelf(record, shelf)?)? {
                counted.push(Counted { location: shelf.name.clone(), units });
            }
        }
        Ok(counted)
    }
}

/// Shopify's products without options have one of this name and value.
fn is_default(name: &str, value: &str) -> bool {
    name == "Title" && (value == "Default Title" || value.is_empty())
}

/// Square's items in one variation call it so.
fn is_only(variation: &str) -> bool {
    variation.is_empty() || variation.eq_ignore_ascii_case("regular")
}

/// On one line, without blanks at its ends.
fn single_line(text: &str) -> String {
    text.trim().replace("\r\n", " ").replace(['\n', '\r', '\t'], " ")
}

fn at_most(what: &str, text: &str, most: usize) -> Result<(), String> {
    let letters = text.chars().count();
    if letters <= most { Ok(()) } else { Err(format!("{what} has {letters} letters, more than {most}; is a quotation mark not closed?")) }
}

/// A price as shops write it: digits, groups of three by commas, a point before the decimals, the currency's sign in front.
fn parse_price(text: &str, currency: Currency) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let sign = SIGNS.iter().find(|(sign, _)| text.starts_with(*sign));
    if let Some((_, codes)) = sign.filter(|(_, codes)| !codes.contains(&currency.code())) {
        let theirs = codes.join(" or ");
        return Err(format!("price {text} is in {theirs}, but the co-op sells in {currency}; convert the row or leave it out"));
    }
    let digits = sign.map_or(text, |(sign, _)| &text[sign.len_utf8()..]);
    let (whole, decimals) = digits.trim().split_once('.').map_or((digits.trim(), None), |(whole, decimals)| (whole, Some(decimals)));
    let grouped = whole.split(',').enumerate().all(|(place, group)| {
        (if place == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 }) && group.bytes().all(|byte| byte.is_ascii_digit())
    });
    let plain = if whole.contains(',') && grouped { whole.replace(',', "") } else { whole.to_owned() };
    let amount = Money::parse(&decimals.map_or(plain.clone(), |decimals| format!("{plain}.{decimals}")), currency);
    match amount {
        Some(amount) if amount.minor < 0 => Err(format!("price {text} is negative")),
        Some(amount) if amount.minor > MAX_PRICE => Err(format!("price {text} is more than anything costs; correct it")),
        Some(amount) => Ok(Some(amount.minor)),
        None => {
            let (sample, decimals) = (Money::new(1250, currency).shown(), currency.stripe_exponent());
            Err(format!("price {text:?} is not an amount of {currency}; write it as {sample}, with at most {decimals} decimals"))
        }
    }
}

/// Whole units, also written as `3.0`; `None` where nothing is said.
fn parse_units(text: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let units: i128 = match whole.parse() {
        Ok(units) if decimals.bytes().all(|byte| byte == b'0') => units,
        _ => return Err(format!("quantity {text:?} is not a whole number of units")),
    };
    match i32::try_from(units) {
        Ok(units) if units < 0 => Err(format!("quantity {text} is less than nothing; count what is there and correct it")),
        Ok(units) if i64::from(units) <= MAX_UNITS => Ok(Some(units)),
        _ => Err(format!("quantity {text} is more than {MAX_UNITS} units; correct it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Result<Option<i64>, String> {
        parse_price(text, "EUR".parse().unwrap())
    }

    #[test]
    fn prices_are_read_as_shops_write_them_and_never_guessed() {
        for (text, minor) in
            [("12.50", 1250), ("€4,250.00", 425_000), ("5", 500), ("5.0", 500), ("€ 3.10", 310), ("0", 0), ("1,234,567", 123_456_700)]
        {
            assert_eq!(price(text), Ok(Some(minor)), "{text}");
        }
        assert_eq!(price(""), Ok(None));
        for (text, said) in [
            ("12,50", "is not an amount of EUR; write it as 12.50"),
            ("1.234,50", "is not an amount"),
            ("12.505", "at most 2 decimals"),
            ("variable", "is not an amount"),
            ("-3", "is negative"),
            ("£3", "is in GBP, but the co-op sells in EUR"),
            ("$3", "is in USD or AUD"),
            ("99999999999999", "more than anything costs"),
            ("9223372036854775807000", "is not an amount"),
            ("1e3", "is not an amount"),
            ("NaN", "is not an amount"),
        ] {
            let told = price(text).unwrap_err();
            assert!(told.contains(said), "{text}: {told}");
        }
    }

    #[test]
    fn units_are_whole_and_no_more_than_a_shelf_holds() {
        assert_eq!(parse_units("12"), Ok(Some(12)));
        assert_eq!(parse_units("12.000"), Ok(Some(12)));
        assert_eq!(parse_units(""), Ok(None));
        for (text, said) in [
            ("1.5", "is not a whole number"),
            ("-2", "less than nothing"),
            ("1000001", "more than 1000000 units"),
            ("99999999999999999999999999", "more than 1000000 units"),
            ("many", "is not a whole number"),
        ] {
            let told = parse_units(text).unwrap_err();
            assert!(told.contains(said), "{text}: {told}");
        }
    }
}
