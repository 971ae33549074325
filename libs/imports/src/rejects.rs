//! The rejects file: the rows that did not go in, as they came, with their line and what is wrong. Mend them there, and
//! import that file.

use std::io::Write;

use csv::ByteRecord;

use crate::{
    ImportsError,
    columns::{COLUMNS, Columns, TOLD},
};

/// Writes rejected rows; to nowhere when nobody asked for them.
pub(crate) struct Rejects<'a>(Option<csv::Writer<&'a mut dyn Write>>);

impl<'a> Rejects<'a> {
    pub(crate) fn new(to: Option<&'a mut dyn Write>) -> Result<Self, ImportsError> {
        let mut writer = to.map(csv::Writer::from_writer);
        if let Some(writer) = &mut writer {
            writer.write_record(COLUMNS.iter().chain(&TOLD)).map_err(ImportsError::Rejects)?;
        }
        Ok(Self(writer))
    }

    pub(crate) fn write(&mut self, columns: &Columns, record: &ByteRecord, line: u64, reason: &str) -> Result<(), ImportsError> {
        let Some(writer) = &mut self.0 else { return Ok(()) };
        let fields = (0..COLUMNS.len()).map(|column| harmless(columns.field(record, column)));
        let told = [line.to_string().into_bytes(), harmless(reason.as_bytes())];
        writer.write_record(fields.chain(told)).map_err(ImportsError::Rejects)
    }

    pub(crate) fn finish(self) -> Result<(), ImportsError> {
        self.0.map_or(Ok(()), |mut writer| writer.flush().map_err(|error| ImportsError::Rejects(error.into())))
    }
}

/// A spreadsheet runs fields that begin like a formula: those get an apostrophe in front, which spreadsheets do not show.
/// Numbers stay numbers.
pub(crate) fn harmless(field: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(field);
    let is_number = || {
        let digits = text.trim().trim_start_matches(['+', '-']);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let risky = text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number();
    if risky { format!("'{text}").into_bytes() } else { text.into_owned().into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_field_that_a_spreadsheet_would_run_is_made_text() {
        for (field, written) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            (" =1", "' =1"),
            ("-12", "-12"),
            ("+1.50", "+1.50"),
            ("plain = text", "plain = text"),
        ] {
            assert_eq!(harmless(field.as_bytes()), written.as_bytes());
        }
    }
}
