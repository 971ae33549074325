//! The first pass: every row is read and checked, and what is kept of it is where it stands.

use std::collections::HashMap;

use csv::ByteRecord;

use crate::{
    ImportsError,
    file::{Place, Table},
    row::Reader,
};

/// The most rows of one import: a place for each of them is kept in memory, about a hundred bytes with its sale.
pub const MAX_ROWS: usize = 1_000_000;

/// How often progress is told, in rows.
const TELL_EVERY: usize = 5_000;

/// The rows that name one sale.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Those that sell.
    pub(crate) sold: Vec<Place>,
    /// Set when one of them cannot be read, or the sale cannot be booked: none of them goes in then.
    pub(crate) rejected: Option<Box<Rejection>>,
}

/// Why the rows of a sale do not go in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    /// The line at fault; 0 when it is the sale as a whole.
    pub(crate) line: u64,
    pub(crate) reason: String,
}

/// What the first pass found.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// By what the rows call their sale.
    pub(crate) sales: HashMap<Box<[u8]>, Rows>,
    /// The sales in the order in which they first appear.
    pub(crate) order: Vec<Box<[u8]>>,
    /// Rows that give back, in order.
    pub(crate) refunds: Vec<Place>,
    /// Every row that is not empty.
    pub(crate) rows: usize,
}

impl Scan {
    /// Reads the whole file; `tell` hears how many rows and bytes are behind.
    pub(crate) fn of(table: &mut Table, reader: &Reader, tell: &mut dyn FnMut(usize, u64)) -> Result<Self, ImportsError> {
        let mut scan = Self::default();
        let mut record = ByteRecord::new();
        let mut total: i128 = 0;
        while let Some(place) = table.next(&mut record)? {
            if is_blank(&record) {
                continue;
            }
            scan.rows += 1;
            if scan.rows > MAX_ROWS {
                return Err(ImportsError::TooManyRows { path: table.path().to_owned(), limit: MAX_ROWS });
            }
            total += i128::from(scan.take(reader, &record, place));
            if scan.rows.is_multiple_of(TELL_EVERY) {
                tell(scan.rows, place.byte);
            }
        }
        if total > i128::from(i64::MAX) {
            return Err(ImportsError::TooMuch { path: table.path().to_owned() });
        }
        tell(scan.rows, table.bytes);
        Ok(scan)
    }

    /// Keeps a row's place; returns what it comes to.
    fn take(&mut self, reader: &Reader, record: &ByteRecord, place: Place) -> i64 {
        let key = reader.sale_key(record);
        let read = reader.read(record, place.line);
        if key.is_empty() {
            return 0; // rejected by itself: it belongs to no sale
        }
        if !self.sales.contains_key(key) {
            self.order.push(key.into());
            self.sales.insert(key.into(), Rows::default());
        }
        let rows = self.sales.get_mut(key).expect("it was put there just now");
        match read {
            Ok(row) if row.is_refund() => {
                self.refunds.push(place);
                row.amount()
            }
            Ok(row) => {
                rows.sold.push(place);
                row.amount()
            }
            Err(reason) => {
                rows.rejected.get_or_insert_with(|| Box::new(Rejection { line: place.line, reason }));
                0
            }
        }
    }

    /// Why no row of this sale goes in, when none does.
    pub(crate) fn rejection(&self, key: &[u8]) -> Option<&Rejection> {
        self.sales.get(key)?.rejected.as_deref()
    }

    /// From now on no row of this sale goes in.
    pub(crate) fn reject(&mut self, key: &[u8], reason: String) {
        if let Some(rows) = self.sales.get_mut(key) {
            rows.rejected.get_or_insert_with(|| Box::new(Rejection { line: 0, reason }));
        }
    }
}

/// Spreadsheets end with rows of commas.
pub(crate) fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|field| field.trim_ascii().is_empty())
}
