//! Adds up the accounts that are too hot to be kept at each posting.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait, DbErr};

/// Locking the marks in key order keeps two of these from adding the same entries.
const LOCK: &str = "select from ledger_mark where coop_id = any ($1::int4[]) order by coop_id for update";

const HORIZON: &str = "select ledger_horizon() as at";

/// Everything up to the horizon is settled: no running transaction can still add to it. The horizon is asked for in a
/// statement of its own, before this one takes its snapshot: what ends in between, or while a statement waits for the marks,
/// would lie behind the horizon and yet not be seen. Legs are looked up posting by posting, see `balances.rs`.
const ROLL: &str = "
with horizon as materialized (
    select $2::timestamptz as at
), mark as materialized (
    select coop_id, rolled_to from ledger_mark where coop_id = any ($1::int4[])
), rolled as materialized (
    select coop_id, account_id from account where coop_id = any ($1::int4[]) and mode = 'rolled'
), moved as (
    select posting.coop_id, leg.account_id, sum(greatest(leg.amount, 0)) as debits, sum(greatest(-leg.amount, 0)) as credits
    from mark
    join posting on posting.coop_id = mark.coop_id and posting.posted_at > mark.rolled_to and posting.posted_at <= (select at from horizon)
    cross join lateral (select entry.account_id, entry.amount from entry
                        where entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id offset 0) leg
    where (posting.coop_id, leg.account_id) in (select coop_id, account_id from rolled)
    group by posting.coop_id, leg.account_id order by posting.coop_id, leg.account_id
), added as (
    insert into balance as now (coop_id, account_id, debits, credits, version)
    select coop_id, account_id, debits, credits, 1 from moved
    on conflict (coop_id, account_id) do update
        set debits = now.debits + excluded.debits, credits = now.credits + excluded.credits, version = now.version + 1
)
update ledger_mark set rolled_to = horizon.at
from horizon, mark
where ledger_mark.coop_id = mark.coop_id and horizon.at > mark.rolled_to";

const MARK: &str = "
insert into ledger_mark (coop_id, rolled_to)
select coop_id, '-infinity' from unnest($1::int4[]) as asked (coop_id) order by coop_id
on conflict (coop_id) do nothing";

/// Brings the balances of rolled accounts up to date, as far as no running transaction can still change them. The
/// transaction must have named the co-ops. Running it twice, or from several workers, adds nothing twice.
pub async fn roll_up(tx: &db::Tx, coops: &[CoopId]) -> Result<(), DbErr> {
    let ids: Vec<i32> = coops.iter().map(|coop| coop.0).collect();
    tx.execute_raw(statement(MARK, [ids.clone().into()])).await?;
    tx.execute_raw(statement(LOCK, [ids.clone().into()])).await?;
    let Some(row) = tx.query_one_raw(statement(HORIZON, [])).await? else { return Ok(()) };
    let horizon: DateTime<Utc> = row.try_get("", "at")?;
    tx.execute_raw(statement(ROLL, [ids.into(), horizon.into()])).await?;
    Ok(())
}
