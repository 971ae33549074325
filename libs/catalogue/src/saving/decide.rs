//! What a product becomes, decided from what is wished and what there is. No database, no clock.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use kernel::{Code, PartyId, ProductId};

use super::{
    Change, SaveProduct, Which,
    known::{Known, KnownProduct},
    parts,
    row::ProductRow,
};
use crate::{
    CategoryId, ProductKind, ProductStatus,
    flaw::{Flaw, Flaws, Trail},
    words,
};

/// The most letters of an option's name.
const LONGEST_OPTION: usize = 40;
/// The most options of a product: size, colour, material.
const MAX_OPTIONS: usize = 3;

/// A batch while it is decided: what there is, and what earlier rows of it have taken.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) known: Known,
    pub(super) now: DateTime<Utc>,
    handles: HashSet<String>,
    products: HashSet<ProductId>,
    pub(super) skus: HashSet<String>,
    pub(super) barcodes: HashSet<String>,
    pub(super) own_skus: HashSet<(PartyId, String)>,
}

/// The handle that a wish asks for, or that its title makes; nothing for a product that keeps its own.
pub(super) fn wanted_handle(wish: &SaveProduct) -> Option<String> {
    if let Some(handle) = &wish.handle {
        return Some(handle.trim().to_owned());
    }
    let texts = wish.texts.as_deref().unwrap_or_default();
    let main = texts.iter().find(|text| wish.language.as_deref() == Some(text.language.trim())).or(texts.first());
    match wish.which {
        Which::New(_) => Some(words::handle_of(main.map_or("", |text| &text.title))),
        Which::Known(_) => None,
    }
}

impl Batch {
    pub(super) fn new(known: Known, now: DateTime<Utc>) -> Self {
        Self {
            known,
            now,
            handles: HashSet::new(),
            products: HashSet::new(),
            skus: HashSet::new(),
            barcodes: HashSet::new(),
            own_skus: HashSet::new(),
        }
    }

    /// What becomes of one row; nothing where it makes no sense. What is wrong with it is noted.
    pub(super) fn decide(&mut self, wish: SaveProduct, flaws: &mut Flaws) -> Option<ProductRow> {
        let (row, id) = (Trail::default(), wish.which.id());
        let before = self.known.products.get(&id).cloned();
        flaws.whole(self.may_be_meant(&row, wish.which, before.is_some()))?;
        let texts = parts::texts(flaws, &row.field("texts"), wish.texts.clone());
        let language = flaws.whole(language(&row, &wish, texts.as_deref(), before.as_ref()));
        let option_names = flaws.whole(option_names(&row.field("optionNames"), wish.option_names.clone(), before.as_ref()));
        let handle = flaws.whole(self.handle(&row.field("handle"), &wish, before.as_ref()));
        let kind = flaws.whole(kind(&row.field("kind"), wish.kind, before.as_ref())).unwrap_or(ProductKind::Goods);
        let category = self.category(flaws, &row.field("category"), &wish.category, before.as_ref());
        let option_names = option_names?;
        let variants = self.variants(flaws, &row, (id, wish.variants), &option_names);
        let was = before.as_ref().map_or(ProductStatus::Draft, |before| before.status);
        let status = match wish.status {
            Some(ProductStatus::Active) if was != ProductStatus::Active => {
                flaws.part(self.activated(&row.field("status"), id, &variants)).unwrap_or(was)
            }
            asked => asked.unwrap_or(was),
        };
        let attributes = parts::attributes(flaws, &row.field("attributes"), wish.attributes);
        let contributors = parts::contributors(flaws, &row.field("contributors"), wish.contributors, &self.known.makers);
        let publications = parts::publications(flaws, &row.field("publications"), wish.publications);
        let (handle, language) = (handle?, language?);
        Some(ProductRow {
            id,
            handle,
            kind,
            status,
            category,
            language,
            option_names,
            texts,
            attributes,
            contributors,
            publications,
            variants,
        })
    }

    /// Whether this is the product's only row, and the product is there if it has to be.
    fn may_be_meant(&mut self, at: &Trail<'_>, which: Which, is_there: bool) -> Result<(), Flaw> {
        if matches!(which, Which::Known(_)) && !is_there {
            return Err(at.field("id").flaw(Code::NotFound, "there is no such product"));
        }
        if !self.products.insert(which.id()) {
            return Err(at.field("id").flaw(Code::Conflict, "another row of this batch is about the same product"));
        }
        Ok(())
    }

