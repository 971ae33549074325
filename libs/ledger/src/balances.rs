//! What stands on the accounts: now, and at any past moment.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{CoopId, Currency, PartyId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::{Account, AccountKind};

/// An account's two counters, in minor units. Both only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The account.
    pub account: Account,
    /// The currency of both counters.
    pub currency: Currency,
    /// The sum of all debits.
    pub debits: i64,
    /// The sum of all credits.
    pub credits: i64,
}

impl Balance {
    /// What the co-op owes on this account: credits less debits. Negative when it is owed.
    pub const fn owed(&self) -> i64 {
        self.credits - self.debits
    }
}

#[derive(FromQueryResult)]
struct Row {
    kind: String,
    party_id: Option<i64>,
    currency: String,
    debits: i64,
    credits: i64,
}

impl TryFrom<Row> for Balance {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let kind = AccountKind::parse(&row.kind).ok_or_else(|| DbErr::Type(format!("unknown account kind {}", row.kind)))?;
        let currency = row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?;
        Ok(Self { account: Account { kind, party: row.party_id.map(PartyId) }, currency, debits: row.debits, credits: row.credits })
    }
}

/// Inline balances as they stand; rolled ones are what was added up plus what came since. The legs are looked up posting by
/// posting (`offset 0` keeps it so): on a table that was never analysed the planner would read them all for each posting.
const NOW: &str = "
with rolled as materialized (
    select account_id from account where coop_id = $1 and mode = 'rolled'
), since as materialized (
    select leg.account_id, sum(greatest(leg.amount, 0))::int8 as debits, sum(greatest(-leg.amount, 0))::int8 as credits
    from posting
    cross join lateral (select entry.account_id, entry.amount from entry
                        where entry.coop_id = posting.coop_id and entry.posting_id = posting.posting_id offset 0) leg
    where posting.coop_id = $1 and leg.account_id in (select account_id from rolled)
      and posting.posted_at > coalesce((select rolled_to from ledger_mark where coop_id = $1), '-infinity')
    group by leg.account_id
)
select account.kind::text as kind, account.party_id, account.currency::text as currency,
       coalesce(balance.debits, 0) + coalesce(since.debits, 0) as debits, coalesce(balance.credits, 0) + coalesce(since.credits, 0) as credits
from account
left join balance on balance.coop_id = account.coop_id and balance.account_id = account.account_id
left join since on since.account_id = account.account_id
where account.coop_id = $1
order by account.kind, account.party_id, account.currency";

const AS_OF: &str = "
select account.kind::text as kind, account.party_id, account.currency::text as currency,
       coalesce(sum(greatest(entry.amount, 0)), 0)::int8 as debits, coalesce(sum(greatest(-entry.amount, 0)), 0)::int8 as credits
from account
left join (entry join posting on posting.coop_id = entry.coop_id and posting.posting_id = entry.posting_id and posting.effective_at <= $2)
    on entry.coop_id = account.coop_id and entry.account_id = account.account_id
where account.coop_id = $1
group by account.kind, account.party_id, account.currency
order by account.kind, account.party_id, account.currency";

/// Every account of a co-op with its balance now.
pub async fn balances(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<Balance>, DbErr> {
    let rows = Row::find_by_statement(statement(NOW, [coop.0.into()])).all(db).await?;
    rows.into_iter().map(Balance::try_from).collect()
}

/// Every account of a co-op with its balance as of a moment: what was effective up to and with `at`, as known today.
pub async fn as_of(db: &impl ConnectionTrait, coop: CoopId, at: DateTime<Utc>) -> Result<Vec<Balance>, DbErr> {
    let rows = Row::find_by_statement(statement(AS_OF, [coop.0.into(), at.into()])).all(db).await?;
    rows.into_iter().map(Balance::try_from).collect()
}

/// A party's accounts with their balances as of a moment.
pub async fn as_of_party(db: &impl ConnectionTrait, coop: CoopId, party: PartyId, at: DateTime<Utc>) -> Result<Vec<Balance>, DbErr> {
    let of_party = AS_OF.replace("where account.coop_id = $1", "where account.coop_id = $1 and account.party_id = $3");
    let rows = Row::find_by_statement(statement(&of_party, [coop.0.into(), at.into(), party.0.into()])).all(db).await?;
    rows.into_iter().map(Balance::try_from).collect()
}

const LOCK: &str = "
select account.kind::text as kind, account.party_id, account.currency::text as currency, balance.debits, balance.credits
from balance
join account on account.coop_id = balance.coop_id and account.account_id = balance.account_id
where balance.coop_id = $1 and account.kind = 'member_payable' and account.currency = $2
order by balance.coop_id, balance.account_id
for update of balance";

/// The payable balances of all parties in a currency, locked in key order until the transaction ends: what is decided on
/// them stays true while it is written.
pub async fn lock_payables(tx: &db::Tx, coop: CoopId, currency: Currency) -> Result<Vec<Balance>, DbErr> {
    let rows = Row::find_by_statement(statement(LOCK, [coop.0.into(), currency.code().into()])).all(tx).await?;
    rows.into_iter().map(Balance::try_from).collect()
}
