//! Whose goods they are: handles, and what was probably meant by one that nobody has.

use std::collections::HashMap;

use identity::{Party, PartyKind};
use kernel::PartyId;

/// How many handles are offered instead of an unknown one.
const OFFERED: usize = 3;
/// Handles that differ by more keystrokes than this were not meant.
const FURTHEST: usize = 3;

/// The parties of a co-op by handle.
#[derive(Clone, Debug)]
pub(crate) struct Makers {
    by_handle: HashMap<String, (PartyId, PartyKind)>,
    /// The handles of those who have a name, in lower case.
    by_name: HashMap<String, Vec<String>>,
}

impl Makers {
    pub(crate) fn new(parties: Vec<Party>) -> Self {
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        for party in &parties {
            by_name.entry(party.name.trim().to_lowercase()).or_default().push(party.handle.clone());
        }
        Self { by_handle: parties.into_iter().map(|party| (party.handle, (party.id, party.kind))).collect(), by_name }
    }

    /// The party of that handle or, as other systems write it, of that name.
    pub(crate) fn called(&self, text: &str) -> Result<PartyId, String> {
        if self.by_handle.contains_key(&text.to_lowercase()) {
            return self.find(text);
        }
        match self.by_name.get(&text.to_lowercase()).map(Vec::as_slice) {
            Some([only]) => self.find(only),
            Some(several) => Err(format!("{} are called {text:?}; write the handle of the one that is meant", several.join(" and "))),
            None => self.find(text),
        }
    }

    /// The party of that handle, if it can own goods; else what is wrong and what may have been meant.
    pub(crate) fn find(&self, handle: &str) -> Result<PartyId, String> {
        let owns = |kind| match kind {
            PartyKind::Member | PartyKind::Coop | PartyKind::Pool => true,
            PartyKind::Venue | PartyKind::Affiliate | PartyKind::Tax => false,
        };
        match self.by_handle.get(&handle.to_lowercase()) {
            Some((party, kind)) if owns(*kind) => Ok(*party),
            Some(_) => Err(format!("{handle} is not a maker; goods belong to a member, a pool or the co-op")),
            None => {
                let mut near: Vec<(usize, &str)> = self
                    .by_handle
                    .iter()
                    .filter(|(_, (_, kind))| owns(*kind))
                    .map(|(known, _)| (distance(handle, known), known.as_str()))
                    .collect();
                near.retain(|(distance, known)| *distance <= FURTHEST.min(known.len() / 2));
                near.sort_unstable();
                let near: Vec<&str> = near.into_iter().take(OFFERED).map(|(_, known)| known).collect();
                Err(if near.is_empty() {
                    format!("there is no maker {handle:?}; add the party or correct the handle")
                } else {
                    format!("there is no maker {handle:?}; did you mean {}?", near.join(" or "))
                })
            }
        }
    }
}

/// The number of single characters to insert, remove or replace to get from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (removed, from_char) in from.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = removed + 1;
        for (place, to_char) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(from_char != *to_char);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn makers() -> Makers {
        let of = |id, kind| (PartyId(id), kind);
        let named = |name: &str, handles: &[&str]| (name.to_owned(), handles.iter().map(|handle| (*handle).to_owned()).collect());
        Makers {
            by_handle: HashMap::from([
                ("ana-potter".to_owned(), of(1, PartyKind::Member)),
                ("anna-potter".to_owned(), of(2, PartyKind::Member)),
                ("co-op".to_owned(), of(3, PartyKind::Coop)),
                ("the-quay".to_owned(), of(4, PartyKind::Venue)),
            ]),
            by_name: HashMap::from([named("ana potter", &["ana-potter"]), named("a. potter", &["ana-potter", "anna-potter"])]),
        }
    }

    #[test]
    fn makers_are_found_by_a_name_that_only_one_of_them_has() {
        assert_eq!(makers().called("Ana Potter"), Ok(PartyId(1)));
        assert_eq!(makers().called("ANNA-potter"), Ok(PartyId(2)));
        assert!(makers().called("A. Potter").unwrap_err().starts_with("ana-potter and anna-potter are called"));
        assert!(makers().called("Zoe").unwrap_err().contains("there is no maker \"Zoe\""));
    }

    #[test]
    fn handles_are_found_whatever_their_case() {
        assert_eq!(makers().find("Ana-Potter"), Ok(PartyId(1)));
        assert_eq!(makers().find("co-op"), Ok(PartyId(3)));
    }

    #[test]
    fn an_unknown_handle_is_answered_with_those_that_are_near() {
        assert_eq!(makers().find("ana-poter").unwrap_err(), "there is no maker \"ana-poter\"; did you mean ana-potter or anna-potter?");
        assert!(makers().find("zebedee").unwrap_err().contains("add the party or correct the handle"));
        assert!(makers().find("the-quay").unwrap_err().contains("is not a maker"));
    }
}
