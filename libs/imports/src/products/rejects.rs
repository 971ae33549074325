//! The rejects file of a product import: the rows that did not go in, as they came, with their line and what is wrong. Mend
//! them there, and import that file.

use std::{collections::HashMap, io::Write};

use csv::ByteRecord;

use super::{
    run::ProductFile,
    sheet::{Records, Sheet},
};
use crate::{ImportsError, columns::TOLD, rejects::harmless};

/// Writes the header of the file and the rows of these lines.
pub(crate) fn write(to: &mut dyn Write, file: ProductFile<'_>, sheet: &Sheet, rejected: &[(u64, String)]) -> Result<(), ImportsError> {
    let reasons: HashMap<u64, &str> = rejected.iter().map(|(line, reason)| (*line, reason.as_str())).collect();
    let mut writer = csv::Writer::from_writer(to);
    let is_told = |name: &str| TOLD.contains(&name.to_lowercase().as_str());
    let kept: Vec<usize> = (0..sheet.header.names.len()).filter(|place| !is_told(&sheet.header.names[*place])).collect();
    let names = kept.iter().map(|place| sheet.header.names[*place].as_str());
    writer.write_record(names.chain(TOLD)).map_err(ImportsError::Rejects)?;
    let (mut records, mut record) = (Records::new(file.bytes), ByteRecord::new());
    while let Some(place) = records.next(&mut record, file.name)? {
        if let Some(reason) = reasons.get(&place.line) {
            let fields = kept.iter().map(|column| harmless(record.get(*column).unwrap_or_default()));
            writer
                .write_record(fields.chain([place.line.to_string().into_bytes(), harmless(reason.as_bytes())]))
                .map_err(ImportsError::Rejects)?;
        }
    }
    writer.flush().map_err(|error| ImportsError::Rejects(error.into()))
}
