//! Products from files: what another shop exports becomes products, offers, prices and stock here, and stays in step with it.
//!
//! ```text
//! file ─ header ─> format ─ rows ─> products of the file ─ 250 a transaction ─ plan ─> catalogue, stock, what is remembered
//!                                └─ rows that cannot be read ─> rejects
//! ```
//!
//! | format | its rows |
//! |---|---|
//! | `shopify` | variants and pictures, by `Handle` (or `URL handle`, as since 2025); what a product's first row says counts for all |
//! | `square` | variations by `Item Name`; `New Quantity <place>` before `Current Quantity <place>`, each in the location of that name |
//! | `ofn` | variants by producer and `name`; what sets them apart is `units` and `unit_type`, and `display_name` |
//! | `plain` | our own [`COLUMNS`], or others' by a [`Mapping`]; one row for each variant, maker and location |
//!
//! What holds:
//!
//! - Every row ends as created, changed, unchanged or rejected, and [`Rows`] counts all four.
//! - A variant is known by its SKU, a product by its handle, an offer by its maker. What a row leaves empty stays as it is. What is
//!   not in the file stays as it is: an import never archives.
//! - The same file again changes nothing. One that was stopped goes on where it was: each batch is remembered in its transaction.
//! - A file counts what can be sold. What is free here becomes that by counted movements; units that are reserved or set aside
//!   stay beside it. So a shop that exports what it has available, day after day, keeps the stock in step.
//! - An import is taken back product by product, see [`ProductImports::undo`].
//! - A dry run does the same and rolls it back.

mod export;
mod fields;
mod format;
mod header;
mod known;
mod labels;
mod mapping;
mod places;
mod plan;
mod rejects;
mod report;
mod row;
mod run;
mod sheet;
mod shelves;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod undo;

pub use export::{Exported, export};
pub use fields::COLUMNS;
pub use format::Format;
pub use labels::{LabelAsk, LabelSheet, LabelledLot, MAX_LABELS, find_label, label_sheet};
pub use mapping::Mapping;
pub use places::location_called;
pub use report::{RejectedRow, Report, Rows, Units};
pub use run::{ProductFile, ProductImports};
pub use sheet::{MAX_BYTES, MAX_ROWS};
pub use store::{ImportId, ImportState, MAX_LISTED, ProductImport, product_import, product_imports, rejected_rows};
pub use undo::{Kept, Undone};

/// How a product file is to be read and imported.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Its layout; without one, its header tells.
    pub format: Option<Format>,
    /// What a plain file calls our columns.
    pub mapping: Option<Mapping>,
    /// Whose goods they are where a row does not say, or names nobody that is known here; a handle.
    pub maker: Option<String>,
    /// Where units lie of which the file does not say; without one, at the only location there is.
    pub location: Option<String>,
    /// The language of products that are new; English where nothing is said.
    pub language: Option<String>,
    /// Leave the stock as it is.
    pub without_stock: bool,
    /// Write nothing; the report is the same.
    pub dry_run: bool,
}

/// How far an import has come, in products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many are behind.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}
