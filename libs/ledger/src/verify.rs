//! Recomputes everything that the books say about themselves and names the first thing that differs.

use chrono::{DateTime, NaiveDate, Utc};
use db::statement;
use kernel::{CoopId, Month};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};

use crate::{
    LedgerError,
    seal::{Seal, chain_hash, covered, merkle_root},
};

/// The first thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// A posting whose legs do not match its header or do not sum to zero.
    #[error(
        "posting {posting} ({kind} of {source_id}): {found_legs} legs with debits {debits} and sum {sum}, its header says {legs} legs with debits {total}"
    )]
    Posting {
        /// Its number.
        posting: i64,
        /// Its kind.
        kind: String,
        /// What caused it.
        source_id: String,
        /// Legs by the header.
        legs: i16,
        /// Debits by the header.
        total: i64,
        /// Legs that are there.
        found_legs: i64,
        /// Debits that are there.
        debits: i64,
        /// The sum of the legs.
        sum: i64,
    },
    /// An entry without a posting, or on an account that does not exist or has another currency.
    #[error("entry {posting}/{leg} belongs to no posting and account of its currency")]
    Entry {
        /// The posting's number.
        posting: i64,
        /// The leg.
        leg: i16,
    },
    /// An account whose balance is not the sum of its entries.
    #[error(
        "account {account} ({kind}): its balance says debits {debits} and credits {credits}, its entries {entry_debits} and {entry_credits}"
    )]
    Balance {
        /// Its number.
        account: i64,
        /// Its kind.
        kind: String,
        /// By the balance.
        debits: i64,
        /// By the balance.
        credits: i64,
        /// By the entries.
        entry_debits: i64,
        /// By the entries.
        entry_credits: i64,
    },
    /// A closed month whose balance is not the sum of its entries.
    #[error(
        "account {account} in {month}: the closed month says debits {debits} and credits {credits}, its entries {entry_debits} and {entry_credits}"
    )]
    Period {
        /// Its number.
        account: i64,
        /// The month.
        month: Month,
        /// As written down.
        debits: i64,
        /// As written down.
        credits: i64,
        /// By the entries.
        entry_debits: i64,
        /// By the entries.
        entry_credits: i64,
    },
    /// A link of the chain of seals that is broken.
    #[error("seal {seq}: {what}")]
    Seal {
        /// Its place in the chain.
        seq: i64,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// The result of [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Postings looked at.
    pub postings: i64,
    /// Entries looked at.
    pub entries: i64,
    /// Seals recomputed.
    pub seals: i64,
    /// The first difference; `None` when everything agrees.
    pub difference: Option<Difference>,
}

const POSTINGS: &str = "
select posting.posting_id, posting.kind, posting.source_id, posting.legs, posting.total,
       coalesce(found.legs, 0) as found_legs, coalesce(found.debits, 0)::int8 as debits, coalesce(found.sum, 0)::int8 as sum
from posting
left join (select posting_id, count(*) as legs, sum(greatest(amount, 0)) as debits, sum(amount) as sum from entry where coop_id = $1 group by posting_id) found
    on found.posting_id = posting.posting_id
where posting.coop_id = $1 and (found.legs is distinct from posting.legs or found.sum <> 0 or found.debits <> posting.total)
order by posting.posting_id limit 1";

const ENTRIES: &str = "
select entry.posting_id, entry.leg
from entry
left join posting on posting.coop_id = entry.coop_id and posting.posting_id = entry.posting_id
left join account on account.coop_id = entry.coop_id and account.account_id = entry.account_id
where entry.coop_id = $1 and (posting.currency is null or account.currency is distinct from posting.currency)
order by entry.posting_id, entry.leg limit 1";

const BALANCES: &str = "
select account.account_id, account.kind::text as kind, coalesce(balance.debits, 0) as debits, coalesce(balance.credits, 0) as credits,
       coalesce(found.debits, 0)::int8 as entry_debits, coalesce(found.credits, 0)::int8 as entry_credits
from account
left join balance on balance.coop_id = account.coop_id and balance.account_id = account.account_id
left join lateral (
    select sum(greatest(entry.amount, 0)) as debits, sum(greatest(-entry.amount, 0)) as credits
    from entry
    join posting on posting.coop_id = entry.coop_id and posting.posting_id = entry.posting_id
    where entry.coop_id = account.coop_id and entry.account_id = account.account_id
      and (account.mode = 'inline' or posting.posted_at <= coalesce((select rolled_to from ledger_mark where coop_id = $1), '-infinity'))
) found on true
where account.coop_id = $1
  and (coalesce(balance.debits, 0), coalesce(balance.credits, 0)) is distinct from (coalesce(found.debits, 0), coalesce(found.credits, 0))
order by account.account_id limit 1";

const PERIODS: &str = "
with span as (
    select month, ends_at, lag(ends_at, 1, '-infinity') over (order by month) as starts_at from period_close where coop_id = $1
), found as (
    select span.month, entry.account_id, sum(greatest(entry.amount, 0)) as debits, sum(greatest(-entry.amount, 0)) as credits
    from span
    join posting on posting.coop_id = $1 and posting.effective_at >= span.starts_at and posting.effective_at < span.ends_at
    join entry on entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id
    group by span.month, entry.account_id
), written as (
    select month, account_id, debits, credits from period_balance where coop_id = $1
)
select account_id, month, coalesce(written.debits, 0) as debits, coalesce(written.credits, 0) as credits,
       coalesce(found.debits, 0)::int8 as entry_debits, coalesce(found.credits, 0)::int8 as entry_credits
