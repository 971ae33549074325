//! One row of a file as what it says, or as what is wrong with it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use csv::ByteRecord;
use kernel::{Currency, Money, PartyId};
use orders::Channel;

use crate::{
    columns::{COLUMNS, Columns},
    makers::Makers,
    moment,
};

/// A line that sells more units than this is a typing mistake.
const MAX_QUANTITY: i32 = 1_000_000;
/// The longest `sale_id`, `sku` and `buyer`, in bytes.
const MAX_NAME: usize = 200;
/// The longest description, in bytes. A field that runs on for longer is usually a quotation mark that is never closed.
const MAX_DESCRIPTION: usize = 2_000;

/// A row that can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its first line in the file.
    pub(crate) line: u64,
    pub(crate) sale_id: String,
    pub(crate) sold_at: DateTime<Utc>,
    pub(crate) channel: Channel,
    pub(crate) sku: String,
    pub(crate) description: String,
    /// Never 0; negative when given back.
    pub(crate) quantity: i32,
    /// Minor units, never negative.
    pub(crate) unit_price: i64,
    /// Empty when nobody wrote one down.
    pub(crate) buyer: String,
    pub(crate) maker: PartyId,
}

impl Row {
    /// What was paid, or goes back, in minor units; never negative.
    pub(crate) fn amount(&self) -> i64 {
        i64::from(self.quantity.abs()) * self.unit_price
    }

    pub(crate) const fn is_refund(&self) -> bool {
        self.quantity < 0
    }
}

/// What reading rows takes, besides the rows.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) columns: Columns,
    pub(crate) currency: Currency,
    pub(crate) zone: Tz,
    pub(crate) makers: Makers,
    pub(crate) now: DateTime<Utc>,
}

impl Reader {
    /// The bytes by which a row names its sale; empty when it names none.
    pub(crate) fn sale_key<'a>(&self, record: &'a ByteRecord) -> &'a [u8] {
        self.columns.field(record, 0)
    }

    /// Reads a row; on failure, what is wrong and what mends it.
    pub(crate) fn read(&self, record: &ByteRecord, line: u64) -> Result<Row, String> {
        let fields = self.fields(record)?;
        let [sale_id, sold_at, channel, sku, description, quantity, unit_price, currency, buyer, maker] = fields;
        for (name, text, longest) in [
            ("sale_id", sale_id, MAX_NAME),
            ("sku", sku, MAX_NAME),
            ("buyer", buyer, MAX_NAME),
            ("description", description, MAX_DESCRIPTION),
        ] {
            if text.len() > longest {
                return Err(format!("{name} has {} bytes, more than {longest}; is a quotation mark not closed?", text.len()));
            }
        }
        for (name, text) in [("sale_id", sale_id), ("sku", sku), ("maker", maker)] {
            if text.is_empty() {
                return Err(format!("{name} is empty; every row needs one"));
            }
        }
        if !currency.eq_ignore_ascii_case(self.currency.code()) {
            let own = self.currency;
            return Err(format!("currency is {currency:?}, but the co-op keeps its books in {own}; convert the row or leave it out"));
        }
        let row = Row {
            line,
            sale_id: sale_id.to_owned(),
            sold_at: moment::parse(sold_at, self.zone, self.now)?,
            channel: parse_channel(channel)?,
            sku: sku.to_owned(),
            description: if description.is_empty() { sku.to_owned() } else { description.to_owned() },
            quantity: parse_quantity(quantity)?,
            unit_price: self.price(unit_price)?,
            buyer: buyer.to_owned(),
            maker: self.makers.find(maker)?,
        };
        if i128::from(row.quantity.abs()) * i128::from(row.unit_price) > i128::from(splits::MAX_MINOR) {
            return Err(format!("{quantity} units at {unit_price} are more than one line can come to; correct the price or the quantity"));
        }
        if row.is_refund() && row.unit_price == 0 {
            return Err("it gives units back for nothing: no money moves; leave it out".to_owned());
        }
        Ok(row)
    }

    fn fields<'a>(&self, record: &'a ByteRecord) -> Result<[&'a str; COLUMNS.len()], String> {
        if record.len() != self.columns.width() {
            return Err(format!("it has {} fields where the header has {}; is a comma not quoted?", record.len(), self.columns.width()));
        }
        let mut fields = [""; COLUMNS.len()];
        for (column, name) in COLUMNS.iter().enumerate() {
            let text = std::str::from_utf8(self.columns.field(record, column));
            let text = text.map_err(|_| format!("{name} is not UTF-8; save the file as CSV in UTF-8"))?;
            if text.contains('\0') {
                return Err(format!("{name} contains a NUL character; remove it"));
            }
            fields[column] = text.trim();
        }
        Ok(fields)
    }

    fn price(&self, text: &str) -> Result<i64, String> {
        if text.starts_with('-') {
            return Err(format!("unit_price {text} is negative; what is given back has a negative quantity and its price"));
        }
        let parsed = Money::parse(text, self.currency).ok_or_else(|| {
            let decimals = self.currency.stripe_exponent();
            let sample = Money::new(1250, self.currency).shown();
            format!("unit_price {text:?} is not an amount of {}; write it as {sample}, with at most {decimals} decimals", self.currency)
        })?;
        if parsed.minor > splits::MAX_MINOR {
            return Err(format!("unit_price {text} is more than anything costs; correct it"));
        }
        Ok(parsed.minor)
    }
}

fn parse_channel(text: &str) -> Result<Channel, String> {
    match text.to_lowercase().as_str() {
        "web" => Ok(Channel::Web),
        "till" | "stall" => Ok(Channel::Till),
        "stream" => Ok(Channel::Stream),
        "subscription" => Ok(Channel::Subscription),
        _ => Err(format!("channel {text:?} is none of web, till, stall, stream, subscription")),
    }
}

fn parse_quantity(text: &str) -> Result<i32, String> {
    let quantity: i128 = text.parse().map_err(|_| format!("quantity {text:?} is not a whole number of units"))?;
    match i32::try_from(quantity) {
        Ok(0) => Err("quantity is 0: nothing was sold and nothing came back; leave the row out".to_owned()),
        Ok(units) if units.unsigned_abs() <= MAX_QUANTITY.unsigned_abs() => Ok(units),
        _ => Err(format!("quantity {text} is more than {MAX_QUANTITY} units; correct it, or split the row if it is true")),
    }
}
