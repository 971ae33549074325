//! What becomes of the lists that are meant whole.

use std::{collections::HashSet, hash::Hash};

use kernel::{Code, PartyId};

use crate::{
    Attribute, Contributor, Publication, Text,
    flaw::{Flaw, Flaws, Trail},
    words,
};

/// The most letters of a title.
const LONGEST_TITLE: usize = 200;
/// The most letters of a description.
const LONGEST_DESCRIPTION: usize = 20_000;
/// The most letters of an attribute's value.
const LONGEST_ATTRIBUTE: usize = 200;
/// The most letters of what somebody did.
const LONGEST_PART: usize = 80;
/// The heaviest part: weights only count beside each other.
const MOST_WEIGHT: i32 = 1_000_000;
/// The longest of these lists.
const MAX_ITEMS: usize = 100;

/// The items that will do, of a list in which no two are about the same.
fn kept<T, K: Eq + Hash>(
    flaws: &mut Flaws,
    list: &Trail<'_>,
    items: Option<Vec<T>>,
    check: impl Fn(&Trail<'_>, T) -> Result<(K, T), Flaw>,
) -> Option<Vec<T>> {
    let items = items?;
    if items.len() > MAX_ITEMS {
        flaws.whole::<()>(Err(list.invalid(format!("this list has {MAX_ITEMS} items at most"))));
        return None;
    }
    let mut seen = HashSet::with_capacity(items.len());
    let mut fresh = |at: &Trail<'_>, (key, item): (K, T)| {
        if seen.insert(key) { Ok(item) } else { Err(at.flaw(Code::Conflict, "the list says this twice")) }
    };
    let mut decided = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        let at = list.item(place);
        decided.extend(flaws.part(check(&at, item).and_then(|checked| fresh(&at, checked))));
    }
    Some(decided)
}

pub(super) fn texts(flaws: &mut Flaws, list: &Trail<'_>, texts: Option<Vec<Text>>) -> Option<Vec<Text>> {
    kept(flaws, list, texts, |at, text| {
        let language = text.language.trim().to_owned();
        if !words::is_language(&language) {
            return Err(at.field("language").invalid("write a language as in BCP 47: nl, pt-BR, zh-Hant"));
        }
        let title = words::line(&text.title, LONGEST_TITLE)
            .ok_or_else(|| at.field("title").invalid(format!("a title has 1 to {LONGEST_TITLE} characters on one line")))?;
        let description = words::paragraphs(&text.description, LONGEST_DESCRIPTION).ok_or_else(|| {
            at.field("description").invalid(format!("a description has {LONGEST_DESCRIPTION} characters at most, none of them for control"))
        })?;
        Ok((language.clone(), Text { language, title, description }))
    })
}

pub(super) fn attributes(flaws: &mut Flaws, list: &Trail<'_>, attributes: Option<Vec<Attribute>>) -> Option<Vec<Attribute>> {
    kept(flaws, list, attributes, |at, attribute| {
        let name = attribute.name.trim().to_owned();
        if !words::is_attribute(&name) {
            return Err(at
                .field("name")
                .invalid("an attribute's name has 1 to 40 lower-case letters, digits and underscores: material, made_in"));
        }
        let value = words::line(&attribute.value, LONGEST_ATTRIBUTE).ok_or_else(|| {
            at.field("value").invalid(format!("an attribute's value has 1 to {LONGEST_ATTRIBUTE} characters on one line"))
        })?;
        let attribute = Attribute { name, value };
        Ok((attribute.clone(), attribute))
    })
}

pub(super) fn contributors(
    flaws: &mut Flaws,
    list: &Trail<'_>,
    contributors: Option<Vec<Contributor>>,
    makers: &HashSet<PartyId>,
) -> Option<Vec<Contributor>> {
    kept(flaws, list, contributors, |at, one| {
        if !makers.contains(&one.party) {
            return Err(at
                .field("party")
                .flaw(Code::NotFound, "there is no such maker: only members and the co-op itself have a hand in products"));
        }
        if !(1..=MOST_WEIGHT).contains(&one.weight) {
            return Err(at.field("weight").invalid(format!("a weight is 1 to {MOST_WEIGHT}; it counts beside the others'")));
        }
        let part = words::line(&one.part, LONGEST_PART);
        let part = if one.part.trim().is_empty() { Some(String::new()) } else { part };
        let part =
            part.ok_or_else(|| at.field("part").invalid(format!("what somebody did is said in {LONGEST_PART} characters on one line")))?;
        Ok((one.party, Contributor { part, ..one }))
    })
}

pub(super) fn publications(flaws: &mut Flaws, list: &Trail<'_>, publications: Option<Vec<Publication>>) -> Option<Vec<Publication>> {
    kept(flaws, list, publications, |at, one| {
        if one.until.is_some_and(|until| until <= one.from) {
            return Err(at.field("until").invalid("it would end before it begins"));
        }
        Ok((one.channel, one))
    })
}
