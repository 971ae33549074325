//! The nightly check: each co-op's books recomputed, the verdict kept where its admins can read it.

use std::{error::Error, time::Duration};

use chrono::{DateTime, Days, NaiveTime, Utc};
use db::{Pools, statement};
use kernel::{Clock, CoopId};
use sea_orm::ConnectionTrait as _;

use crate::{
    books,
    pace::{Backoff, Stop},
};

/// How often it is asked whose check is due.
const LOOK_EVERY: Duration = Duration::from_mins(10);
/// Three in the morning, UTC: when most of our co-ops sleep.
const AT: NaiveTime = NaiveTime::from_hms_opt(3, 0, 0).expect("three o'clock exists");

const CHECKED_SINCE: &str = "
select exists (select from ledger_check where coop_id = $1 and checked_at >= $2) as checked";

/// Checks the books of every co-op that was not checked since the last three in the morning, until the order to stop.
pub(crate) async fn check(pools: Pools, clock: Clock, mut stop: Stop) {
    let mut backoff = Backoff::new("checks");
    loop {
        let pause = match round(&pools, &clock, &stop).await {
            Ok(()) => {
                backoff.reset();
                LOOK_EVERY
            }
            Err(error) => backoff.after(&*error),
        };
        if !stop.rest(pause).await {
            return;
        }
    }
}

async fn round(pools: &Pools, clock: &Clock, stop: &Stop) -> Result<(), Box<dyn Error + Send + Sync>> {
    let since = last_night(clock.now());
    for coop in books::coops(pools).await? {
        if stop.is_given() {
            return Ok(());
        }
        if !is_checked(pools, coop, since).await? {
            one(pools, coop).await?;
        }
    }
    Ok(())
}

async fn is_checked(pools: &Pools, coop: CoopId, since: DateTime<Utc>) -> Result<bool, sea_orm::DbErr> {
    let tx = db::begin(&pools.orm, coop).await?;
    let row = tx.query_one_raw(statement(CHECKED_SINCE, [coop.0.into(), since.into()])).await?;
    tx.commit().await?;
    row.map_or(Ok(false), |row| row.try_get("", "checked"))
}

async fn one(pools: &Pools, coop: CoopId) -> Result<(), Box<dyn Error + Send + Sync>> {
    let verdict = ledger::verify(&pools.orm, coop).await?;
    if let Some(difference) = stock::verify(&pools.orm, coop).await?.difference {
        tracing::error!(coop.id = %coop, "the stock of co-op {coop} does not agree: {difference}");
    }
    let tx = db::begin(&pools.orm, coop).await?;
    ledger::record_check(&tx, coop, &verdict).await?;
    tx.commit().await?;
    match &verdict.difference {
        None => tracing::info!(coop.id = %coop, postings = verdict.postings, "the books of co-op {coop} agree"),
        Some(difference) => tracing::error!(coop.id = %coop, "the books of co-op {coop} do not agree: {difference}"),
    }
    Ok(())
}

/// The last three in the morning that has passed.
fn last_night(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive().and_time(AT).and_utc();
    if today <= now { today } else { today - Days::new(1) }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    #[test]
    fn a_check_is_due_once_a_night() {
        let at = |day, hour| Utc.with_ymd_and_hms(2026, 11, day, hour, 0, 0).unwrap();
        assert_eq!(last_night(at(22, 2)), at(21, 3));
        assert_eq!(last_night(at(22, 3)), at(22, 3));
        assert_eq!(last_night(at(22, 23)), at(22, 3));
    }
}
