//! Charging a month.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use db::{column, statement};
use kernel::{Actor, CoopId, Currency, Month, PartyId, Permission};
use ledger::{Account, AccountKind, Posting, PostingHead};
use sea_orm::{ConnectionTrait as _, FromQueryResult};

use crate::{Costs, CostsError, Pool, PoolId, Rule, pool, shares};

const MAX_MINOR: i64 = 1_000_000_000_000;
/// The kind of its posting.
const KIND: &str = "cost_charge";

/// What a pool came to in a month.
#[derive(Clone, Copy, Debug)]
pub struct Charge {
    /// Of which pool.
    pub pool: PoolId,
    /// In which month.
    pub month: Month,
    /// How much, in minor units of the pool's currency.
    pub amount: i64,
}

/// One party's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose.
    pub party: PartyId,
    /// What it was shared by.
    pub weight: i64,
    /// What is taken out of what the co-op owes them.
    pub amount: i64,
}

/// A month that was charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    /// Of which pool.
    pub pool: PoolId,
    /// Which month.
    pub month: Month,
    /// What is paid in.
    pub currency: Currency,
    /// What each pays, by party. They sum to the cost.
    pub shares: Vec<Share>,
}

#[derive(FromQueryResult)]
struct Earned {
    party_id: i64,
    earned: i64,
}

#[derive(FromQueryResult)]
struct ShareRow {
    party_id: i64,
    weight: i64,
    amount: i64,
}

impl Costs {
    /// Charges a month to a pool, in the co-op's time zone: each share is taken out of what the co-op owes its party, and the whole
    /// is the co-op's, which had paid the bill. The same again is the same charge; another amount is refused.
    #[tracing::instrument(name = "costs.charge", skip_all, fields(coop.id = %actor.coop, pool.id = %charge.pool))]
    pub async fn charge(&self, actor: &Actor, charge: Charge, zone: &Tz) -> Result<Charged, CostsError> {
        const INSERT: &str = "
            insert into cost_charge (coop_id, pool_id, month, amount, charged_at) values ($1, $2, $3, $4, $5) on conflict do nothing";
        actor.require(Permission::StatementsClose)?;
        if !(1..=MAX_MINOR).contains(&charge.amount) {
            return Err(CostsError::Amount);
        }
        let (coop, month, now) = (actor.coop, charge.month, self.clock.now());
        let ends_at = month.next().starts_at(zone);
        if ends_at > now {
            return Err(CostsError::NotOver(month));
        }
        let tx = db::begin(&self.db, coop).await?;
        let pool = pool::get(&tx, coop, charge.pool).await?;
        let values = [coop.0.into(), charge.pool.0.into(), month.first_day().into(), charge.amount.into(), now.into()];
        if tx.execute_raw(statement(INSERT, values)).await?.rows_affected() > 0 {
            let weights = weights(&tx, coop, &pool, (month.starts_at(zone), ends_at)).await?;
            let divided = shares(charge.amount, &weights).ok_or(CostsError::NothingSold(month))?;
            let shares: Vec<Share> = weights
                .iter()
                .zip(divided)
                .map(|((party, weight), (_, amount))| Share { party: *party, weight: *weight, amount })
                .collect();
            insert_shares(&tx, coop, &charge, &shares).await?;
            if let Some(posting) = posting(coop, &pool, &charge, &shares, now)? {
                ledger::post(&tx, &self.accounts, &[posting]).await?;
            }
        }
        let charged = get(&tx, coop, &pool, month).await?;
        let total: i64 = charged.shares.iter().map(|share| share.amount).sum();
        if total != charge.amount {
            return Err(CostsError::Charged { month, charged: total });
        }
        tx.commit().await?;
        Ok(charged)
    }

    /// What a month of a pool was charged to whom; no shares when it was not.
    pub async fn charged(&self, coop: CoopId, pool: PoolId, month: Month) -> Result<Charged, CostsError> {
        let tx = db::begin(&self.db, coop).await?;
        let pool = pool::get(&tx, coop, pool).await?;
        let charged = get(&tx, coop, &pool, month).await?;
        tx.commit().await?;
        Ok(charged)
    }
}

