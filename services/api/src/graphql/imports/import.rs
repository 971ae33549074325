//! An import of products, and what became of its rows.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use imports::products::{Format, ImportState, Kept, ProductImport as Import, RejectedRow as Rejected, Report, Rows, Undone};

use crate::graphql::base::{BigInt, Kind};

pub(super) const IMPORT: Kind = Kind("ProductImport");

/// A layout of product files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Format")]
pub(crate) enum ProductFileFormat {
    /// Shopify's product CSV, with the columns of before and of since 2025.
    Shopify,
    /// Square's item library.
    Square,
    /// Open Food Network's product list.
    Ofn,
    /// Our own columns, or any others by a mapping.
    Plain,
}

/// How far an import of products has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ImportState")]
pub(crate) enum ProductImportState {
    /// It goes on, or was stopped: the same file again goes on from there.
    Running,
    /// Every row ended somewhere.
    Done,
    /// It was taken back.
    Undone,
}

/// How many rows there were and what became of them; the first is the sum of the others.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct ImportedRows {
    /// Rows of the file, without empty ones.
    rows: i32,
    /// Rows that made a variant or an offer.
    created: i32,
    /// Rows that changed something.
    changed: i32,
    /// Rows that say what is so already.
    unchanged: i32,
    /// Rows that did not go in.
    rejected: i32,
}

/// Units of stock that moved so that what is free is what a file says.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct ImportedUnits {
    /// Handed in as new lots.
    received: BigInt,
    /// Found besides what was known.
    counted_in: BigInt,
    /// Missing from what was known.
    counted_out: BigInt,
}

/// A row of a file that did not go in.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct RejectedRow {
    /// Its first line in the file.
    line: BigInt,
    /// What is wrong, and what mends it.
    reason: String,
}

/// An import of products, as it is remembered.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ProductImport {
    /// Its id, by which it is taken back.
    id: ID,
    /// The file's name.
    file: String,
    /// The file's layout.
    format: ProductFileFormat,
    /// How far it has come.
    state: ProductImportState,
    /// When it began.
    started_at: DateTime<Utc>,
    /// When every row had ended somewhere.
    ended_at: Option<DateTime<Utc>>,
    /// When all of it had been taken back.
    undone_at: Option<DateTime<Utc>>,
    /// What became of its rows.
    rows: ImportedRows,
}

/// What an import of products did, or in a dry run would have done.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ProductImportReport {
    /// The import's id; null of a dry run.
    import: Option<ID>,
    /// The file's layout.
    format: ProductFileFormat,
    /// Whether nothing was written.
    dry_run: bool,
    /// Whether it went on where an earlier one had stopped.
    resumed: bool,
    /// What became of the rows.
    rows: ImportedRows,
    /// Products that are new by this import.
    new_products: i32,
    /// Stock that moved.
    units: ImportedUnits,
    /// The first 50 rejected rows; `rejectedRows` has all of them.
    rejected: Vec<RejectedRow>,
    /// What a person should know besides: columns nobody reads, pictures that were not fetched.
    warnings: Vec<String>,
}

/// A product that stays as an import left it.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct KeptProduct {
    /// Its handle.
    handle: String,
    /// Why it stays.
    reason: String,
}

/// What came of taking an import back.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct UndoneImport {
    /// The import's id.
    import: ID,
    /// Products that it had made, and that are archived now.
    archived: i32,
    /// Products that are again what they were before it.
    restored: i32,
    /// Products that it touched and that stay as they are.
    kept: i32,
    /// The first 50 of those, and why.
    kept_products: Vec<KeptProduct>,
}

/// A file has fewer rows than this counts.
fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn big(count: u64) -> BigInt {
    BigInt(i64::try_from(count).unwrap_or(i64::MAX))
}

impl From<Rows> for ImportedRows {
    fn from(rows: Rows) -> Self {
        Self {
            rows: count(rows.rows),
            created: count(rows.created),
            changed: count(rows.changed),
            unchanged: count(rows.unchanged),
            rejected: count(rows.rejected),
        }
    }
}

impl From<Rejected> for RejectedRow {
    fn from(row: Rejected) -> Self {
        Self { line: big(row.line), reason: row.reason }
    }
}

impl From<Import> for ProductImport {
    fn from(import: Import) -> Self {
        Self {
            id: IMPORT.id(import.id),
            file: import.file,
            format: import.format.into(),
            state: import.state.into(),
            started_at: import.started_at,
            ended_at: import.ended_at,
            undone_at: import.undone_at,
            rows: import.rows.into(),
        }
    }
}

impl From<Report> for ProductImportReport {
    fn from(report: Report) -> Self {
        let units = report.units;
        Self {
            import: report.import.map(|import| IMPORT.id(import)),
            format: report.format.into(),
            dry_run: report.dry_run,
            resumed: report.resumed,
            rows: report.rows.into(),
            new_products: count(report.new_products),
            units: ImportedUnits { received: big(units.received), counted_in: big(units.counted_in), counted_out: big(units.counted_out) },
            rejected: report.rejected.into_iter().map(RejectedRow::from).collect(),
            warnings: report.warnings,
        }
    }
}

impl From<Undone> for UndoneImport {
    fn from(undone: Undone) -> Self {
        let kept = |Kept { product, reason }| KeptProduct { handle: product, reason };
        Self {
            import: IMPORT.id(undone.import),
            archived: count(undone.archived),
            restored: count(undone.restored),
            kept: count(undone.kept),
            kept_products: undone.kept_products.into_iter().map(kept).collect(),
        }
    }
}
