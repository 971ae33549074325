//! The file as records: read once from beginning to end, later again at any place.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use csv::{ByteRecord, Position};

use crate::{ImportsError, columns::Columns};

/// A header is no longer than this, in bytes.
const MAX_HEADER: u64 = 64 * 1024;

/// Where a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) byte: u64,
    pub(crate) line: u64,
}

/// An open file whose header is read. Reading blocks the thread for as long as the disk takes: imports run in a process of
/// their own.
#[derive(Debug)]
pub(crate) struct Table {
    reader: csv::Reader<BufReader<File>>,
    path: String,
    /// Its size in bytes when it was opened.
    pub(crate) bytes: u64,
    pub(crate) columns: Columns,
    first: Position,
    /// Whether its lines end in CR LF; the last one may end in nothing.
    crlf: bool,
    ends_in_newline: bool,
}

impl Table {
    pub(crate) fn open(path: &Path) -> Result<Self, ImportsError> {
        let shown = path.display().to_string();
        let unreadable = |source| ImportsError::Unreadable { path: shown.clone(), source };
        let mut file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let mut mark = [0; 2];
        let read = file.read(&mut mark).map_err(unreadable)?;
        if read == 2 && (mark == [0xff, 0xfe] || mark == [0xfe, 0xff]) {
            return Err(ImportsError::NotATable { path: shown, what: "it is UTF-16; save it as CSV in UTF-8".to_owned() });
        }
        let (crlf, ends_in_newline) = line_ends(&mut file, bytes).map_err(unreadable)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(BufReader::new(file));
        let mut header = ByteRecord::new();
        if !reader.read_byte_record(&mut header).map_err(|error| of_csv(error, &shown))? {
            return Err(ImportsError::NotATable { path: shown, what: "it is empty; it needs a header and rows".to_owned() });
        }
        let columns = Columns::parse(&header, &shown)?;
        let first = reader.position().clone();
        Ok(Self { reader, path: shown, bytes, columns, first, crlf, ends_in_newline })
    }

    /// The file's name, as the caller gave it.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Goes back to the first row.
    pub(crate) fn rewind(&mut self) -> Result<(), ImportsError> {
        let first = self.first.clone();
        self.reader.seek(first).map_err(|error| of_csv(error, &self.path))
    }

    /// Reads the next record; says where it begins. `None` at the end.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<Place>, ImportsError> {
        if !self.reader.read_byte_record(record).map_err(|error| of_csv(error, &self.path))? {
            return Ok(None);
        }
        let byte = record.position().expect("a record that was read has a position").byte();
        // The reader says where it began to look, which may be empty lines earlier: count back from where it stands now.
        let end = self.reader.position();
        let inside: usize = record.iter().map(|field| field.split(|byte| *byte == b'\n').count() - 1).sum();
        let behind = !self.crlf && (end.byte() < self.bytes || self.ends_in_newline);
        let line = end.line().saturating_sub(inside as u64 + u64::from(behind));
        Ok(Some(Place { byte, line }))
    }

    /// Reads the record that begins there.
    pub(crate) fn at(&mut self, place: Place, record: &mut ByteRecord) -> Result<(), ImportsError> {
        if self.reader.position().byte() != place.byte {
            let mut position = Position::new();
            position.set_byte(place.byte).set_line(place.line);
            self.reader.seek(position).map_err(|error| of_csv(error, &self.path))?;
        }
        match self.next(record)? {
            Some(found) if found.byte == place.byte => Ok(()),
            _ => Err(self.changed(place.line)),
        }
    }

    pub(crate) fn changed(&self, line: u64) -> ImportsError {
        ImportsError::Changed { path: self.path.clone(), line }
    }
}

/// Whether the first line ends in CR LF, and whether the file ends in a newline. Leaves the file at its beginning.
fn line_ends(file: &mut File, bytes: u64) -> std::io::Result<(bool, bool)> {
    file.rewind()?;
    let mut header = Vec::new();
    BufReader::new(&mut *file).take(MAX_HEADER).read_until(b'\n', &mut header)?;
    let mut last = [0; 1];
    if bytes > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    file.rewind()?;
    Ok((header.ends_with(b"\r\n"), last == [b'\n']))
}

fn of_csv(error: csv::Error, path: &str) -> ImportsError {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => ImportsError::Unreadable { path: path.to_owned(), source },
        // Fields are bytes and records of any length are taken: only reading itself can fail
        other => ImportsError::NotATable { path: path.to_owned(), what: format!("it is not CSV: {other:?}") },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn lines_of(text: &str) -> Vec<u64> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut table = Table::open(file.path()).unwrap();
        let mut record = ByteRecord::new();
        let mut places = Vec::new();
        while let Some(place) = table.next(&mut record).unwrap() {
            places.push((place, record.get(0).unwrap().to_vec()));
        }
        // And back again, in another order
        for (place, first) in places.iter().rev() {
            table.at(*place, &mut record).unwrap();
            assert_eq!(record.get(0).unwrap(), first);
        }
        places.iter().map(|(place, _)| place.line).collect()
    }

    const HEADER: &str = "sale_id,sold_at,channel,sku,description,quantity,unit_price,currency,buyer,maker";

    #[test]
    fn records_know_the_line_they_begin_on_whatever_ends_the_lines() {
        let row = "1,2,3,4,\"two\nlines\",6,7,8,9,10";
        assert_eq!(lines_of(&format!("{HEADER}\n{row}\n{row}\n\n{row}\n")), [2, 4, 7]);
        assert_eq!(lines_of(&format!("\u{feff}{HEADER}\r\n{row}\r\n{row}\r\n")), [2, 4]);
        assert_eq!(lines_of(&format!("{HEADER}\r\n{row}\r\n\r\n{row}")), [2, 5]);
        assert_eq!(lines_of(&format!("{HEADER}\n{row}\n{row}")), [2, 4]);
    }
}
