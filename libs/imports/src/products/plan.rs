//! What a file's product means beside what is there: which rows make something new, change something, change nothing, or cannot
//! go in. Pure: nothing is read or written here.

use std::collections::HashMap;

use catalogue::{
    CategoryId, Change, NewPrice, Offer, Product as Sold, ProductKind, ProductStatus, SaveOffer, SaveProduct, SaveVariant, Text, Variant,
    Which,
};
use kernel::{Currency, LocationId, PartyId, ProductId, VariantId};
use uuid::Uuid;

use super::{
    places::Places,
    row::{Head, Item},
    sheet::Product,
};

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Created,
    Changed,
    Unchanged,
    Rejected(String),
}

/// A product as it is.
#[derive(Clone, Debug)]
pub(crate) struct Existing {
    pub(crate) product: Sold,
    pub(crate) texts: Vec<Text>,
    pub(crate) variants: Vec<Variant>,
}

/// What there is of what a batch of products names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// By handle.
    pub(crate) products: HashMap<String, Existing>,
    /// The handles of the products that have these SKUs.
    pub(crate) skus: HashMap<String, String>,
    /// The SKUs of the variants that have these barcodes.
    pub(crate) barcodes: HashMap<String, String>,
    /// By the path of names in lower case.
    pub(crate) categories: HashMap<Vec<String>, CategoryId>,
}

/// How many units of a variant by a maker are to be free somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shelf {
    /// Which of the product's rows says so.
    pub(crate) row: usize,
    pub(crate) sku: String,
    /// `None` for a variant that is new.
    pub(crate) variant: Option<VariantId>,
    pub(crate) maker: PartyId,
    pub(crate) location: LocationId,
    pub(crate) units: i32,
}

/// What is to be done with a product.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// What the catalogue is to save; `None` where nothing of it changes.
    pub(crate) wish: Option<SaveProduct>,
    /// Of each row, in their order.
    pub(crate) fates: Vec<Fate>,
    pub(crate) shelves: Vec<Shelf>,
}

/// What all products of an import share.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) currency: Currency,
    /// The language of products that are new.
    pub(crate) language: String,
    pub(crate) places: Places,
    /// Whether the file's columns say anything of options.
    pub(crate) has_options: bool,
    /// Whether stock is imported.
    pub(crate) counts: bool,
}

impl Plan {
    fn refused(product: &Product, reason: &str) -> Self {
        let fates = product.items.iter().map(|_| Fate::Rejected(reason.to_owned())).collect();
        Self { wish: None, fates, shelves: Vec::new() }
    }

    /// Decides what is to be done with a product.
    pub(crate) fn of(product: &Product, known: &Known, ask: &Ask) -> Self {
        let existing = known.products.get(&product.handle);
        let mut wish = match wish(product, existing, known, ask) {
            Ok(wish) => wish,
            Err(reason) => return Self::refused(product, &reason),
        };
        let head_changes = existing.is_some() && changes(&wish, existing, &product.head, known);
        let mut variants: Vec<SaveVariant> = Vec::new();
        let (mut fates, mut shelves) = (Vec::with_capacity(product.items.len()), Vec::new());
        for (row, (_, item)) in product.items.iter().enumerate() {
            let beside = Beside { product, existing, known, ask };
            let fate = decide((row, item), beside, &mut variants, &mut shelves);
            fates.push(fate.unwrap_or_else(Fate::Rejected));
        }
        if fates.iter().all(|fate| matches!(fate, Fate::Rejected(_))) {
            return Self { wish: None, fates, shelves: Vec::new() };
        }
        if head_changes && let Some(fate) = fates.iter_mut().find(|fate| **fate == Fate::Unchanged) {
            *fate = Fate::Changed;
        }
        variants.retain(says_something);
        let writes = existing.is_none() || head_changes || !variants.is_empty();
        wish.variants = variants;
        Self { wish: writes.then_some(wish), fates, shelves }
    }
}

/// What becomes of a row: its part of the wish and its shelves are added.
fn decide(
    (row, item): (usize, &Item),
    beside: Beside<'_>,
    variants: &mut Vec<SaveVariant>,
    shelves: &mut Vec<Shelf>,
) -> Result<Fate, String> {
    let places = placed(item, beside.ask)?;
    let (fate, variant) = take(item, beside, variants)?;
    let sku = variant.map_or(&item.sku, |variant| &variant.sku);
    let variant = variant.map(|variant| variant.id);
    for (location, units) in places {
        let Some(maker) = item.maker else { continue };
        if shelves.iter().any(|shelf| (&shelf.sku, shelf.maker, shelf.location) == (sku, maker, location)) {
            return Err(format!("an earlier row counts {sku:?} of the same maker at the same location; keep one"));
        }
        shelves.push(Shelf { row, sku: sku.clone(), variant, maker, location, units });
    }
    Ok(fate)
}

