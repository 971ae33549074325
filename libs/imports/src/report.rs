//! What became of every row.

use kernel::{Currency, Money};
use serde::Serialize;

/// How many rows there were and what became of them; the first is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rows of the file, without empty ones.
    pub rows: usize,
    /// Lines of sales that are in the books.
    pub sale_rows: usize,
    /// Of those, lines of sales that were there before this import.
    pub sale_rows_known: usize,
    /// Rows that are in the books as refunds.
    pub refund_rows: usize,
    /// Of those, refunds that were there before this import.
    pub refund_rows_known: usize,
    /// Rows that wait for the sale that they give back.
    pub parked: usize,
    /// Rows that did not go in.
    pub rejected: usize,
    /// Sales that are new by this import.
    pub sales_new: usize,
    /// Rows of earlier imports that were parked and are in the books now. Not rows of this file.
    pub unparked: usize,
}

/// What the rows come to, in minor units, none negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Amounts {
    /// Sales.
    pub sales: i64,
    /// Refunds.
    pub refunds: i64,
    /// Parked.
    pub parked: i64,
    /// Rejected, as far as their amounts can be read.
    pub rejected: i64,
}

/// What the ledger has posted for the rows that went in; in a dry run, what it would have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// Paid by buyers.
    pub sales: i64,
    /// Given back to them.
    pub refunds: i64,
}

/// A row that did not go in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Its first line in the file.
    pub line: u64,
    /// Its sale, as far as it can be read.
    pub sale_id: String,
    /// What is wrong, and what mends it.
    pub reason: String,
}

/// What an import did, or in a dry run would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Rows.
    pub counts: Counts,
    /// What they come to.
    pub amounts: Amounts,
    /// What is in the books for them.
    pub books: Books,
    /// The first rejected rows; the rejects file has all of them.
    pub rejected: Vec<Rejected>,
    /// The first parked rows of this file: line, sale and reason.
    pub parked: Vec<Rejected>,
    /// What a person should know besides: columns nobody reads, sales dated into a later month.
    pub warnings: Vec<String>,
}

/// How many rejected and how many parked rows a report shows.
const SHOWN: usize = 50;

impl Report {
    pub(crate) fn new(dry_run: bool, currency: Currency) -> Self {
        Self {
            dry_run,
            currency,
            counts: Counts::default(),
            amounts: Amounts::default(),
            books: Books::default(),
            rejected: Vec::new(),
            parked: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Whether every row is accounted for, and the books have exactly what went in.
    pub const fn adds_up(&self) -> bool {
        let counts = &self.counts;
        counts.rows == counts.sale_rows + counts.refund_rows + counts.parked + counts.rejected
            && self.amounts.sales == self.books.sales
            && self.amounts.refunds == self.books.refunds
    }

    /// Minor units as money of the report.
    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    pub(crate) fn show_rejected(&mut self, row: Rejected) {
        if self.rejected.len() < SHOWN {
            self.rejected.push(row);
        }
    }

    pub(crate) fn show_parked(&mut self, row: Rejected) {
        if self.parked.len() < SHOWN {
            self.parked.push(row);
        }
    }
}
