//! Sales from files: a CSV of sale lines becomes sales in the books, each exactly once.
//!
//! ```text
//! file ─ scan ─> rows by sale ─ sales, 500 a transaction ─> placed, paid outside, settled under the co-op's default terms
//!                     └─────── refunds, 500 a transaction ─> booked on their sale, or parked with a reason
//! ```
//!
//! | column | what it says |
//! |---|---|
//! | `sale_id` | rows with the same one are lines of one sale, wherever they stand in the file |
//! | `sold_at` | RFC 3339, or `2026-11-02 14:30` in the co-op's time zone, or a day alone (noon is taken) |
//! | `channel` | `web`, `till` (or `stall`), `stream`, `subscription` |
//! | `sku`, `description` | what was sold; the description may be empty |
//! | `quantity` | whole units; negative: given back |
//! | `unit_price` | what a unit was paid, tax inside, as in `12.50`; never negative |
//! | `currency` | the co-op's |
//! | `buyer` | who bought it, as the old system names them; may be empty |
//! | `maker` | the handle of the party whose goods they are: a member, a pool or the co-op |
//!
//! What holds:
//!
//! - Every row ends as a sale's, a refund's, a parked or a rejected one, and [`Report`] counts all four; the gross of the rows
//!   that went in equals what the ledger has posted for them, to the last unit, or the import fails.
//! - A sale comes in whole or not at all: one row that cannot be read rejects the rows of its sale, each with its line and reason.
//! - The same file again adds nothing. A sale is known by its `sale_id`, a refund by all that its row says. A sale that is known
//!   with other lines is rejected, not changed. An import that was killed is simply started again.
//! - A row of price 0 is a free line of its sale. A sale of free lines alone gave nobody anything, and is rejected.
//! - Two rows of one sale that say the same are two lines: tills list what was scanned twice, twice.
//! - A negative row is a refund of the sale that its `sale_id` names. When none has that name, it is a refund of the one earlier
//!   imported sale to the same buyer that has the same `sku` at the same price with enough left. None, or several: it is parked,
//!   and every later import looks again.
//! - A sale is shared under the version of the co-op's default agreement that was in force when it was sold; one from before the
//!   first version, under the first.
//! - Memory grows with the number of rows (about a hundred bytes each), never with their content; see [`MAX_ROWS`].

mod columns;
mod error;
mod file;
mod makers;
mod moment;
mod parked;
pub mod products;
mod refunds;
mod rejects;
mod repo;
mod report;
mod row;
mod sales;
mod scan;
mod service;

pub use columns::COLUMNS;
pub use error::ImportsError;
pub use parked::{MAX_LISTED, Parked, parked};
pub use report::{Amounts, Books, Counts, Rejected, Report};
pub use scan::MAX_ROWS;
pub use service::{Imports, Options, Progress, Stage};