/// Where the units of a row lie.
fn placed(item: &Item, ask: &Ask) -> Result<Vec<(LocationId, i32)>, String> {
    if !ask.counts {
        return Ok(Vec::new());
    }
    item.counted.iter().map(|counted| Ok((ask.places.called(&counted.location)?, counted.units))).collect()
}

/// What is to become of the product itself.
fn wish(product: &Product, existing: Option<&Existing>, known: &Known, ask: &Ask) -> Result<SaveProduct, String> {
    let head = &product.head;
    let kind = head.kind.and_then(ProductKind::of_word);
    let status = head.status.and_then(ProductStatus::of_word);
    let category = known.categories.get(&path(&head.category)).copied();
    let Some(Existing { product: sold, texts, variants }) = existing else {
        if head.title.is_empty() {
            return Err(format!(
                "title is empty, and there is no product {} yet; the first row of a new one needs a title",
                product.handle
            ));
        }
        let mut wish = SaveProduct::of(Which::New(ProductId(Uuid::now_v7())));
        wish.handle = Some(product.handle.clone());
        wish.kind = kind;
        wish.status = status;
        wish.category = category.map_or(Change::Keep, Change::To);
        wish.language = Some(ask.language.clone());
        let (title, description) = (head.title.clone(), head.description.clone().unwrap_or_default());
        wish.texts = Some(vec![Text { language: ask.language.clone(), title, description }]);
        wish.option_names = Some(head.option_names.clone());
        return Ok(wish);
    };
    if let Some(kind) = kind.filter(|kind| *kind != sold.kind) {
        return Err(format!(
            "it is {} here and cannot become {}; leave it out, or give it a handle of its own",
            sold.kind.word(),
            kind.word()
        ));
    }
    if ask.has_options && head.option_names.len() != sold.option_names.len() {
        let in_file = |variant: &Variant| product.items.iter().any(|(_, item)| item.sku == variant.sku);
        if let Some(left) = variants.iter().find(|variant| !in_file(variant)) {
            let told =
                |names: &[String]| if names.is_empty() { "no options".to_owned() } else { format!("the options {}", names.join(", ")) };
            return Err(format!(
                "it has {} here and {} in the file, which does not say what the sku {:?} becomes; list all of its variants",
                told(&sold.option_names),
                told(&head.option_names),
                left.sku
            ));
        }
    }
    let mut wish = SaveProduct::of(Which::Known(sold.id));
    wish.status = match status {
        // What is sold again is looked at before it is shown again
        None if sold.status == ProductStatus::Archived => Some(ProductStatus::Draft),
        status => status.filter(|status| *status != sold.status),
    };
    wish.category = category.filter(|category| Some(*category) != sold.category).map_or(Change::Keep, Change::To);
    wish.option_names = (ask.has_options && head.option_names != sold.option_names).then(|| head.option_names.clone());
    let title = if head.title.is_empty() { &sold.title } else { &head.title };
    let description = head.description.as_deref().map_or(sold.description.as_str(), str::trim);
    if *title != sold.title || description != sold.description {
        let text = Text { language: sold.language.clone(), title: title.clone(), description: description.to_owned() };
        let others = texts.iter().filter(|text| text.language != sold.language).cloned();
        wish.texts = Some(others.chain([text]).collect());
    }
    Ok(wish)
}

/// Whether the product itself is to become other than it is.
fn changes(wish: &SaveProduct, existing: Option<&Existing>, head: &Head, known: &Known) -> bool {
    // In a dry run, a category that is missing stays so
    let is_elsewhere = !head.category.is_empty() && !known.categories.contains_key(&path(&head.category));
    existing.is_some()
        && (is_elsewhere || wish.status.is_some() || wish.category != Change::Keep || wish.option_names.is_some() || wish.texts.is_some())
}

/// The key of a category.
pub(crate) fn path(levels: &[String]) -> Vec<String> {
    levels.iter().map(|level| level.to_lowercase()).collect()
}

/// What a row stands beside.
#[derive(Clone, Copy)]
struct Beside<'a> {
    product: &'a Product,
    existing: Option<&'a Existing>,
    known: &'a Known,
    ask: &'a Ask,
}

