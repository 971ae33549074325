//! Balance transactions: asked of Stripe between transactions, kept for good, so that what waits for them can be settled.

use std::collections::HashSet;

use db::statement;
use futures_util::{StreamExt as _, stream};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};
use stripe_gateway::{
    BalanceTransactionsAsk, Gateway, GatewayError,
    objects::{BalanceTransaction, Expandable},
};

use crate::SettlementError;

/// How many missing ones are asked for in one go.
const AT_ONCE: i64 = 1_000;
/// From this many missing ones on, whole pages of the newest are read first: a page of 100 costs one request.
const WORTH_A_PAGE: usize = 20;
/// How many pages at the most.
const MOST_PAGES: usize = 10;
/// Requests in flight when they are asked for one by one; the gateway spaces them.
const IN_FLIGHT: usize = 8;

#[derive(FromQueryResult)]
struct Missing {
    id: String,
}

const MISSING: &str = "
select distinct waits_for as id from stripe_event
where status = 'waiting' and waits_for like 'txn\\_%' and not exists (select from balance_transaction known where known.id = waits_for)
limit $1";
const KEEP: &str = "
insert into balance_transaction (id, source, amount, fee, net, currency, exchange_rate, reporting_category, available_on, created)
select new.id, nullif(new.source, ''), new.amount, new.fee, new.net, upper(new.currency), nullif(new.exchange_rate, ''),
       nullif(new.category, ''), new.available_on, new.created
from unnest($1::text[], $2::text[], $3::int8[], $4::int8[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[])
    as new (id, source, amount, fee, net, currency, exchange_rate, category, available_on, created)
order by new.id
on conflict (id) do nothing";

/// Fetches what events wait for. Returns how many were learnt. One that Stripe cannot tell yet is asked for again next time.
pub(crate) async fn fetch(db: &DatabaseConnection, gateway: &Gateway) -> Result<usize, SettlementError> {
    let mut missing: HashSet<String> =
        Missing::find_by_statement(statement(MISSING, [AT_ONCE.into()])).all(db).await?.into_iter().map(|row| row.id).collect();
    let mut learnt = 0;
    if missing.len() >= WORTH_A_PAGE {
        learnt += fetch_pages(db, gateway, &mut missing).await?;
    }
    let mut answers = stream::iter(missing)
        .map(|id| async move { gateway.get_balance_transaction(&id).await })
        .buffer_unordered(IN_FLIGHT)
        .collect::<Vec<Result<BalanceTransaction, GatewayError>>>()
        .await;
    let failed = answers.iter().position(Result::is_err).map(|place| answers.swap_remove(place));
    let found: Vec<BalanceTransaction> = answers.into_iter().filter_map(Result::ok).collect();
    keep(db, &found).await?;
    match failed {
        // Some came: that is progress, and what did not is asked for again
        Some(Err(error)) if learnt + found.len() == 0 => Err(error.into()),
        _ => Ok(learnt + found.len()),
    }
}

async fn fetch_pages(db: &DatabaseConnection, gateway: &Gateway, missing: &mut HashSet<String>) -> Result<usize, SettlementError> {
    let mut learnt = 0;
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let ask = BalanceTransactionsAsk { starting_after: after.take(), ..BalanceTransactionsAsk::default() };
        let page = gateway.list_balance_transactions(&ask).await?;
        keep(db, &page.data).await?;
        learnt += page.data.iter().filter(|found| missing.remove(&found.id)).count();
        after = page.data.last().map(|last| last.id.clone());
        if missing.is_empty() || !page.has_more {
            break;
        }
    }
    Ok(learnt)
}

/// Keeps balance transactions; those that are kept already never change.
pub(crate) async fn keep(db: &impl ConnectionTrait, found: &[BalanceTransaction]) -> Result<(), DbErr> {
    if found.is_empty() {
        return Ok(());
    }
    let texts = |of: fn(&BalanceTransaction) -> String| found.iter().map(of).collect::<Vec<String>>();
    let numbers = |of: fn(&BalanceTransaction) -> i64| found.iter().map(of).collect::<Vec<i64>>();
    let values = [
        texts(|one| one.id.clone()).into(),
        texts(|one| one.source.as_ref().map(Expandable::id).unwrap_or_default().to_owned()).into(),
        numbers(|one| one.amount).into(),
        numbers(|one| one.fee).into(),
        numbers(|one| one.net).into(),
        texts(|one| one.currency.clone()).into(),
        texts(|one| one.exchange_rate.as_ref().map(ToString::to_string).unwrap_or_default()).into(),
        texts(|one| one.reporting_category.clone().unwrap_or_default()).into(),
        found.iter().map(|one| one.available_on).collect::<Vec<_>>().into(),
        found.iter().map(|one| one.created).collect::<Vec<_>>().into(),
    ];
    db.execute_raw(statement(KEEP, values)).await?;
    Ok(())
}
