//! What can go wrong while settling.

use kernel::{Code, Refusal};
use ledger::LedgerError;
use orders::OrdersError;
use payouts::PayoutsError;
use sea_orm::DbErr;
use stripe_gateway::{GatewayError, ParseError};

/// Why a batch did not go through. An event that cannot be settled by itself is no error: it is parked.
#[derive(Debug, thiserror::Error)]
pub enum SettlementError {
    /// The body is not an event.
    #[error("this is not a Stripe event: {0}")]
    NotAnEvent(#[from] ParseError),
    /// No such event, or it is not parked.
    #[error("there is no parked event {0}")]
    NotParked(String),
    /// A sale could not be booked.
    #[error(transparent)]
    Orders(#[from] OrdersError),
    /// A payout could not be brought up to date.
    #[error(transparent)]
    Payouts(#[from] PayoutsError),
    /// Stripe could not be asked.
    #[error("Stripe could not be asked")]
    Gateway(#[from] GatewayError),
    /// The database failed.
    #[error("the inbox could not be reached")]
    Db(#[from] DbErr),
}

impl SettlementError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::NotAnEvent(_) => Some(Refusal::new(Code::InvalidInput, self.to_string())),
            Self::NotParked(_) => Some(Refusal::new(Code::NotFound, self.to_string())),
            Self::Orders(error) => error.refusal(),
            Self::Payouts(error) => error.refusal(),
            Self::Gateway(_) | Self::Db(_) => None,
        }
    }

    /// Whether the same batch may go through when tried again: the server was away.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Db(error)
            | Self::Orders(OrdersError::Db(error) | OrdersError::Ledger(LedgerError::Db(error)))
            | Self::Payouts(PayoutsError::Db(error) | PayoutsError::Ledger(LedgerError::Db(error))) => db::is_passing(error),
            Self::Gateway(_) => true,
            Self::NotAnEvent(_) | Self::NotParked(_) | Self::Orders(_) | Self::Payouts(_) => false,
        }
    }
}
