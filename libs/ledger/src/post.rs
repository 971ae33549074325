//! The one way into the books.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::statement;
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};

use crate::{Accounts, LedgerError, Posting, PostingId, account::Key};

/// What [`post`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// The postings that are new, by their place in the batch.
    pub fresh: BTreeMap<usize, PostingId>,
    /// How many were in the books already, or more than once in the batch.
    pub repeated: usize,
}

/// Header, legs and balances in one statement. Headers go in first, those that exist are skipped, and legs and balances
/// follow only the headers that were really inserted. What falls into a closed month is dated to the first open moment.
/// Accounts are looked up one by one, each once (`offset 0` keeps it so): where statistics are missing the planner would
/// join every leg with every account of the co-op.
pub const POST: &str = "
with asked as materialized (
    select nextval('posting_posting_id_seq') as posting_id, head.ord, head.coop_id, head.kind, head.source_id, head.currency, head.legs, head.total,
           greatest(head.effective_at, closed.until) as effective_at, head.available_at,
           nullif(head.sale_id, '')::uuid as sale_id, nullif(head.reverses, 0) as reverses, nullif(head.exchange, '')::jsonb as exchange
    from unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int2[], $6::int8[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::int8[], $11::text[])
        with ordinality as head (coop_id, kind, source_id, currency, legs, total, effective_at, available_at, sale_id, reverses, exchange, ord)
    left join (select coop_id, max(ends_at) as until from period_close where coop_id = any ($1::int4[]) group by coop_id) closed
        on closed.coop_id = head.coop_id
), fresh as (
    insert into posting (coop_id, posting_id, kind, source_id, currency, legs, total, effective_at, available_at, sale_id, reverses, exchange)
    select coop_id, posting_id, kind, source_id, currency, legs, total, effective_at, available_at, sale_id, reverses, exchange
    from asked order by ord
    on conflict (coop_id, kind, source_id) do nothing
    returning coop_id, posting_id, currency
), named as materialized (
    select fresh.coop_id, fresh.posting_id, fresh.currency, leg.leg, leg.account_id, leg.amount
    from unnest($12::int8[], $13::int2[], $14::int8[], $15::int8[]) as leg (ord, leg, account_id, amount)
    join asked on asked.ord = leg.ord
    join fresh on fresh.posting_id = asked.posting_id
), known as materialized (
    select found.coop_id, found.account_id, found.currency, found.mode
    from (select distinct coop_id, account_id from named) used
    cross join lateral (select * from account where account.coop_id = used.coop_id and account.account_id = used.account_id offset 0) found
), moved as materialized (
    select named.coop_id, named.posting_id, named.leg, named.account_id, named.amount, known.mode
    from named
    join known on known.coop_id = named.coop_id and known.account_id = named.account_id and known.currency = named.currency
), entries as (
    insert into entry (coop_id, posting_id, leg, account_id, amount)
    select coop_id, posting_id, leg, account_id, amount from moved
), balances as (
    insert into balance as now (coop_id, account_id, debits, credits, version)
    select coop_id, account_id, sum(greatest(amount, 0)), sum(greatest(-amount, 0)), 1
    from moved where mode = 'inline' group by coop_id, account_id order by coop_id, account_id
    on conflict (coop_id, account_id) do update
        set debits = now.debits + excluded.debits, credits = now.credits + excluded.credits, version = now.version + 1
)
select asked.ord, fresh.posting_id from fresh join asked on asked.posting_id = fresh.posting_id";

const REPEATED: &str = "
select posting.kind, posting.source_id, posting.total as posted, asked.total as asked
from unnest($1::int4[], $2::text[], $3::text[], $4::int8[], $5::int2[]) as asked (coop_id, kind, source_id, total, legs)
join posting on posting.coop_id = asked.coop_id and posting.kind = asked.kind and posting.source_id = asked.source_id
where posting.total <> asked.total or posting.legs <> asked.legs
limit 1";

#[derive(FromQueryResult)]
struct Fresh {
    ord: i64,
    posting_id: i64,
}

#[derive(FromQueryResult)]
struct Reused {
    kind: String,
    source_id: String,
    posted: i64,
    asked: i64,
}

/// Writes postings into the books, each at most once. The transaction must have named every co-op concerned.
///
/// A posting whose co-op, kind and source are in the books already changes nothing; if its amounts differ from what was
/// posted, the whole batch is an error, since one of the two is wrong.
#[tracing::instrument(name = "ledger.post", skip_all, fields(postings = postings.len(), coop.id = coops(postings)))]
pub async fn post(tx: &db::Tx, accounts: &Accounts, postings: &[Posting]) -> Result<Posted, LedgerError> {
    if postings.is_empty() {
        return Ok(Posted::default());
    }
    let order = in_key_order(postings)?;
    let wanted: BTreeSet<Key> = order.iter().flat_map(|index| keys(&postings[*index])).collect();
    let numbers = accounts.resolve(tx, &wanted).await?;
    let sorted: Vec<&Posting> = order.iter().map(|index| &postings[*index]).collect();

    let rows =
        Fresh::find_by_statement(statement(POST, head_columns(&sorted).into_iter().chain(leg_columns(&sorted, &numbers)))).all(tx).await?;
    let fresh: BTreeMap<usize, PostingId> = rows
        .into_iter()
        .filter_map(|row| Some((*order.get(usize::try_from(row.ord).ok()?.checked_sub(1)?)?, PostingId(row.posting_id))))
        .collect();
    if fresh.len() < sorted.len() {
        let repeated: Vec<&Posting> = order.iter().filter(|index| !fresh.contains_key(*index)).map(|index| &postings[*index]).collect();
        refuse_reuse(tx, &repeated).await?;
    }
    Ok(Posted { repeated: postings.len() - fresh.len(), fresh })
}

