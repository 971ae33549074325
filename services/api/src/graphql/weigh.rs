//! How heavy a document is, before anything of it is run: first its letters, then its fields.
//!
//! Parsing and validating recurse, and validation visits a fragment as often as it is spread, so a short text could keep a
//! processor busy for years. Here the letters are counted in one pass, and each fragment is weighed once.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet},
};
use chrono::{DateTime, Datelike as _, Utc};

use super::limits::{MAX_ALIASES, MAX_DEPTH, MAX_DIRECTIVES, MAX_DOCUMENT_BYTES, MAX_FIELDS, MAX_NESTING};

/// Why a document is not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TooHeavy {
    #[error("the document has more than {MAX_DOCUMENT_BYTES} bytes")]
    Long,
    #[error("the document is nested deeper than {MAX_NESTING} brackets or {MAX_DEPTH} fields")]
    Deep,
    #[error("the document has more than {MAX_ALIASES} aliases")]
    Aliases,
    #[error("the document selects more than {MAX_FIELDS} fields, fragments counted in")]
    Fields,
    #[error("the document has more than {MAX_DIRECTIVES} directives")]
    Directives,
    #[error("a fragment contains itself")]
    Circle,
    #[error("a text holds the character NUL, which the database does not take")]
    Nul,
    #[error("a moment lies outside of the years 0000 to 9999, which is all that the database takes")]
    FarAway,
}

/// Looks at the letters: length and nesting, outside of strings and comments.
pub(crate) fn letters(text: &str) -> Result<(), TooHeavy> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(TooHeavy::Long);
    }
    if text.contains('\0') || text.contains("\\u0000") {
        return Err(TooHeavy::Nul);
    }
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = string_end(bytes, at);
                if is_far_away(text.get(at..end).unwrap_or_default().trim_matches('"').trim()) {
                    return Err(TooHeavy::FarAway);
                }
                at = end;
            }
            b'#' => at += bytes[at..].iter().take_while(|byte| !matches!(byte, b'\n' | b'\r')).count(),
            b'{' | b'[' | b'(' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return Err(TooHeavy::Deep);
                }
                at += 1;
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ => at += 1,
        }
    }
    Ok(())
}

/// A moment with a year of more than four digits, or before the first: written with a sign in front.
fn is_far_away(text: &str) -> bool {
    text.starts_with(['+', '-']) && text.parse::<DateTime<Utc>>().is_ok_and(|at| !(0..=9999).contains(&at.year()))
}

