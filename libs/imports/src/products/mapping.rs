//! What somebody else's file calls our columns.

use super::fields::{COLUMNS, Field};

/// Our column, and the header that their file has for it. Columns that it does not name keep our names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(Vec<(usize, String)>);

impl Mapping {
    /// A mapping of pairs: our column, their header.
    ///
    /// # Errors
    /// A sentence, when a column is none of ours, is named twice, or is read from nothing.
    pub fn try_new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut found: Vec<(usize, String)> = Vec::new();
        for (ours, theirs) in pairs {
            let (ours, theirs) = (ours.trim().to_lowercase(), theirs.trim());
            let Some(place) = COLUMNS.iter().position(|column| *column == ours) else {
                return Err(format!("{ours:?} is none of our columns; they are {}", COLUMNS.join(", ")));
            };
            if found.iter().any(|(known, _)| *known == place) {
                return Err(format!("{ours} is mapped twice; keep one"));
            }
            if theirs.is_empty() {
                return Err(format!("{ours} is read from no column; name their header, or leave {ours} out"));
            }
            found.push((place, theirs.to_owned()));
        }
        Ok(Self(found))
    }

    /// Reads a mapping file: a line `ours = theirs` for each column, as in `title = "Product name"`; `#` begins a remark.
    ///
    /// # Errors
    /// A sentence that names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pairs = Vec::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let pair = line.split_once('=').ok_or_else(|| format!("line {number} is no `ours = theirs`: {line}"))?;
            let theirs = pair.1.trim();
            let theirs = theirs.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(theirs);
            pairs.push((pair.0, theirs));
        }
        Self::try_new(pairs)
    }

    /// The header that a field is read from, if it was said.
    pub(crate) fn theirs(&self, field: Field) -> Option<&str> {
        self.0.iter().find(|(place, _)| *place == field as usize).map(|(_, theirs)| theirs.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_file_is_lines_of_ours_and_theirs() {
        let mapping = Mapping::parse("# the old shop\ntitle = \"Product name\"\n\nsku=Code\r\nprice = Price = net\n").unwrap();
        assert_eq!(mapping.theirs(Field::Title), Some("Product name"));
        assert_eq!(mapping.theirs(Field::Sku), Some("Code"));
        assert_eq!(mapping.theirs(Field::Price), Some("Price = net"));
        assert_eq!(mapping.theirs(Field::Barcode), None);
    }

    #[test]
    fn what_a_mapping_cannot_mean_is_said() {
        for (text, said) in [
            ("titel = Name", "\"titel\" is none of our columns"),
            ("title = a\ntitle = b", "title is mapped twice"),
            ("title =", "title is read from no column"),
            ("# fine\njust words", "line 2 is no `ours = theirs`"),
        ] {
            let told = Mapping::parse(text).unwrap_err();
            assert!(told.contains(said), "{told}");
        }
    }
}