/// The co-ops of these postings, for the trace.
fn coops(postings: &[Posting]) -> String {
    let coops: BTreeSet<i32> = postings.iter().map(|posting| posting.head().coop.0).collect();
    coops.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

/// The places of the postings in the order of their keys, one place per key: all writers insert in the same order.
fn in_key_order(postings: &[Posting]) -> Result<Vec<usize>, LedgerError> {
    let mut by_key: BTreeMap<(i32, &str, &str), usize> = BTreeMap::new();
    for (index, posting) in postings.iter().enumerate() {
        let head = posting.head();
        let first = *by_key.entry((head.coop.0, head.kind, &head.source)).or_insert(index);
        if postings[first].legs() != posting.legs() {
            return Err(reused(head.kind, &head.source, postings[first].total(), posting.total()));
        }
    }
    Ok(by_key.into_values().collect())
}

fn keys(posting: &Posting) -> impl Iterator<Item = Key> + '_ {
    posting.legs().iter().map(|(account, _)| (posting.head().coop, *account, posting.head().currency))
}

async fn refuse_reuse(tx: &db::Tx, repeated: &[&Posting]) -> Result<(), LedgerError> {
    let values: [Value; 5] = [
        column(repeated, |posting| posting.head().coop.0),
        column(repeated, |posting| posting.head().kind.to_owned()),
        column(repeated, |posting| posting.head().source.clone()),
        column(repeated, Posting::total),
        column(repeated, leg_count),
    ];
    match tx.query_one_raw(statement(REPEATED, values)).await? {
        None => Ok(()),
        Some(row) => {
            let Reused { kind, source_id, posted, asked } = Reused::from_query_result(&row, "")?;
            Err(LedgerError::SourceReused { kind, source_id, posted, asked })
        }
    }
}

fn reused(kind: &str, source: &str, posted: i64, asked: i64) -> LedgerError {
    LedgerError::SourceReused { kind: kind.to_owned(), source_id: source.to_owned(), posted, asked }
}

fn column<T>(postings: &[&Posting], of: impl Fn(&Posting) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    postings.iter().map(|posting| of(posting)).collect::<Vec<T>>().into()
}

fn leg_count(posting: &Posting) -> i16 {
    i16::try_from(posting.legs().len()).expect("a posting has no more legs than a sale has parties")
}

fn head_columns(postings: &[&Posting]) -> [Value; 11] {
    [
        column(postings, |posting| posting.head().coop.0),
        column(postings, |posting| posting.head().kind.to_owned()),
        column(postings, |posting| posting.head().source.clone()),
        column(postings, |posting| posting.head().currency.code().to_owned()),
        column(postings, leg_count),
        column(postings, Posting::total),
        column(postings, |posting| posting.head().effective_at),
        column(postings, |posting| posting.head().available_at),
        // Absent values travel as '' or 0: the driver has no arrays of optional values
        column(postings, |posting| posting.head().sale.map(|sale| sale.to_string()).unwrap_or_default()),
        column(postings, |posting| posting.head().reverses.map_or(0, |reversed| reversed.0)),
        column(postings, |posting| posting.head().exchange.as_ref().map(exchange_json).unwrap_or_default()),
    ]
}

fn exchange_json(exchange: &crate::Exchange) -> String {
    serde_json::to_string(exchange).expect("an exchange is two strings and a number")
}

fn leg_columns(postings: &[&Posting], numbers: &HashMap<Key, i64>) -> [Value; 4] {
    let count = postings.iter().map(|posting| posting.legs().len()).sum();
    let (mut ords, mut legs) = (Vec::<i64>::with_capacity(count), Vec::<i16>::with_capacity(count));
    let (mut account_ids, mut amounts) = (Vec::<i64>::with_capacity(count), Vec::<i64>::with_capacity(count));
    for (ord, posting) in (1..).zip(postings) {
        for (leg, (key, (_, amount))) in (1..).zip(keys(posting).zip(posting.legs())) {
            ords.push(ord);
            legs.push(leg);
            // An account that is missing here makes the statement insert too few legs, which the database refuses.
            account_ids.push(numbers.get(&key).copied().unwrap_or_default());
            amounts.push(*amount);
        }
    }
    [ords.into(), legs.into(), account_ids.into(), amounts.into()]
}
