//! Statements as the rest of the house sees them.

use kernel::{Clock, CoopId, Month};
use ledger::Accounts;
use sea_orm::DatabaseConnection;

use crate::{
    Issued, StatementsError, Summary,
    repo::{self, Event},
};

/// Months are closed, statements issued, looked at and explained here. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Statements {
    pub(crate) db: DatabaseConnection,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
}

impl Statements {
    /// On a pool of the application's role.
    pub fn new(db: DatabaseConnection, accounts: Accounts, clock: Clock) -> Self {
        Self { db, accounts, clock }
    }

    /// The latest statement of each party of a month.
    pub async fn list(&self, coop: CoopId, month: Month) -> Result<Vec<Summary>, StatementsError> {
        let tx = db::begin_reading(&self.db, coop).await?;
        let summaries = repo::summaries(&tx, coop, month).await?;
        tx.commit().await?;
        Ok(summaries)
    }

    /// The statement of that number: a certain revision, or the latest. Another co-op's does not exist.
    pub async fn get(&self, coop: CoopId, number: &str, revision: Option<u32>) -> Result<Issued, StatementsError> {
        let tx = db::begin_reading(&self.db, coop).await?;
        let issued = repo::by_number(&tx, coop, number, revision).await?;
        tx.commit().await?;
        issued.ok_or_else(|| StatementsError::NoStatement(number.to_owned()))
    }

    /// Its party looked at a statement. The first time is kept; says whether this was it.
    pub async fn viewed(&self, coop: CoopId, number: &str, revision: Option<u32>) -> Result<bool, StatementsError> {
        let tx = db::begin(&self.db, coop).await?;
        let issued = repo::by_number(&tx, coop, number, revision).await?;
        let issued = issued.ok_or_else(|| StatementsError::NoStatement(number.to_owned()))?;
        let first = repo::note(&tx, (coop, issued.id), Event::Viewed, self.clock.now(), None).await?;
        tx.commit().await?;
        Ok(first)
    }
}
