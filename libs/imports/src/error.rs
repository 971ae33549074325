//! Why a file is not imported at all. What is wrong with single rows is told by the report.

use kernel::{Code, Currency, Refusal};
use sea_orm::DbErr;

/// Why an import did not happen, or stopped. What was committed before it stopped is whole; starting it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportsError {
    /// The file cannot be opened or read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not text in UTF-8 separated by commas, or its header is wrong.
    #[error("{path}: {what}")]
    NotATable {
        /// The file.
        path: String,
        /// What is wrong, and what mends it.
        what: String,
    },
    /// Columns that have to be there are not.
    #[error("{path} has no column {}; its header has to name {all}", missing.join(", "))]
    MissingColumns {
        /// The file.
        path: String,
        /// Which.
        missing: Vec<&'static str>,
        /// All that have to be there.
        all: String,
    },
    /// More rows than one import takes.
    #[error("{path} has more than {limit} rows; split it at any line and import the parts one after the other")]
    TooManyRows {
        /// The file.
        path: String,
        /// The most.
        limit: usize,
    },
    /// The rows come to more than any co-op has ever sold.
    #[error("the rows of {path} come to more than can be counted; the prices or quantities are not those of sales")]
    TooMuch {
        /// The file.
        path: String,
    },
    /// Somebody wrote to the file while it was read.
    #[error("{path} changed while it was imported, at line {line}; import it again")]
    Changed {
        /// The file.
        path: String,
        /// Where.
        line: u64,
    },
    /// The rejects could not be written.
    #[error("the rejected rows cannot be written")]
    Rejects(#[source] csv::Error),
    /// The co-op has no agreement to share sales under.
    #[error("{0} has no default agreement; adopt one before importing sales")]
    NoAgreement(String),
    /// What was booked is not what the rows say. Nothing is lost, but somebody has to look.
    #[error("the rows come to {rows} {currency}, but the books have {books} {currency} for them; run `guildhall verify`")]
    DoesNotAddUp {
        /// Sales less refunds, by the rows, as a person reads it.
        rows: String,
        /// The same, by the ledger.
        books: String,
        /// In which currency.
        currency: Currency,
    },
    /// What was asked for beside the file cannot be.
    #[error("{0}")]
    Ask(String),
    /// Somebody else wrote the same at the same moment. What was committed is whole.
    #[error("somebody else changed the same products or stock at the same moment; start it again, and it goes on from there")]
    Raced,
    /// The co-op has no such import.
    #[error("there is no import {0}")]
    NoImport(uuid::Uuid),
    /// The co-op has no such lot.
    #[error("there is no lot {0}")]
    NoLot(uuid::Uuid),
    /// An import that goes on cannot be taken back.
    #[error("the import of {0} is not at its end; import the file again to finish it, then take it back")]
    StillRunning(String),
    /// The catalogue refuses.
    #[error(transparent)]
    Catalogue(#[from] catalogue::CatalogueError),
    /// A label sheet could not be set.
    #[error("the labels cannot be set")]
    Labels(#[from] documents::DocumentError),
    /// A sale could not be placed or booked.
    #[error(transparent)]
    Orders(#[from] orders::OrdersError),
    /// The database failed.
    #[error("what was imported could not be reached")]
    Db(#[from] DbErr),
}

impl ImportsError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Unreadable { source, .. } => Some(Refusal::new(Code::NotFound, format!("{self}: {source}"))),
            Self::NotATable { .. } | Self::MissingColumns { .. } | Self::TooManyRows { .. } | Self::TooMuch { .. } => {
                Some(Refusal::new(Code::InvalidInput, self.to_string()))
            }
            Self::Ask(_) => Some(Refusal::new(Code::InvalidInput, self.to_string())),
            Self::NoImport(_) | Self::NoLot(_) => Some(Refusal::new(Code::NotFound, self.to_string())),
            Self::Changed { .. } | Self::Raced => Some(Refusal::new(Code::Conflict, self.to_string())),
            Self::NoAgreement(_) | Self::StillRunning(_) => Some(Refusal::new(Code::NotNow, self.to_string())),
            Self::Orders(error) => error.refusal(),
            Self::Catalogue(error) => error.refusal(),
            Self::Rejects(_) | Self::Labels(_) | Self::DoesNotAddUp { .. } | Self::Db(_) => None,
        }
    }
}
