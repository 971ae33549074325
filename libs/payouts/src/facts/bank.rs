//! Payouts from the parties' own Stripe accounts to their banks. They move no money of ours, but members ask us.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::{DateTime, Utc};
use db::statement;
use kernel::CoopId;
use sea_orm::{ConnectionTrait as _, DbErr};

use crate::BankPayoutStatus;

/// A payout of a connected account to its bank, as Stripe shows it at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFact {
    /// Whose party has the account.
    pub coop: CoopId,
    /// `po_…`
    pub bank_payout: String,
    /// `acct_…`
    pub account: String,
    /// In minor units.
    pub amount: i64,
    /// Three letters, in any case.
    pub currency: String,
    /// How far it has come.
    pub status: BankPayoutStatus,
    /// Why it came back: Stripe's sentence, or its code.
    pub reason: Option<String>,
    /// When Stripe made it.
    pub created_at: DateTime<Utc>,
}

const RECORD: &str = "
insert into bank_payout as known (coop_id, bank_payout_id, destination, currency, amount, status, reason, created_at)
select coop_id, bank_payout_id, destination, upper(currency), amount, status::bank_payout_status, nullif(reason, ''), created_at
from unnest($1::int4[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::text[], $8::timestamptz[])
    as fact (coop_id, bank_payout_id, destination, currency, amount, status, reason, created_at)
order by coop_id, bank_payout_id
on conflict (coop_id, bank_payout_id) do update set status = excluded.status, reason = excluded.reason
    where excluded.status > known.status";

/// Keeps the furthest state of each. Currencies must be known ones. The transaction must have named every co-op concerned.
/// [`crate::Payout::bank`] tells readers what it means for a payout.
pub async fn record_bank_payouts(tx: &db::Tx, facts: &[BankFact]) -> Result<(), DbErr> {
    let mut furthest: BTreeMap<(CoopId, &str), &BankFact> = BTreeMap::new();
    for fact in facts {
        match furthest.entry((fact.coop, &fact.bank_payout)) {
            Entry::Vacant(place) => {
                place.insert(fact);
            }
            Entry::Occupied(mut place) if place.get().status < fact.status => {
                place.insert(fact);
            }
            Entry::Occupied(_) => {}
        }
    }
    if furthest.is_empty() {
        return Ok(());
    }
    let facts: Vec<&BankFact> = furthest.into_values().collect();
    let values = [
        facts.iter().map(|fact| fact.coop.0).collect::<Vec<i32>>().into(),
        facts.iter().map(|fact| fact.bank_payout.clone()).collect::<Vec<String>>().into(),
        facts.iter().map(|fact| fact.account.clone()).collect::<Vec<String>>().into(),
        facts.iter().map(|fact| fact.currency.clone()).collect::<Vec<String>>().into(),
        facts.iter().map(|fact| fact.amount).collect::<Vec<i64>>().into(),
        facts.iter().map(|fact| fact.status.name().to_owned()).collect::<Vec<String>>().into(),
        facts.iter().map(|fact| fact.reason.clone().unwrap_or_default()).collect::<Vec<String>>().into(),
        facts.iter().map(|fact| fact.created_at).collect::<Vec<DateTime<Utc>>>().into(),
    ];
    tx.execute_raw(statement(RECORD, values)).await?;
    Ok(())
}
