//! The header: which column stands where.

use csv::ByteRecord;

use crate::ImportsError;

/// The columns that a file has to have, in any order, upper or lower case.
pub const COLUMNS: [&str; 10] =
    ["sale_id", "sold_at", "channel", "sku", "description", "quantity", "unit_price", "currency", "buyer", "maker"];

/// What a rejects file has besides. When it comes back, mended, nobody reads them.
pub(crate) const TOLD: [&str; 2] = ["line", "reason"];

/// Where each of [`COLUMNS`] stands in a record.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    places: [usize; COLUMNS.len()],
    width: usize,
    /// Columns that nobody reads, by name.
    pub(crate) unknown: Vec<String>,
}

impl Columns {
    /// Reads the header of the file `path`.
    pub(crate) fn parse(header: &ByteRecord, path: &str) -> Result<Self, ImportsError> {
        let not_a_table = |what: String| ImportsError::NotATable { path: path.to_owned(), what };
        let mut names = Vec::with_capacity(header.len());
        for field in header {
            let name =
                std::str::from_utf8(field).map_err(|_| not_a_table("its header is not UTF-8; save it as CSV in UTF-8".to_owned()))?;
            names.push(name.trim_start_matches('\u{feff}').trim().to_lowercase());
        }
        if let [only] = names.as_slice()
            && let Some(found) = [';', '\t', '|'].into_iter().find(|separator| only.contains(*separator))
        {
            return Err(not_a_table(format!("its columns are separated by {found:?}; save it with commas")));
        }
        if let Some(twice) =
            names.iter().enumerate().find(|(place, name)| names[..*place].contains(name) && COLUMNS.contains(&name.as_str()))
        {
            return Err(not_a_table(format!("the column {} is there twice; keep one", twice.1)));
        }
        let place = |column: &&str| names.iter().position(|name| name == column);
        let missing: Vec<&'static str> = COLUMNS.iter().filter(|column| place(column).is_none()).copied().collect();
        if !missing.is_empty() {
            return Err(ImportsError::MissingColumns { path: path.to_owned(), missing, all: COLUMNS.join(", ") });
        }
        let places = COLUMNS.map(|column| place(&column).expect("a column that is not missing has a place"));
        let known = |name: &String| COLUMNS.iter().chain(&TOLD).any(|column| name == column);
        let unknown = names.iter().filter(|name| !known(name)).cloned().collect();
        Ok(Self { places, width: names.len(), unknown })
    }

    /// How many fields a row has.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// The field of a column by its place in [`COLUMNS`], trimmed; empty where the row is too short. The apostrophe that a
    /// rejects file puts before what looks like a formula is taken off again.
    pub(crate) fn field<'a>(&self, record: &'a ByteRecord, column: usize) -> &'a [u8] {
        let field = record.get(self.places[column]).unwrap_or_default().trim_ascii();
        match field {
            [b'\'', b'=' | b'+' | b'-' | b'@', ..] => &field[1..],
            _ => field,
        }
    }
}
