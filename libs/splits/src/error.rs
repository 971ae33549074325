//! Why a line cannot be allocated or turned back. All are refusals: each names the culprit and the cure.

use kernel::{Code, Currency, Money, Refusal};

/// Why a sale line cannot be allocated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocateError {
    /// The agreement's amounts are in another currency.
    #[error("the agreement is in {agreement} and the sale in {sale}; adopt an agreement in {sale} or one without amounts")]
    Currency {
        /// The agreement's.
        agreement: Currency,
        /// The sale's.
        sale: Currency,
    },
    /// A number in the facts is negative or absurdly large.
    #[error("the {what} of the line is {value}; it must be from 0 to {most}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// What it was.
        value: i64,
        /// What it may be.
        most: i64,
    },
    /// The owners' quantities do not sum to the line's.
    #[error("the line sells {line} units but its lots give {owned}; name the lots of every unit sold")]
    Quantities {
        /// Units sold.
        line: i64,
        /// Units of the lots.
        owned: i64,
    },
    /// More tax than price.
    #[error("the line's tax {tax} is more than what was paid for it, {gross} (minor units); correct the tax")]
    TaxAboveGross {
        /// The tax.
        tax: i64,
        /// What was paid.
        gross: i64,
    },
    /// The line lies outside its sale.
    #[error("the lines up to this one come to {line_end} but the whole sale to {total} (minor units); correct the sale's total")]
    LineAboveSale {
        /// Gross up to and with this line.
        line_end: i64,
        /// Gross of the sale.
        total: i64,
    },
    /// A step pays owners and the line has none.
    #[error(
        "{step:?} needs the owners of the lots sold and the line names none; bind its lots, or sell it under an agreement without owners"
    )]
    NoOwners {
        /// The step.
        step: String,
    },
    /// What must be paid is more than there is, and nobody is named to pay the difference.
    #[error("{step:?} is short by {by}; name who bears a shortfall in the agreement")]
    Short {
        /// The step.
        step: String,
        /// The amount missing.
        by: Money,
    },
    /// A step computes to more than any sale.
    #[error("{step:?} asks for {asked} minor units; correct its amount or the quantity of the line")]
    TooLarge {
        /// The step.
        step: String,
        /// What it asks for.
        asked: i128,
    },
}

/// Why a refund cannot be shared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReversalError {
    /// More than is left of the line.
    #[error("{refund} minor units cannot be refunded; {left} are left of the line after earlier refunds")]
    TooMuch {
        /// What was asked.
        refund: i64,
        /// What is left.
        left: i64,
    },
    /// Negative amounts, or weights that no sale has.
    #[error("{value} minor units cannot be refunded or shared; amounts are from 0 upwards and sum to less than 2^63")]
    OutOfRange {
        /// The value.
        value: i64,
    },
}

impl AllocateError {
    /// What the client is told.
    pub fn refusal(&self) -> Refusal {
        Refusal::new(Code::InvalidInput, self.to_string())
    }
}

impl ReversalError {
    /// What the client is told.
    pub fn refusal(&self) -> Refusal {
        Refusal::new(Code::InvalidInput, self.to_string())
    }
}
