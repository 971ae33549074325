//! What became of every row of a product file.

use serde::Serialize;
use uuid::Uuid;

use super::format::Format;

/// How many rejected rows a report shows.
const SHOWN: usize = 50;

/// How many rows there were and what became of them; the first is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows of the file, without empty ones.
    pub rows: usize,
    /// Rows that made a variant or an offer.
    pub created: usize,
    /// Rows that changed something.
    pub changed: usize,
    /// Rows that say what is so already.
    pub unchanged: usize,
    /// Rows that did not go in.
    pub rejected: usize,
}

/// Units of stock that moved so that what is free is what the file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Units {
    /// Handed in as new lots.
    pub received: u64,
    /// Found besides what was known.
    pub counted_in: u64,
    /// Missing from what was known.
    pub counted_out: u64,
}

/// A row that did not go in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectedRow {
    /// Its first line in the file.
    pub line: u64,
    /// What is wrong, and what mends it.
    pub reason: String,
}

/// What an import of products did, or in a dry run would have done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its number, by which it is taken back; none of a dry run.
    pub import: Option<Uuid>,
    /// The file's name.
    pub file: String,
    /// The file's layout.
    pub format: Format,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Whether it went on where an earlier one stopped.
    pub resumed: bool,
    /// Rows; of an import that was resumed, all of them.
    pub rows: Rows,
    /// Products that are new by this import.
    pub new_products: usize,
    /// Stock that moved.
    pub units: Units,
    /// The first rejected rows; the rejects file has all of them.
    pub rejected: Vec<RejectedRow>,
    /// What a person should know besides: columns nobody reads, pictures that were not fetched.
    pub warnings: Vec<String>,
}

impl Rows {
    /// Whether every row is accounted for.
    pub const fn adds_up(&self) -> bool {
        self.rows == self.created + self.changed + self.unchanged + self.rejected
    }
}

impl Report {
    pub(crate) fn show(&mut self, line: u64, reason: &str) {
        if self.rejected.len() < SHOWN {
            self.rejected.push(RejectedRow { line, reason: reason.to_owned() });
        }
    }
}