/// Looks at variables: neither PostgreSQL's texts hold NUL nor its moments every year, so neither is let in.
pub(crate) fn values(value: &serde_json::Value) -> Result<(), TooHeavy> {
    use serde_json::Value;
    match value {
        Value::String(text) if text.contains('\0') => Err(TooHeavy::Nul),
        Value::String(text) if is_far_away(text.trim()) => Err(TooHeavy::FarAway),
        Value::Array(items) => items.iter().try_for_each(values),
        Value::Object(fields) => fields.values().try_for_each(values),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Where the string that begins here is over.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(br#"""""#);
    let mut at = start + if block { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if block && bytes[at..].starts_with(br#"\""""#) => at += 4,
            b'\\' if !block => at += 2,
            b'"' if !block => return at + 1,
            b'"' if bytes[at..].starts_with(br#"""""#) => return at + 3,
            b'\n' if !block => return at, // not a string after all: the parser will say so
            _ => at += 1,
        }
    }
    at
}

/// Looks at the fields of a parsed document: how many, how deep, under how many other names.
pub(crate) fn fields(document: &ExecutableDocument) -> Result<(), TooHeavy> {
    let mut scale = Scale { fragments: &document.fragments, known: HashMap::new(), aliases: 0, directives: 0 };
    let mut all = Weight::default();
    for name in document.fragments.keys() {
        scale.fragment(name)?;
    }
    for (_, operation) in document.operations.iter() {
        scale.directives += operation.node.directives.len();
        all.add(scale.set(&operation.node.selection_set)?);
    }
    match () {
        () if scale.aliases > MAX_ALIASES => Err(TooHeavy::Aliases),
        () if scale.directives > MAX_DIRECTIVES => Err(TooHeavy::Directives),
        () if all.depth > MAX_DEPTH => Err(TooHeavy::Deep),
        () if all.fields > MAX_FIELDS => Err(TooHeavy::Fields),
        () => Ok(()),
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    fields: usize,
    depth: usize,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
    }
}

struct Scale<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Fragments weighed so far; nothing for those that are being weighed.
    known: HashMap<&'a Name, Option<Weight>>,
    aliases: usize,
    directives: usize,
}

impl<'a> Scale<'a> {
    fn set(&mut self, set: &'a Positioned<SelectionSet>) -> Result<Weight, TooHeavy> {
        let mut weight = Weight::default();
        for selection in &set.node.items {
            weight.add(match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::FragmentSpread(spread) => {
                    self.directives += spread.node.directives.len();
                    self.fragment(&spread.node.fragment_name.node)?
                }
                Selection::InlineFragment(inline) => {
                    self.directives += inline.node.directives.len();
                    self.set(&inline.node.selection_set)?
                }
            });
        }
        Ok(weight)
    }

    fn field(&mut self, field: &'a Field) -> Result<Weight, TooHeavy> {
        self.aliases += usize::from(field.alias.is_some());
        self.directives += field.directives.len();
        let below = self.set(&field.selection_set)?;
        Ok(Weight { fields: below.fields.saturating_add(1), depth: below.depth + 1 })
    }

    /// A fragment, weighed once however often it is spread. One that is not there weighs nothing: validation refuses it.
    fn fragment(&mut self, name: &Name) -> Result<Weight, TooHeavy> {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else { return Ok(Weight::default()) };
        match self.known.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(TooHeavy::Circle),
            None => self.known.insert(name, None),
        };
        let weight = self.set(&fragment.node.selection_set)?;
        self.known.insert(name, Some(weight));
        Ok(weight)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use async_graphql::parser::parse_query;

    use super::*;

    fn weighed(text: &str) -> Result<(), TooHeavy> {
        letters(text)?;
        fields(&parse_query(text).unwrap())
    }

    #[test]
    fn brackets_in_strings_and_comments_nest_nothing() {
        let many = "{".repeat(1_000);
        assert_eq!(weighed(&format!("{{ a(b: \"{many}\\\"\") }} # {many}")), Ok(()));
        assert_eq!(letters(&format!("{{ a(b: \"\"\"{many}\\\"\"\" \" {many}\"\"\") }}")), Ok(()));
        assert_eq!(letters("{ a(b: \"x\\u0000\") }"), Err(TooHeavy::Nul));
        assert_eq!(letters("{ a(b: \"-262143-01-01T00:00:00Z\") }"), Err(TooHeavy::FarAway));
        assert_eq!(letters("{ a(b: \"+31 20 555 01 23\", c: \"0001-01-01T00:00:00Z\") }"), Ok(()));
        assert_eq!(values(&serde_json::json!([{"at": "+10000-01-01T00:00:00Z"}])), Err(TooHeavy::FarAway));
        assert_eq!(letters(&many), Err(TooHeavy::Deep));
        assert_eq!(letters(&"[".repeat(49)), Err(TooHeavy::Deep));
    }

    #[test]
    fn depth_counts_through_fragments() {
        let spread = |depth: usize| format!("{{ a {{ ...f }} }} fragment f on A {}{}", "{ a ".repeat(depth), "}".repeat(depth));
        assert_eq!(weighed(&spread(MAX_DEPTH - 1)), Ok(()));
        assert_eq!(weighed(&spread(MAX_DEPTH)), Err(TooHeavy::Deep));
    }

    #[test]
    fn fragments_that_double_each_other_are_weighed_without_being_opened() {
        let mut text = "{ ...f0 }".to_owned();
        for number in 0..60 {
            let next = number + 1;
            write!(text, " fragment f{number} on Query {{ ...f{next} ...f{next} }}").unwrap();
        }
        text += " fragment f60 on Query { a }";
        assert_eq!(weighed(&text), Err(TooHeavy::Fields));
    }

    #[test]
    fn a_fragment_in_itself_and_too_many_names_are_refused() {
        assert_eq!(weighed("{ ...a } fragment a on Q { ...b } fragment b on Q { ...a }"), Err(TooHeavy::Circle));
        let aliases = (0..1_000).fold(String::new(), |text, number| text + "a" + &number.to_string() + ": a ");
        assert_eq!(weighed(&format!("{{ {aliases} }}")), Err(TooHeavy::Aliases));
        assert_eq!(weighed(&format!("{{ a {} }}", "@skip(if: false) ".repeat(51))), Err(TooHeavy::Directives));
    }
}
