//! What can go wrong with statements, closes and patronage.

use kernel::{Code, Month, PartyId, Refusal, SaleId};
use ledger::{LedgerError, Unbalanced};
use sea_orm::DbErr;

use crate::DoesNotAddUp;

/// Why nothing was issued, closed, shared out or explained.
#[derive(Debug, thiserror::Error)]
pub enum StatementsError {
    /// Statements are frozen from closed months.
    #[error("{0} is not closed yet: close it first, or look at a preview")]
    NotClosed(Month),
    /// No statement of that number.
    #[error("there is no statement {0}")]
    NoStatement(String),
    /// The statement has no such line.
    #[error("statement {number} has no line {line}")]
    NoLine {
        /// The statement.
        number: String,
        /// The line.
        line: u32,
    },
    /// No sale of that number.
    #[error("there is no sale {0}")]
    NoSale(SaleId),
    /// A guarantee names the venue or the affiliate as its bearer, and it is not plain who that is.
    #[error("guarantee {item} of {agreement} is borne by the {payee}, of whom {count} sold under it this month; name a party instead")]
    NoBearer {
        /// The agreement and its version.
        agreement: String,
        /// Its place among the version's guarantees, from 1.
        item: i16,
        /// `venue` or `affiliate`.
        payee: &'static str,
        /// How many there are.
        count: usize,
    },
    /// The patronage order cannot be carried out as it is.
    #[error("{0}")]
    Patronage(#[from] PatronageFault),
    /// Two balances and what lies between do not agree: a fault of the books or of this program.
    #[error("the statement of party {party} for {month} does not add up")]
    DoesNotAddUp {
        /// Whose.
        party: PartyId,
        /// Of which month.
        month: Month,
        /// The figures.
        source: DoesNotAddUp,
    },
    /// A file could not be made.
    #[error("the files of statement {number} could not be made")]
    Document {
        /// The statement.
        number: String,
        /// Why not.
        source: documents::DocumentError,
    },
    /// The work on a file was cut off.
    #[error("the work on the files of a statement was cut off")]
    CutOff(#[from] tokio::task::JoinError),
    /// The place for files failed.
    #[error(transparent)]
    Storage(#[from] storage::StorageError),
    /// The letter could not be sent.
    #[error(transparent)]
    Mail(#[from] mail::MailError),
    /// The job queue failed.
    #[error(transparent)]
    Jobs(#[from] jobs::JobsError),
    /// The books refused, or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The directory refused, or failed.
    #[error(transparent)]
    Identity(#[from] identity::IdentityError),
    /// The database failed.
    #[error("the statements could not be reached")]
    Db(#[from] DbErr),
}

/// What is wrong with a patronage order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatronageFault {
    /// The key cannot name an order.
    #[error("{0:?} cannot name a patronage; write a name such as 2026, without #")]
    Key(String),
    /// The surplus is nothing or less.
    #[error("a surplus of {0} cannot be shared out; give a positive amount in minor units")]
    NoSurplus(i64),
    /// The months come in the wrong order.
    #[error("the period begins with {0} and ends with {1}; give the earlier month first")]
    Backwards(Month, Month),
    /// Nobody has a weight.
    #[error("nobody took part in {0} to {1} by that metric, so there is nobody to share with")]
    Nobody(Month, Month),
    /// A weight is negative.
    #[error("party {0} has a negative number of hours")]
    Negative(PartyId),
    /// A weight is given for somebody else's party.
    #[error("there is no member {0} in this co-op")]
    NoMember(PartyId),
    /// The key was used for another order.
    #[error("patronage {0:?} was shared out before with other figures; use a new key")]
    OtherOrder(String),
}

impl From<Unbalanced> for StatementsError {
    fn from(error: Unbalanced) -> Self {
        Self::Ledger(error.into())
    }
}

impl StatementsError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::NotClosed(_) => Code::NotNow,
            Self::NoStatement(_) | Self::NoLine { .. } | Self::NoSale(_) => Code::NotFound,
            Self::NoBearer { .. } => Code::InvalidInput,
            Self::Patronage(fault) => fault.code(),
            Self::Ledger(error) => return error.refusal(),
            Self::Identity(error) => return error.refusal(),
            Self::DoesNotAddUp { .. }
            | Self::Document { .. }
            | Self::CutOff(_)
            | Self::Storage(_)
            | Self::Mail(_)
            | Self::Jobs(_)
            | Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}

impl PatronageFault {
    const fn code(&self) -> Code {
        match self {
            Self::Key(_) | Self::NoSurplus(_) | Self::Backwards(..) | Self::Nobody(..) | Self::Negative(_) => Code::InvalidInput,
            Self::NoMember(_) => Code::NotFound,
            Self::OtherOrder(_) => Code::Conflict,
        }
    }
}
