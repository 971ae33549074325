//! What can go wrong with payouts.

use identity::IdentityError;
use kernel::{Code, Currency, Refusal};
use ledger::{LedgerError, Unbalanced};
use sea_orm::DbErr;

use crate::{RunId, RunStatus};

/// Why a run was not drafted, approved, held, cancelled or sent.
#[derive(Debug, thiserror::Error)]
pub enum PayoutsError {
    /// The co-op has no such run.
    #[error("there is no payout run {0}")]
    NoRun(RunId),
    /// The run exists, but with another currency, cutoff or author.
    #[error("payout run {0} was drafted with another currency, cutoff or author; use a new id")]
    OtherDraft(RunId),
    /// Another draft of the same currency waits for approval.
    #[error("another payout run in {0} waits for approval; approve or cancel it first, or both would promise the same money")]
    Waiting(Currency),
    /// The author wants to approve.
    #[error("the author of a payout run cannot approve it; a second person has to")]
    AuthorApproves,
    /// The run was approved before, by somebody else.
    #[error("payout run {0} was approved by somebody else already")]
    ApprovedBefore(RunId),
    /// The run is in the wrong state for this.
    #[error("payout run {run} is {status} and cannot be {wanted}")]
    NotNow {
        /// The run.
        run: RunId,
        /// Its state.
        status: RunStatus,
        /// What was to become of it.
        wanted: &'static str,
    },
    /// Money of the run has left, or may have.
    #[error("{sent} payouts of run {run} were sent already, so it cannot be cancelled; hold it to stop the others")]
    SentAlready {
        /// The run.
        run: RunId,
        /// How many of its payouts are no longer only reserved.
        sent: i64,
    },
    /// A hold or a cancellation without a reason.
    #[error("say why: members read the reason")]
    NoReason,
    /// There is no way to Stripe.
    #[error("payouts cannot be sent: no Stripe API key is configured")]
    NoGateway,
    /// The books refused, or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The co-op is not known, or its directory failed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The database failed.
    #[error("the payouts could not be reached")]
    Db(#[from] DbErr),
}

impl From<Unbalanced> for PayoutsError {
    fn from(unbalanced: Unbalanced) -> Self {
        Self::Ledger(unbalanced.into())
    }
}

impl PayoutsError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::NoRun(_) => Code::NotFound,
            Self::OtherDraft(_) | Self::Waiting(_) | Self::ApprovedBefore(_) => Code::Conflict,
            Self::AuthorApproves => Code::Forbidden,
            Self::NotNow { .. } | Self::SentAlready { .. } | Self::NoGateway => Code::NotNow,
            Self::NoReason => Code::InvalidInput,
            Self::Ledger(error) => return error.refusal(),
            Self::Identity(error) => return error.refusal(),
            Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}
