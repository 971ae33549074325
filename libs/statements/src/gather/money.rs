//! What is owed to parties at a moment, and what moved in between.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use db::{parsed, statement};
use kernel::{CoopId, Currency, PartyId, SaleId};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use crate::Owed;

/// From a moment up to and without another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
}

/// Closed months stand in `period_balance`; only what came after the last one before the moment is added up.
const OWED: &str = "
with base as (
    select coalesce(max(ends_at), '-infinity') as until, coalesce(max(month), '-infinity') as month
    from period_close where coop_id = $1 and ends_at <= $2
), part as (
    select written.account_id, written.credits - written.debits as owed
    from base join period_balance written on written.coop_id = $1 and written.month <= base.month
    union all
    select entry.account_id, -entry.amount
    from base
    join posting on posting.coop_id = $1 and posting.effective_at >= base.until and posting.effective_at < $2
    join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
)
select account.party_id, account.currency::text as currency, sum(part.owed)::int8 as total,
       coalesce(sum(part.owed) filter (where account.kind = 'held'), 0)::int8 as held
from part
join account on account.coop_id = $1 and account.account_id = part.account_id
where account.kind in ('member_payable', 'held') and account.party_id is not null
group by account.party_id, account.currency
having sum(part.owed) <> 0 or coalesce(sum(part.owed) filter (where account.kind = 'held'), 0) <> 0";

const MOVED: &str = "
select distinct account.party_id
from posting
join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id
where posting.coop_id = $1 and posting.effective_at >= $2 and posting.effective_at < $3
  and account.kind in ('member_payable', 'held') and account.party_id is not null";

const MOVEMENTS: &str = "
select account.party_id, account.currency::text as currency, posting.posting_id, posting.kind, posting.source_id, posting.effective_at,
       posting.sale_id, -sum(entry.amount)::int8 as amount, coalesce(-sum(entry.amount) filter (where account.kind = 'held'), 0)::int8 as held
from posting
join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id
where posting.coop_id = $1 and posting.effective_at >= $2 and posting.effective_at < $3
  and account.kind in ('member_payable', 'held') and account.party_id = any ($4)
group by posting.coop_id, posting.posting_id, account.party_id, account.currency
order by account.party_id, account.currency, posting.effective_at, posting.posting_id";

/// What one posting did to one party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Movement {
    pub(crate) party: PartyId,
    pub(crate) currency: Currency,
    pub(crate) posting: i64,
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) sale: Option<SaleId>,
    /// Payable and held together, seen from the party.
    pub(crate) amount: i64,
    pub(crate) held: i64,
}

/// What the co-op owed each party before a moment; zeros are left out.
pub(crate) async fn owed_before(
    db: &impl ConnectionTrait,
    coop: CoopId,
    at: DateTime<Utc>,
) -> Result<HashMap<(PartyId, Currency), Owed>, DbErr> {
    let rows = db.query_all_raw(statement(OWED, [coop.0.into(), at.into()])).await?;
    rows.iter()
        .map(|row| {
            let owed = Owed { total: row.try_get("", "total")?, held: row.try_get("", "held")? };
            Ok(((PartyId(row.try_get("", "party_id")?), parsed(row, "currency")?), owed))
        })
        .collect()
}

/// Every party whose account moved.
pub(crate) async fn moved_parties(db: &impl ConnectionTrait, coop: CoopId, span: Span) -> Result<BTreeSet<PartyId>, DbErr> {
    let rows = db.query_all_raw(statement(MOVED, [coop.0.into(), span.from.into(), span.until.into()])).await?;
    rows.iter().map(|row| row.try_get("", "party_id").map(PartyId)).collect()
}

/// What moved for these parties, by party, currency and time.
pub(crate) async fn movements(db: &impl ConnectionTrait, coop: CoopId, span: Span, parties: &[PartyId]) -> Result<Vec<Movement>, DbErr> {
    let parties: Vec<i64> = parties.iter().map(|party| party.0).collect();
    let rows = db.query_all_raw(statement(MOVEMENTS, [coop.0.into(), span.from.into(), span.until.into(), parties.into()])).await?;
    rows.iter().map(movement).collect()
}

fn movement(row: &QueryResult) -> Result<Movement, DbErr> {
    Ok(Movement {
        party: PartyId(row.try_get("", "party_id")?),
        currency: parsed(row, "currency")?,
        posting: row.try_get("", "posting_id")?,
        kind: row.try_get("", "kind")?,
        source: row.try_get("", "source_id")?,
        at: row.try_get("", "effective_at")?,
        sale: row.try_get::<Option<Uuid>>("", "sale_id")?.map(SaleId),
        amount: row.try_get("", "amount")?,
        held: row.try_get("", "held")?,
    })
}
