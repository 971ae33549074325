//! A whole product file: its rows gathered by product, and those that cannot be understood, each with the reason.

use std::{collections::HashMap, ops::Range};

use csv::{ByteRecord, ReaderBuilder};
use kernel::PartyId;

use super::{
    Options,
    header::Header,
    row::{Head, Item, Reader},
};
use crate::{ImportsError, makers::Makers, scan::is_blank};

/// A file is no larger than this, in bytes: its rows are held in memory until it is imported.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// A file has no more rows than this.
pub const MAX_ROWS: usize = 200_000;

/// A product has no more rows than this: more variants than any other system takes.
const MAX_VARIANTS: usize = 5_000;

/// A row's place: its first line, and the bytes that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u64,
    pub(crate) bytes: Range<usize>,
}

/// A product and all rows that speak of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) handle: String,
    pub(crate) head: Head,
    pub(crate) items: Vec<(Place, Item)>,
    /// Rows that only add a picture.
    pub(crate) pictures: Vec<Place>,
}

/// A row that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) place: Place,
    pub(crate) reason: String,
}

/// All that a file says.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) header: Header,
    /// In the order of their first rows.
    pub(crate) products: Vec<Product>,
    pub(crate) rejected: Vec<Rejection>,
    /// Rows without empty ones.
    pub(crate) rows: usize,
    /// Pictures that the rows name by address.
    pub(crate) pictures: usize,
}

/// What has been said already, so that no row says it again.
#[derive(Default)]
struct Said {
    /// Which product a handle means, or what is wrong with it since which line.
    products: HashMap<String, Result<usize, (u64, String)>>,
    /// Which product has a SKU, and at which line it was first said.
    skus: HashMap<String, (usize, u64)>,
    barcodes: HashMap<String, (String, u64)>,
    /// A SKU at a maker in a location.
    shelves: HashMap<(String, Option<PartyId>, String), u64>,
    options: HashMap<(usize, Vec<String>), (String, u64)>,
}

impl Sheet {
    /// Reads the file called `name`.
    pub(crate) fn read(
        bytes: &[u8],
        name: &str,
        options: &Options,
        currency: kernel::Currency,
        makers: Makers,
    ) -> Result<Self, ImportsError> {
        let not_a_table = |what: &str| ImportsError::NotATable { path: name.to_owned(), what: what.to_owned() };
        if bytes.len() > MAX_BYTES {
            return Err(not_a_table(&format!("it has {} bytes, more than {MAX_BYTES}; split it between two products", bytes.len())));
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(not_a_table("it is UTF-16; save it as CSV in UTF-8"));
        }
        let mut records = Records::new(bytes);
        let mut record = ByteRecord::new();
        if records.next(&mut record, name)?.is_none() {
            return Err(not_a_table("it is empty; it needs a header and rows"));
        }
        let header = Header::parse(&record, name, options.format, options.mapping.as_ref())?;
        let reader = Reader { header, currency, makers, maker: options.maker.clone() };
        let mut sheet = Self { header: reader.header.clone(), products: Vec::new(), rejected: Vec::new(), rows: 0, pictures: 0 };
        let mut said = Said::default();
        while let Some(place) = records.next(&mut record, name)? {
            if is_blank(&record) {
                continue;
            }
            if sheet.rows == MAX_ROWS {
                return Err(ImportsError::TooManyRows { path: name.to_owned(), limit: MAX_ROWS });
            }
            sheet.rows += 1;
            if let Err(reason) = sheet.take(&reader, &record, &place, &mut said) {
                sheet.rejected.push(Rejection { place, reason });
            }
        }
        sheet.drop_empty();
        Ok(sheet)
    }

    /// Takes a row in, or says what is wrong with it.
    fn take(&mut self, reader: &Reader, record: &ByteRecord, place: &Place, said: &mut Said) -> Result<(), String> {
        let handle = reader.handle(record)?;
        let product = match said.products.get(&handle) {
            Some(Ok(product)) => *product,
            Some(Err((line, reason))) => return Err(format!("line {line} of the same product is wrong: {reason}")),
            None => match reader.head(record) {
                Ok(head) => {
                    let product = self.products.len();
                    self.products.push(Product { handle: handle.clone(), head, items: Vec::new(), pictures: Vec::new() });
                    said.products.insert(handle.clone(), Ok(product));
                    product
                }
                Err(reason) => {
                    said.products.insert(handle, Err((place.line, reason.clone())));
                    return Err(reason);
                }
            },
        };
        self.pictures += usize::from(reader.header.field(record, super::fields::Field::Picture).is_ok_and(|address| !address.is_empty()));
        if reader.is_picture(record) {
            self.products[product].pictures.push(place.clone());
            return Ok(());
        }
        let found = &self.products[product];
        if found.items.len() == MAX_VARIANTS {
            return Err(format!("{handle} has {MAX_VARIANTS} rows already; a product has no more"));
        }
        let item = reader.item(record, &handle, &found.head)?;
        if item.option_values.len() != found.head.option_names.len() {
            let (values, names) = (item.option_values.len(), &found.head.option_names);
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(format!("it has {values} options, but the first row of {handle} names {names}; give every row a value for each"));
        }
        said.once(product, &item, place.line, found)?;
        self.products[product].items.push((place.clone(), item));
        Ok(())
    }

