//! Closing a month: from then on nothing is dated into it, and its balances are written down for good.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use db::statement;
use kernel::{CoopId, Month, PersonId};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};

use crate::LedgerError;

/// A month whose books are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedMonth {
    /// The month.
    pub month: Month,
    /// The first moment after it, in the co-op's time zone.
    pub ends_at: DateTime<Utc>,
    /// Whether this call closed it; `false` when it was closed before.
    pub newly: bool,
}

#[derive(FromQueryResult)]
struct Last {
    month: NaiveDate,
    ends_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Settled {
    settled: bool,
}

const LAST: &str = "select month, ends_at from period_close where coop_id = $1 order by month desc limit 1";
const CLOSE: &str = "insert into period_close (coop_id, month, ends_at, closed_by) values ($1, $2, $3, $4) on conflict do nothing";
const SETTLED: &str = "select ledger_horizon() > closed_at as settled from period_close where coop_id = $1 and month = $2";
/// Every closed month that is not written down yet, should an earlier close have stopped half-way.
const WRITE_DOWN: &str = "
with span as (
    select month, ends_at, lag(ends_at, 1, '-infinity') over (order by month) as starts_at from period_close where coop_id = $1
), open as materialized (
    select * from span where month <= $2 and month > coalesce((select max(month) from period_balance where coop_id = $1), '-infinity')
)
insert into period_balance (coop_id, account_id, month, debits, credits)
select $1, leg.account_id, open.month, sum(greatest(leg.amount, 0)), sum(greatest(-leg.amount, 0))
from open
join posting on posting.coop_id = $1 and posting.effective_at >= open.starts_at and posting.effective_at < open.ends_at
cross join lateral (select entry.account_id, entry.amount from entry
                    where entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id offset 0) leg
group by leg.account_id, open.month
on conflict do nothing";

/// The first open moment of a co-op's books; `None` while no month was closed.
pub async fn closed_until(db: &impl ConnectionTrait, coop: CoopId) -> Result<Option<DateTime<Utc>>, DbErr> {
    Ok(Last::find_by_statement(statement(LAST, [coop.0.into()])).one(db).await?.map(|last| last.ends_at))
}

/// Closes a month, in two transactions: the first bars new postings from it, the second writes its balances down once
/// every transaction from before is over. Closing again is the same answer without effect.
///
/// The first close covers everything before it; after that, months are closed one by one in order.
pub async fn close_month<Z: TimeZone>(
    db: &DatabaseConnection,
    (coop, month): (CoopId, Month),
    zone: &Z,
    by: Option<PersonId>,
    now: DateTime<Utc>,
) -> Result<ClosedMonth, LedgerError> {
    let ends_at = month.next().starts_at(zone);
    if now < ends_at {
        return Err(LedgerError::NotOver(month));
    }
    let tx = db::begin(db, coop).await?;
    let last = Last::find_by_statement(statement(LAST, [coop.0.into()])).one(&tx).await?;
    let closed_up_to = last.map(|last| Month::from(last.month));
    if let Some(first) = closed_up_to.map(Month::next).filter(|first| *first < month) {
        return Err(LedgerError::OutOfOrder { month, first });
    }
    let bar = [coop.0.into(), month.first_day().into(), ends_at.into(), by.map(|person| person.0).into()];
    let newly = closed_up_to.is_none_or(|last| last < month) && tx.execute_raw(statement(CLOSE, bar)).await?.rows_affected() == 1;
    tx.commit().await?;

    let tx = db::begin(db, coop).await?;
    let key = [coop.0.into(), month.first_day().into()];
    let settled = Settled::find_by_statement(statement(SETTLED, key)).one(&tx).await?.is_none_or(|row| row.settled);
    if !settled {
        return Err(LedgerError::StillSettling(month));
    }
    tx.execute_raw(statement(WRITE_DOWN, [coop.0.into(), month.first_day().into()])).await?;
    tx.commit().await?;
    Ok(ClosedMonth { month, ends_at, newly })
}
