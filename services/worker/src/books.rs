//! The books' housekeeping: balances rolled up, postings sealed.

use std::{error::Error, time::Duration};

use db::Pools;
use identity::IdentityError;
use kernel::CoopId;
use sea_orm::DbErr;

use crate::pace::{Backoff, Stop};

/// How often the books are kept.
const KEEP_EVERY: Duration = Duration::from_secs(10);
/// Co-ops whose balances are rolled up in one transaction.
const COOPS_AT_ONCE: usize = 500;

/// Every co-op of the installation.
pub(crate) async fn coops(pools: &Pools) -> Result<Vec<CoopId>, IdentityError> {
    Ok(identity::coops(&pools.orm).await?.into_iter().map(|coop| coop.id).collect())
}

/// Keeps the books until the order to stop.
pub(crate) async fn keep(pools: Pools, mut stop: Stop) {
    let mut backoff = Backoff::new("books");
    loop {
        let pause = match round(&pools, &stop).await {
            Ok(()) => {
                backoff.reset();
                KEEP_EVERY
            }
            Err(error) => backoff.after(&*error),
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}

async fn round(pools: &Pools, stop: &Stop) -> Result<(), Box<dyn Error + Send + Sync>> {
    let coops = coops(pools).await?;
    for some in coops.chunks(COOPS_AT_ONCE) {
        let tx = db::begin_many(&pools.orm, some).await?;
        ledger::roll_up(&tx, some).await?;
        tx.commit().await?;
    }
    for coop in coops {
        while !stop.is_given() && seal(pools, coop).await? > 0 {}
    }
    Ok(())
}

async fn seal(pools: &Pools, coop: CoopId) -> Result<usize, DbErr> {
    let tx = db::begin(&pools.orm, coop).await?;
    let sealed = ledger::seal(&tx, coop).await?;
    tx.commit().await?;
    Ok(sealed)
}