    fn handle(&mut self, at: &Trail<'_>, wish: &SaveProduct, before: Option<&KnownProduct>) -> Result<String, Flaw> {
        let id = wish.which.id();
        let (Some(wanted), true) = (wanted_handle(wish), wish.handle.is_some() || before.is_none()) else {
            return Ok(before.map(|before| before.handle.clone()).unwrap_or_default());
        };
        let is_free = |handle: &str| self.known.handles.get(handle).is_none_or(|owner| *owner == id) && !self.handles.contains(handle);
        let handle = if wish.handle.is_some() {
            if !words::is_handle(&wanted, 120) {
                return Err(at.invalid("a handle has 1 to 120 lower-case letters, digits and hyphens, beginning with a letter or digit"));
            }
            if !is_free(&wanted) {
                return Err(at.flaw(Code::Conflict, format!("another product has the handle {wanted:?}; choose another")));
            }
            wanted
        } else if wanted.is_empty() || !is_free(&wanted) {
            // The number's last digits are random
            let tail = format!("{:08x}", id.0.as_u128() & 0xffff_ffff);
            if wanted.is_empty() { format!("p-{tail}") } else { format!("{wanted}-{tail}") }
        } else {
            wanted
        };
        self.handles.insert(handle.clone());
        Ok(handle)
    }

    fn category(
        &self,
        flaws: &mut Flaws,
        at: &Trail<'_>,
        wished: &Change<CategoryId>,
        before: Option<&KnownProduct>,
    ) -> Option<CategoryId> {
        let was = before.and_then(|before| before.category);
        match wished {
            Change::Keep => was,
            Change::Clear => None,
            Change::To(category) if self.known.categories.contains(category) => Some(*category),
            Change::To(_) => flaws.part(Err(at.flaw(Code::NotFound, "there is no such category"))).unwrap_or(was),
        }
    }
}

fn kind(at: &Trail<'_>, asked: Option<ProductKind>, before: Option<&KnownProduct>) -> Result<ProductKind, Flaw> {
    match (asked, before.map(|before| before.kind)) {
        (Some(asked), Some(was)) if asked != was => {
            Err(at.flaw(Code::NotNow, "what sort of thing a product is never changes; archive it and make another"))
        }
        (asked, was) => Ok(was.or(asked).unwrap_or(ProductKind::Goods)),
    }
}

/// The product's own language, in which it has to have a text.
fn language(row: &Trail<'_>, wish: &SaveProduct, texts: Option<&[crate::Text]>, before: Option<&KnownProduct>) -> Result<String, Flaw> {
    let first = texts.and_then(|texts| texts.first()).map(|text| text.language.clone());
    let language = wish.language.as_deref().map(|language| language.trim().to_owned());
    let language = language.or_else(|| before.map(|before| before.language.clone())).or(first);
    let Some(language) = language else {
        return Err(row.field("texts").invalid("a new product takes a title: a text in at least one language"));
    };
    let is_written = match (texts, before) {
        (Some(texts), _) => texts.iter().any(|text| text.language == language),
        (None, Some(before)) => before.languages.contains(&language),
        (None, None) => false,
    };
    if is_written {
        Ok(language)
    } else {
        Err(row.field("texts").invalid(format!("there is no text in {language:?}, the product's own language; add it, or name another")))
    }
}

fn option_names(at: &Trail<'_>, asked: Option<Vec<String>>, before: Option<&KnownProduct>) -> Result<Vec<String>, Flaw> {
    let Some(asked) = asked else {
        return Ok(before.map(|before| before.option_names.clone()).unwrap_or_default());
    };
    if asked.len() > MAX_OPTIONS {
        return Err(at.invalid(format!("a product has {MAX_OPTIONS} options at most")));
    }
    let mut names: Vec<String> = Vec::with_capacity(asked.len());
    for (place, name) in asked.iter().enumerate() {
        let name = words::line(name, LONGEST_OPTION);
        let name =
            name.ok_or_else(|| at.item(place).invalid(format!("an option's name has 1 to {LONGEST_OPTION} characters on one line")))?;
        if names.contains(&name) {
            return Err(at.item(place).invalid(format!("the option {name:?} is named twice")));
        }
        names.push(name);
    }
    Ok(names)
}
