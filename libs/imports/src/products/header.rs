//! The header of a product file: what stands where.

use csv::ByteRecord;

use super::{
    Mapping,
    fields::{COLUMNS, Field},
    format::Format,
};
use crate::{ImportsError, columns::TOLD};

/// Square counts each place in columns of its own.
const COUNTED: &str = "current quantity ";
const TO_BE: &str = "new quantity ";

/// The stock columns of a place, by its name in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shelf {
    pub(crate) name: String,
    counted: Option<usize>,
    to_be: Option<usize>,
}

/// Where each field stands in a record.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) format: Format,
    places: [Option<usize>; Field::ALL.len()],
    pub(crate) shelves: Vec<Shelf>,
    /// As the file has them.
    pub(crate) names: Vec<String>,
    /// Those that nobody reads.
    pub(crate) unread: Vec<String>,
}

impl Header {
    /// Reads the header of `file`. Without a format, its columns tell which one it is.
    pub(crate) fn parse(record: &ByteRecord, file: &str, format: Option<Format>, mapping: Option<&Mapping>) -> Result<Self, ImportsError> {
        let not_a_table = |what: String| ImportsError::NotATable { path: file.to_owned(), what };
        let mut names = Vec::with_capacity(record.len());
        for field in record {
            let name = std::str::from_utf8(field);
            let name = name.map_err(|_| not_a_table("its header is not UTF-8; save it as CSV in UTF-8".to_owned()))?;
            names.push(name.trim_start_matches('\u{feff}').trim().to_owned());
        }
        if let [only] = names.as_slice()
            && let Some(found) = [';', '\t', '|'].into_iter().find(|separator| only.contains(*separator))
        {
            return Err(not_a_table(format!("its columns are separated by {found:?}; save it with commas")));
        }
        let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let format = match (format, mapping) {
            (Some(format), None) => format,
            (Some(Format::Plain) | None, Some(_)) => Format::Plain,
            (Some(format), Some(_)) => {
                return Err(not_a_table(format!("a mapping goes with plain files; {format} files name their own columns")));
            }
            (None, None) => Format::detect(&lower).ok_or_else(|| not_a_table(nobodys_columns()))?,
        };
        let mut header =
            Self { format, places: [None; Field::ALL.len()], shelves: shelves(format, &lower, &names), names, unread: Vec::new() };
        header.find(&lower, file, mapping)?;
        let read = |place: &usize| {
            header.places.contains(&Some(*place))
                || header.shelves.iter().any(|shelf| shelf.counted == Some(*place) || shelf.to_be == Some(*place))
                || TOLD.contains(&lower[*place].as_str())
                || lower[*place].is_empty()
        };
        header.unread = (0..lower.len()).filter(|place| !read(place)).map(|place| header.names[place].clone()).collect();
        Ok(header)
    }

    fn find(&mut self, lower: &[String], file: &str, mapping: Option<&Mapping>) -> Result<(), ImportsError> {
        let not_a_table = |what: String| ImportsError::NotATable { path: file.to_owned(), what };
        for field in Field::ALL {
            let mapped = mapping.and_then(|mapping| mapping.theirs(field));
            let own = self.format.names(field);
            let candidates: Vec<String> = match mapped {
                Some(theirs) => vec![theirs.to_lowercase()],
                None => own.iter().map(|name| (*name).to_owned()).collect(),
            };
            let Some(name) = candidates.iter().find(|name| lower.contains(name)) else {
                if let Some(theirs) = mapped {
                    return Err(not_a_table(format!("the mapping reads {} from {theirs:?}, but there is no such column", own[0])));
                }
                continue;
            };
            if lower.iter().filter(|known| *known == name).count() > 1 {
                return Err(not_a_table(format!("the column {name:?} is there twice; keep one")));
            }
            self.places[field as usize] = lower.iter().position(|known| known == name);
        }
        let needed = self.format.needed();
        let name = |field: &Field| self.format.names(*field)[0];
        let missing: Vec<&'static str> = needed.iter().filter(|field| !self.has(**field)).map(name).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let all = needed.iter().map(name).collect::<Vec<_>>().join(", ");
        Err(ImportsError::MissingColumns { path: file.to_owned(), missing, all })
    }

    /// Whether the file has such a column.
    pub(crate) const fn has(&self, field: Field) -> bool {
        self.places[field as usize].is_some()
    }

    /// What a row says there, trimmed; empty where it says nothing. On failure, what is wrong with it.
    pub(crate) fn field<'a>(&self, record: &'a ByteRecord, field: Field) -> Result<&'a str, String> {
        self.places[field as usize].map_or(Ok(""), |place| self.text(record, place))
    }

    /// How many units the shelf is said to hold; what is to be counts before what was counted.
    pub(crate) fn on_shelf<'a>(&self, record: &'a ByteRecord, of: &Shelf) -> Result<&'a str, String> {
        for place in [of.to_be, of.counted].into_iter().flatten() {
            let text = self.text(record, place)?;
            if !text.is_empty() {
                return Ok(text);
            }
        }
        Ok("")
    }

    /// The apostrophe that a rejects file puts before what looks like a formula is taken off again.
    fn text<'a>(&self, record: &'a ByteRecord, place: usize) -> Result<&'a str, String> {
        let name = &self.names[place];
        let text = std::str::from_utf8(record.get(place).unwrap_or_default());
        let text = text.map_err(|_| format!("{name} is not UTF-8; save the file as CSV in UTF-8"))?.trim();
        if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
            return Err(format!("{name} contains a control character; remove it"));
        }
        Ok(text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text))
    }
}

fn nobodys_columns() -> String {
    format!(
        "its columns are those of no product file that is known here; a plain one has {}, and a mapping says what others call them",
        COLUMNS.join(", ")
    )
}

fn shelves(format: Format, lower: &[String], names: &[String]) -> Vec<Shelf> {
    if format != Format::Square {
        return Vec::new();
    }
    let mut shelves: Vec<Shelf> = Vec::new();
    for (place, name) in lower.iter().enumerate() {
        let counted = name.starts_with(COUNTED);
        let Some(prefix) = [COUNTED, TO_BE].into_iter().find(|prefix| name.starts_with(prefix)) else { continue };
        let shown = names[place].get(prefix.len()..).unwrap_or_default().trim();
        let found = shelves.iter().position(|shelf| shelf.name == shown).unwrap_or_else(|| {
            shelves.push(Shelf { name: shown.to_owned(), counted: None, to_be: None });
            shelves.len() - 1
        });
        if counted {
            shelves[found].counted = Some(place);
        } else {
            shelves[found].to_be = Some(place);
        }
    }
    shelves
}
