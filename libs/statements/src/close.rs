//! Closing a month: guarantees, the books, the statements.

use std::time::Duration;

use identity::Coop;
use kernel::{Month, PersonId};
use ledger::{ClosedMonth, LedgerError, close_month};

use crate::{Frozen, GuaranteeOutcome, Statements, StatementsError};

/// How often, and how far apart, the close waits for transactions from before to end: half a minute in all, longer than any
/// of ours takes.
const SETTLING_TRIES: u32 = 60;
const SETTLING_PAUSE: Duration = Duration::from_millis(500);

/// What [`Statements::close`] did.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The month in the books.
    pub month: ClosedMonth,
    /// How the guarantees of the month came out, those of an earlier call included.
    pub guarantees: Vec<GuaranteeOutcome>,
    /// The statements.
    pub statements: Frozen,
}

impl Statements {
    /// Closes a month: settles its minimum guarantees, bars the books, issues the statements. Closing again is the same
    /// answer; a close that was interrupted goes on where it stopped.
    #[tracing::instrument(name = "statements.close", skip_all, fields(coop.id = %coop.id, %month), err)]
    pub async fn close(&self, coop: &Coop, month: Month, by: Option<PersonId>) -> Result<Closed, StatementsError> {
        if self.clock.now() < month.next().starts_at(&coop.zone) {
            return Err(LedgerError::NotOver(month).into());
        }
        let guarantees = self.settle_guarantees(coop, month).await?;
        let closed = self.settle_close(coop, month, by).await?;
        let statements = self.freeze(coop, month).await?;
        Ok(Closed { month: closed, guarantees, statements })
    }

    /// Bars the month and waits until its balances are written down.
    pub(crate) async fn settle_close(&self, coop: &Coop, month: Month, by: Option<PersonId>) -> Result<ClosedMonth, StatementsError> {
        let mut newly = false;
        for _ in 0..SETTLING_TRIES {
            match close_month(&self.db, (coop.id, month), &coop.zone, by, self.clock.now()).await {
                Err(LedgerError::StillSettling(_)) => newly = true,
                Ok(closed) => return Ok(ClosedMonth { newly: newly || closed.newly, ..closed }),
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(SETTLING_PAUSE).await;
        }
        Err(LedgerError::StillSettling(month).into())
    }
}
