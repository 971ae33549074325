//! What can go wrong with sales and their agreements.

use kernel::{Code, Currency, Refusal, SaleId};
use sea_orm::DbErr;
use splits::{AllocateError, Problems, ReversalError};

/// Why a sale was not placed or booked.
#[derive(Debug, thiserror::Error)]
pub enum OrdersError {
    /// The agreement has faults; each says which step, what is wrong and what mends it.
    #[error("{0}")]
    Agreement(#[from] Problems),
    /// The lines do not add up to the sale.
    #[error("sale {sale}: its lines come to {lines}, but its gross is {gross}")]
    LinesDiffer {
        /// The sale.
        sale: SaleId,
        /// The sum of the lines.
        lines: i64,
        /// The gross.
        gross: i64,
    },
    /// The buyer paid another amount or currency than the sale asks for.
    #[error("sale {sale} asks for {gross} {currency}, but {paid} {paid_in} were paid; refund the difference or correct the sale")]
    PaidOther {
        /// The sale.
        sale: SaleId,
        /// What it asks for.
        gross: i64,
        /// In which currency.
        currency: Currency,
        /// What was paid.
        paid: i64,
        /// In which currency, as Stripe wrote it.
        paid_in: String,
    },
    /// No sale of that number.
    #[error("there is no sale {0}")]
    NoSale(SaleId),
    /// The terms it pins are not there.
    #[error("the agreement versions that sale {0} pins are missing")]
    NoTerms(SaleId),
    /// A refund names a line that the sale does not have.
    #[error("sale {sale} has no line {line}")]
    NoLine {
        /// The sale.
        sale: SaleId,
        /// The line.
        line: i16,
    },
    /// The shares cannot be worked out.
    #[error("sale {sale}: {source}")]
    Allocate {
        /// The sale.
        sale: SaleId,
        /// Why not.
        source: AllocateError,
    },
    /// More would go back than was paid.
    #[error("sale {sale}: {source}")]
    Reverse {
        /// The sale.
        sale: SaleId,
        /// Why not.
        source: ReversalError,
    },
    /// The books refused.
    #[error(transparent)]
    Ledger(#[from] ledger::LedgerError),
    /// The database failed.
    #[error("the sales could not be reached")]
    Db(#[from] DbErr),
}

impl From<ledger::Unbalanced> for OrdersError {
    fn from(error: ledger::Unbalanced) -> Self {
        Self::Ledger(error.into())
    }
}

impl OrdersError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Agreement(_) | Self::LinesDiffer { .. } | Self::PaidOther { .. } | Self::Allocate { .. } | Self::Reverse { .. } => {
                Some(Refusal::new(Code::InvalidInput, self.to_string()))
            }
            Self::NoSale(_) | Self::NoTerms(_) | Self::NoLine { .. } => Some(Refusal::new(Code::NotFound, self.to_string())),
            Self::Ledger(error) => error.refusal(),
            Self::Db(_) => None,
        }
    }
}
