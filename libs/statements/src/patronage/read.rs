//! Who took part, and what was shared out before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use db::{parsed, statement};
use kernel::{CoopId, Currency, PartyId, PersonId};
use sea_orm::{ConnectionTrait, DbErr, Value};

use super::{Metric, Patronage, PatronageOrder, PatronageShare};
use crate::{PatronageFault, StatementsError, gather::Span};

const CREDITED: &str = "
select account.party_id, -sum(entry.amount)::int8 as credited
from posting
join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id and account.kind = 'member_payable'
join party on party.coop_id = account.coop_id and party.party_id = account.party_id and party.kind = 'member'
where posting.coop_id = $1 and posting.effective_at >= $2 and posting.effective_at < $3 and posting.currency = $4
  and posting.kind in ('settlement', 'refund', 'refund_failed', 'dispute_lost')
group by account.party_id
having -sum(entry.amount) > 0";
const MEMBERS: &str = "select party_id from party where coop_id = $1 and kind = 'member'";
const FIND: &str = "
select first_month, last_month, currency::text as currency, surplus, metric, cash_ppm from patronage where coop_id = $1 and key = $2";
const SHARES: &str = "
select party_id, weight, amount, cash, retained from patronage_share where coop_id = $1 and key = $2 order by party_id";
const INSERT: &str = "
insert into patronage (coop_id, key, first_month, last_month, currency, surplus, metric, cash_ppm, ordered_by, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const INSERT_SHARES: &str = "
insert into patronage_share (coop_id, key, party_id, weight, amount, cash, retained)
select $1, $2, new.* from unnest($3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[]) as new";

/// What sales credited to each member in a span, less what was given back; members with nothing are left out.
pub(super) async fn credited(tx: &db::Tx, coop: CoopId, span: Span, currency: Currency) -> Result<BTreeMap<PartyId, i64>, DbErr> {
    let values = [coop.0.into(), span.from.into(), span.until.into(), currency.code().into()];
    let rows = tx.query_all_raw(statement(CREDITED, values)).await?;
    rows.iter().map(|row| Ok((PartyId(row.try_get("", "party_id")?), row.try_get("", "credited")?))).collect()
}

pub(super) async fn members(tx: &db::Tx, coop: CoopId) -> Result<BTreeSet<PartyId>, DbErr> {
    let rows = tx.query_all_raw(statement(MEMBERS, [coop.0.into()])).await?;
    rows.iter().map(|row| row.try_get("", "party_id").map(PartyId)).collect()
}

/// What was shared out under the order's key before; an error when that was another order.
pub(super) async fn find(tx: &db::Tx, coop: CoopId, order: &PatronageOrder) -> Result<Option<Patronage>, StatementsError> {
    let Some(row) = tx.query_one_raw(statement(FIND, [coop.0.into(), order.key.as_str().into()])).await? else { return Ok(None) };
    let (first, last): (NaiveDate, NaiveDate) = (row.try_get("", "first_month")?, row.try_get("", "last_month")?);
    let currency: Currency = parsed(&row, "currency")?;
    let shares = shares(tx, coop, &order.key).await?;
    let hours = match &order.metric {
        Metric::SalesCredited => None,
        Metric::Hours(hours) => Some(hours.iter().filter(|(_, hours)| **hours > 0).map(|(party, hours)| (*party, *hours))),
    };
    let same = (first, last) == (order.first.first_day(), order.last.first_day())
        && (currency, row.try_get("", "surplus")?) == (order.surplus.currency, order.surplus.minor)
        && row.try_get::<String>("", "metric")? == order.metric.name()
        && row.try_get::<i32>("", "cash_ppm")? == i32::try_from(order.cash.ppm()).unwrap_or(i32::MAX)
        && hours.is_none_or(|hours| hours.eq(shares.iter().map(|share| (share.party, share.weight))));
    if !same {
        return Err(PatronageFault::OtherOrder(order.key.clone()).into());
    }
    Ok(Some(Patronage { key: order.key.clone(), currency, shares, newly: false }))
}

async fn shares(tx: &db::Tx, coop: CoopId, key: &str) -> Result<Vec<PatronageShare>, DbErr> {
    let rows = tx.query_all_raw(statement(SHARES, [coop.0.into(), key.into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(PatronageShare {
                party: PartyId(row.try_get("", "party_id")?),
                weight: row.try_get("", "weight")?,
                amount: row.try_get("", "amount")?,
                cash: row.try_get("", "cash")?,
                retained: row.try_get("", "retained")?,
            })
        })
        .collect()
}

pub(super) async fn insert(
    tx: &db::Tx,
    coop: CoopId,
    (order, by): (&PatronageOrder, Option<PersonId>),
    shares: &[PatronageShare],
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let column = |of: fn(&PatronageShare) -> i64| -> Value { shares.iter().map(of).collect::<Vec<i64>>().into() };
    let head: [Value; 10] = [
        coop.0.into(),
        order.key.as_str().into(),
        order.first.first_day().into(),
        order.last.first_day().into(),
        order.surplus.currency.code().into(),
        order.surplus.minor.into(),
        order.metric.name().into(),
        i32::try_from(order.cash.ppm()).unwrap_or(i32::MAX).into(),
        by.map(|person| person.0).into(),
        at.into(),
    ];
    tx.execute_raw(statement(INSERT, head)).await?;
    let values: [Value; 7] = [
        coop.0.into(),
        order.key.as_str().into(),
        column(|share| share.party.0),
        column(|share| share.weight),
        column(|share| share.amount),
        column(|share| share.cash),
        column(|share| share.retained),
    ];
    tx.execute_raw(statement(INSERT_SHARES, values)).await?;
    Ok(())
}