/// What each sharer weighs. Earned from sales: credits less debits of the payables in postings that speak of a sale.
async fn weights(
    tx: &db::Tx,
    coop: CoopId,
    pool: &Pool,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(PartyId, i64)>, CostsError> {
    const EARNED: &str = "
        select sharer.party_id, greatest(coalesce(-sum(moved.amount), 0), 0)::int8 as earned
        from unnest($2::int8[]) as sharer (party_id)
        left join account on account.coop_id = $1 and account.kind = 'member_payable' and account.party_id = sharer.party_id
            and account.currency = $3
        left join lateral (
            select entry.amount from entry
            join posting on posting.coop_id = entry.coop_id and posting.posting_id = entry.posting_id and posting.sale_id is not null
                and posting.effective_at >= $4 and posting.effective_at < $5
            where entry.coop_id = $1 and entry.account_id = account.account_id offset 0
        ) moved on true
        group by sharer.party_id order by sharer.party_id";
    match pool.rule {
        Rule::Equal => Ok(pool.sharers.iter().map(|sharer| (sharer.party, 1)).collect()),
        Rule::Measure => Ok(pool.sharers.iter().map(|sharer| (sharer.party, sharer.measure)).collect()),
        Rule::Sales => {
            let parties = column(&pool.sharers, |sharer| sharer.party.0);
            let values = [coop.0.into(), parties, pool.currency.code().into(), from.into(), to.into()];
            let rows = Earned::find_by_statement(statement(EARNED, values)).all(tx).await?;
            Ok(rows.into_iter().map(|row| (PartyId(row.party_id), row.earned)).collect())
        }
    }
}

/// Each share out of its party's payable, the whole to the co-op's income.
fn posting(coop: CoopId, pool: &Pool, charge: &Charge, shares: &[Share], now: DateTime<Utc>) -> Result<Option<Posting>, CostsError> {
    let head = PostingHead {
        coop,
        kind: KIND,
        source: format!("{}:{}", charge.pool, charge.month),
        currency: pool.currency,
        effective_at: now,
        available_at: now,
        sale: None,
        reverses: None,
        exchange: None,
    };
    let debits = shares.iter().map(|share| (Account::of(AccountKind::MemberPayable, share.party), share.amount));
    Ok(Posting::try_new(head, debits.chain([(Account::own(AccountKind::CoopIncome), -charge.amount)]))?)
}

async fn insert_shares(tx: &db::Tx, coop: CoopId, charge: &Charge, shares: &[Share]) -> Result<(), CostsError> {
    const INSERT: &str = "
        insert into cost_share (coop_id, pool_id, month, party_id, weight, amount)
        select $1, $2, $3, party_id, weight, amount from unnest($4::int8[], $5::int8[], $6::int8[]) as share (party_id, weight, amount)";
    let values = [
        coop.0.into(),
        charge.pool.0.into(),
        charge.month.first_day().into(),
        column(shares, |share| share.party.0),
        column(shares, |share| share.weight),
        column(shares, |share| share.amount),
    ];
    tx.execute_raw(statement(INSERT, values)).await?;
    Ok(())
}

async fn get(tx: &db::Tx, coop: CoopId, pool: &Pool, month: Month) -> Result<Charged, CostsError> {
    const SHARES: &str = "
        select party_id, weight, amount from cost_share where coop_id = $1 and pool_id = $2 and month = $3 order by party_id";
    let values: [sea_orm::Value; 3] = [coop.0.into(), pool.id.0.into(), month.first_day().into()];
    let rows = ShareRow::find_by_statement(statement(SHARES, values)).all(tx).await?;
    let shares = rows.into_iter().map(|row| Share { party: PartyId(row.party_id), weight: row.weight, amount: row.amount }).collect();
    Ok(Charged { pool: pool.id, month, currency: pool.currency, shares })
}