from found full join written using (month, account_id)
where (coalesce(written.debits, 0), coalesce(written.credits, 0)) is distinct from (coalesce(found.debits, 0), coalesce(found.credits, 0))
order by month, account_id limit 1";

const COUNTS: &str = "
select (select count(*) from posting where coop_id = $1) as postings, (select count(*) from entry where coop_id = $1) as entries";
const SEALS: &str = "select seq, after, until, postings, merkle_root, prev_hash, hash from seal where coop_id = $1 order by seq";
const RECORD: &str = "
insert into ledger_check (coop_id, postings, entries, difference) values ($1, $2, $3, $4) on conflict do nothing";

#[derive(FromQueryResult)]
struct PostingRow {
    posting_id: i64,
    kind: String,
    source_id: String,
    legs: i16,
    total: i64,
    found_legs: i64,
    debits: i64,
    sum: i64,
}

#[derive(FromQueryResult)]
struct EntryRow {
    posting_id: i64,
    leg: i16,
}

#[derive(FromQueryResult)]
struct BalanceRow {
    account_id: i64,
    kind: String,
    debits: i64,
    credits: i64,
    entry_debits: i64,
    entry_credits: i64,
}

#[derive(FromQueryResult)]
struct PeriodRow {
    account_id: i64,
    month: NaiveDate,
    debits: i64,
    credits: i64,
    entry_debits: i64,
    entry_credits: i64,
}

#[derive(FromQueryResult)]
struct Counts {
    postings: i64,
    entries: i64,
}

/// Recomputes the sums of all postings, all balances, all closed months and all seals of a co-op, in one snapshot.
pub async fn verify(db: &DatabaseConnection, coop: CoopId) -> Result<Verdict, LedgerError> {
    let tx = db::begin_snapshot(db, coop).await?;
    let counts =
        Counts::find_by_statement(statement(COUNTS, [coop.0.into()])).one(&tx).await?.unwrap_or(Counts { postings: 0, entries: 0 });
    let seals = Seal::find_by_statement(statement(SEALS, [coop.0.into()])).all(&tx).await?;
    let sealed = i64::try_from(seals.len()).unwrap_or(i64::MAX);
    let difference = match first_in_rows(&tx, coop).await? {
        Some(difference) => Some(difference),
        None => first_in_seals(&tx, coop, seals).await?,
    };
    tx.commit().await?;
    Ok(Verdict { postings: counts.postings, entries: counts.entries, seals: sealed, difference })
}

async fn first_in_rows(tx: &db::Tx, coop: CoopId) -> Result<Option<Difference>, DbErr> {
    if let Some(row) = PostingRow::find_by_statement(statement(POSTINGS, [coop.0.into()])).one(tx).await? {
        let PostingRow { posting_id, kind, source_id, legs, total, found_legs, debits, sum } = row;
        return Ok(Some(Difference::Posting { posting: posting_id, kind, source_id, legs, total, found_legs, debits, sum }));
    }
    if let Some(row) = EntryRow::find_by_statement(statement(ENTRIES, [coop.0.into()])).one(tx).await? {
        return Ok(Some(Difference::Entry { posting: row.posting_id, leg: row.leg }));
    }
    if let Some(row) = BalanceRow::find_by_statement(statement(BALANCES, [coop.0.into()])).one(tx).await? {
        let BalanceRow { account_id, kind, debits, credits, entry_debits, entry_credits } = row;
        return Ok(Some(Difference::Balance { account: account_id, kind, debits, credits, entry_debits, entry_credits }));
    }
    let row = PeriodRow::find_by_statement(statement(PERIODS, [coop.0.into()])).one(tx).await?;
    Ok(row.map(|row| {
        let PeriodRow { account_id, month, debits, credits, entry_debits, entry_credits } = row;
        Difference::Period { account: account_id, month: month.into(), debits, credits, entry_debits, entry_credits }
    }))
}

async fn first_in_seals(tx: &db::Tx, coop: CoopId, seals: Vec<Seal>) -> Result<Option<Difference>, DbErr> {
    let (mut prev_hash, mut after): (Vec<u8>, DateTime<Utc>) = (vec![0; 32], DateTime::UNIX_EPOCH);
    for (expected, seal) in (1..).zip(seals) {
        let broken = |what| Ok(Some(Difference::Seal { seq: expected, what }));
        if seal.seq != expected {
            return broken("it is missing from the chain");
        }
        if seal.prev_hash != prev_hash || seal.after != after {
            return broken("it does not follow the seal before it");
        }
        let postings = covered(tx, coop, seal.after, seal.until).await?;
        if usize::try_from(seal.postings).ok() != Some(postings.len()) {
            return broken("postings were added to or removed from what it covers");
        }
        let root = merkle_root(postings.iter().map(crate::seal::SealedPosting::leaf).collect());
        if root.as_slice() != seal.merkle_root {
            return broken("a posting that it covers was changed");
        }
        if chain_hash((seal.seq, seal.after, seal.until, seal.postings), &root, &prev_hash).as_slice() != seal.hash {
            return broken("its own hash was changed");
        }
        (prev_hash, after) = (seal.hash, seal.until);
    }
    Ok(None)
}

/// Keeps a verdict where the co-op's admins can read it.
pub async fn record_check(tx: &db::Tx, coop: CoopId, verdict: &Verdict) -> Result<(), DbErr> {
    let difference = verdict.difference.as_ref().map(ToString::to_string);
    tx.execute_raw(statement(RECORD, [coop.0.into(), verdict.postings.into(), verdict.entries.into(), difference.into()])).await?;
    Ok(())
}