/// Adds what a row wishes to the product's variants; tells what becomes of the row, and which variant it means.
fn take<'a>(item: &Item, beside: Beside<'a>, variants: &mut Vec<SaveVariant>) -> Result<(Fate, Option<&'a Variant>), String> {
    let Beside { product, existing, known, ask } = beside;
    let found = existing.map(|existing| find(item, existing, ask)).transpose()?.flatten();
    let sku = found.map_or(&item.sku, |variant| &variant.sku);
    if let Some(other) = known.skus.get(sku).filter(|other| **other != product.handle) {
        return Err(format!("sku {sku:?} belongs to the product {other}; every variant has its own"));
    }
    if let Some(other) = known.barcodes.get(&item.barcode).filter(|other| *other != sku) {
        return Err(format!("barcode {} belongs to the sku {other:?}", item.barcode));
    }
    let offer = item.maker.and_then(|maker| found?.offers.iter().find(|offer| offer.maker == maker));
    let repeats = variants
        .iter()
        .any(|known| known.sku.as_deref() == Some(sku.as_str()) && known.offers.iter().any(|offer| Some(offer.maker) == item.maker));
    if item.maker.is_some() && offer.is_none() && item.price.is_none() && !repeats {
        return Err("price is empty; a new offer needs one".to_owned());
    }
    if found.is_none() && !ask.has_options && existing.is_some_and(|existing| !existing.product.option_names.is_empty()) {
        return Err("the product has options, but the file has no columns for them; add option1_name and option1_value".to_owned());
    }
    let wish = variant_wish(item, sku, found, ask);
    let offers = item.maker.and_then(|maker| offer_wish(maker, item.price, offer, ask.currency));
    let fate = if found.is_none() || (item.maker.is_some() && offer.is_none()) {
        Fate::Created
    } else if says_something(&wish) || offers.is_some() {
        Fate::Changed
    } else {
        Fate::Unchanged
    };
    let place = variants.iter().position(|known| known.sku == wish.sku).unwrap_or_else(|| {
        variants.push(wish);
        variants.len() - 1
    });
    if let Some(offer) = offers.filter(|_| !repeats) {
        variants[place].offers.push(offer);
    }
    Ok((fate, found))
}

/// The variant that a row means: the one of its SKU, or of its options where it names none.
fn find<'a>(item: &Item, existing: &'a Existing, ask: &Ask) -> Result<Option<&'a Variant>, String> {
    if let Some(variant) = existing.variants.iter().find(|variant| variant.sku == item.sku) {
        return Ok(Some(variant));
    }
    let is_same = |variant: &&Variant| variant.archived_at.is_none() && variant.options == item.option_values;
    let same = existing.variants.iter().find(is_same).filter(|_| ask.has_options || existing.product.option_names.is_empty());
    match same {
        Some(variant) if item.sku_is_made => Ok(Some(variant)),
        Some(variant) => Err(format!("the same is sold here under the sku {:?}; each is offered once", variant.sku)),
        None => Ok(None),
    }
}

fn variant_wish(item: &Item, sku: &str, found: Option<&Variant>, ask: &Ask) -> SaveVariant {
    let is_new_barcode = !item.barcode.is_empty() && found.is_none_or(|variant| variant.barcode.as_deref() != Some(item.barcode.as_str()));
    SaveVariant {
        id: found.map(|variant| variant.id),
        sku: Some(sku.to_owned()),
        barcode: if is_new_barcode { Change::To(item.barcode.clone()) } else { Change::Keep },
        options: match found {
            None => Some(item.option_values.clone()),
            Some(variant) => (ask.has_options && variant.options != item.option_values).then(|| item.option_values.clone()),
        },
        position: None,
        archived: found.filter(|variant| variant.archived_at.is_some()).map(|_| false),
        offers: Vec::new(),
    }
}

fn says_something(wish: &SaveVariant) -> bool {
    wish.id.is_none() || wish.barcode != Change::Keep || wish.options.is_some() || wish.archived.is_some() || !wish.offers.is_empty()
}

/// What is to become of a maker's offer; nothing where it is so already.
fn offer_wish(maker: PartyId, price: Option<i64>, offer: Option<&Offer>, currency: Currency) -> Option<SaveOffer> {
    let is_own = |price: &&catalogue::Price| price.channel.is_none() && price.amount.currency == currency;
    let before = offer.and_then(|offer| offer.prices.iter().find(is_own)).map(|price| price.amount.minor);
    let price = price.filter(|price| before != Some(*price));
    let is_back = offer.is_some_and(|offer| offer.withdrawn_at.is_some());
    if offer.is_some() && price.is_none() && !is_back {
        return None;
    }
    let others = offer.map_or(&[][..], |offer| &offer.prices).iter().filter(|price| !is_own(price));
    let prices = price.map(|amount| {
        let others = others.map(|price| NewPrice { currency: price.amount.currency, channel: price.channel, amount: price.amount.minor });
        others.chain([NewPrice { currency, channel: None, amount }]).collect()
    });
    Some(SaveOffer { maker, sku: Change::Keep, withdrawn: is_back.then_some(false), prices })
}