    /// A product of which no row can be understood is not there; its pictures go with it.
    fn drop_empty(&mut self) {
        for product in &mut self.products {
            if product.items.is_empty() {
                let reason = format!("no row of {} with a variant can be read", product.handle);
                self.rejected.extend(product.pictures.drain(..).map(|place| Rejection { place, reason: reason.clone() }));
            }
        }
        self.products.retain(|product| !product.items.is_empty());
        self.rejected.sort_by_key(|rejection| rejection.place.bytes.start);
    }
}

impl Said {
    /// Notes what a row says, or tells which earlier row says otherwise.
    fn once(&mut self, product: usize, item: &Item, line: u64, of: &Product) -> Result<(), String> {
        let sku = &item.sku;
        if let Some((other, first)) = self.skus.get(sku)
            && *other != product
        {
            return Err(format!("sku {sku:?} belongs to another product at line {first}; every variant has its own"));
        }
        let earlier = of.items.iter().find(|(_, known)| known.sku == *sku);
        if let Some((place, known)) = earlier
            && (known.option_values != item.option_values || known.barcode != item.barcode)
        {
            return Err(format!("sku {sku:?} has other options or another barcode at line {}; every variant has its own", place.line));
        }
        let same = of.items.iter().find(|(_, known)| known.sku == *sku && known.maker == item.maker);
        if let Some((place, known)) = same
            && known.price != item.price
        {
            return Err(format!("sku {sku:?} has another price of the same maker at line {}; one maker has one price", place.line));
        }
        if let Some((other, first)) = self.options.get(&(product, item.option_values.clone()))
            && other != sku
        {
            return Err(format!("line {first} has the same options under the sku {other:?}; each is offered once"));
        }
        if let Some((other, first)) = self.barcodes.get(&item.barcode)
            && other != sku
        {
            return Err(format!("barcode {} belongs to the sku {other:?} at line {first}", item.barcode));
        }
        let shelves: Vec<(String, Option<PartyId>, String)> = if item.counted.is_empty() {
            vec![(sku.clone(), item.maker, String::new())]
        } else {
            item.counted.iter().map(|counted| (sku.clone(), item.maker, counted.location.clone())).collect()
        };
        if let Some(first) = shelves.iter().find_map(|shelf| self.shelves.get(shelf)) {
            return Err(format!("sku {sku:?} of the same maker is at line {first} already; keep one"));
        }
        self.shelves.extend(shelves.into_iter().map(|shelf| (shelf, line)));
        self.skus.entry(sku.clone()).or_insert((product, line));
        self.options.entry((product, item.option_values.clone())).or_insert_with(|| (sku.clone(), line));
        if !item.barcode.is_empty() {
            self.barcodes.entry(item.barcode.clone()).or_insert_with(|| (sku.clone(), line));
        }
        Ok(())
    }
}

/// The records of a file in memory, each with its place.
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    /// How far lines are counted.
    counted: usize,
    line: u64,
}

impl<'a> Records<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        Self { bytes, reader, counted: 0, line: 1 }
    }

    /// Reads the next record; `None` at the end.
    pub(crate) fn next(&mut self, record: &mut ByteRecord, name: &str) -> Result<Option<Place>, ImportsError> {
        let not_a_table = |what: String| ImportsError::NotATable { path: name.to_owned(), what };
        if !self.reader.read_byte_record(record).map_err(|error| not_a_table(format!("it is not CSV: {error}")))? {
            return Ok(None);
        }
        // The reader says where it began to look, which may be empty lines earlier, or between CR and LF
        let offset = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(self.bytes.len());
        let mut start = offset(record.position().expect("a record that was read has a position").byte());
        let end = offset(self.reader.position().byte());
        start += self.bytes[start..end].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.line += count(&self.bytes[self.counted..start], b'\n') as u64;
        self.counted = start;
        let quotes = count(&self.bytes[start..end], b'"');
        if end == self.bytes.len() && quotes % 2 == 1 {
            return Err(not_a_table(format!(
                "line {} has a quotation mark that is never closed; close it, or what follows is lost",
                self.line
            )));
        }
        Ok(Some(Place { line: self.line, bytes: start..end }))
    }
}

/// How often a byte occurs.
fn count(bytes: &[u8], wanted: u8) -> usize {
    bytes.iter().map(|byte| usize::from(*byte == wanted)).sum()
}
