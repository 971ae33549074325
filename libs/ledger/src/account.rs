//! Accounts, named by what they are for; their numbers are found, or made, when first used.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, RwLock},
};

use db::statement;
use kernel::{CoopId, Currency, PartyId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// What an account is for. `is_rolled` ones are too hot for a row lock at each posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountKind {
    /// What the co-op owes a party and may pay out.
    MemberPayable,
    /// What it owes but holds, while a dispute is open.
    Held,
    /// The co-op's own share.
    CoopIncome,
    /// Processor and dispute fees that the co-op bears.
    Fees,
    /// Tax the co-op has to remit.
    TaxPayable,
    /// Money at Stripe.
    Clearing,
    /// Money in the drawers, and collected outside.
    Cash,
    /// Paid by buyers, fee not known yet.
    Unsettled,
    /// Withdrawn by a bank while a dispute is open.
    Disputed,
    /// Payouts on their way.
    Transit,
    /// Paid to a party ahead of its sales.
    Advance,
    /// Retained patronage.
    Capital,
}

impl AccountKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::MemberPayable,
        Self::Held,
        Self::CoopIncome,
        Self::Fees,
        Self::TaxPayable,
        Self::Clearing,
        Self::Cash,
        Self::Unsettled,
        Self::Disputed,
        Self::Transit,
        Self::Advance,
        Self::Capital,
    ];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MemberPayable => "member_payable",
            Self::Held => "held",
            Self::CoopIncome => "coop_income",
            Self::Fees => "fees",
            Self::TaxPayable => "tax_payable",
            Self::Clearing => "clearing",
            Self::Cash => "cash",
            Self::Unsettled => "unsettled",
            Self::Disputed => "disputed",
            Self::Transit => "transit",
            Self::Advance => "advance",
            Self::Capital => "capital",
        }
    }

    /// Whether its balance is added up by a job instead of by each posting.
    pub const fn is_rolled(self) -> bool {
        match self {
            Self::CoopIncome
            | Self::Fees
            | Self::TaxPayable
            | Self::Clearing
            | Self::Cash
            | Self::Unsettled
            | Self::Disputed
            | Self::Transit => true,
            Self::MemberPayable | Self::Held | Self::Advance | Self::Capital => false,
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An account by its meaning: of a co-op, for a purpose, perhaps a party's, in a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// What it is for.
    pub kind: AccountKind,
    /// Whose; `None` for the co-op's own.
    pub party: Option<PartyId>,
}

impl Account {
    /// The co-op's own account of a kind.
    pub const fn own(kind: AccountKind) -> Self {
        Self { kind, party: None }
    }

    /// A party's account of a kind.
    pub const fn of(kind: AccountKind, party: PartyId) -> Self {
        Self { kind, party: Some(party) }
    }
}

pub(crate) type Key = (CoopId, Account, Currency);

/// Account numbers that are known to be in the database. They never change, so a process keeps them for good; clones
/// share what they know.
#[derive(Clone, Debug, Default)]
pub struct Accounts(Arc<RwLock<HashMap<Key, i64>>>);

#[derive(FromQueryResult)]
struct Found {
    coop_id: i32,
    account_id: i64,
    kind: String,
    party_id: Option<i64>,
    currency: String,
}

const FIND: &str = "
    select account.coop_id, account.account_id, account.kind::text as kind, account.party_id, account.currency::text as currency
    from unnest($1::int4[], $2::text[], $3::int8[], $4::text[]) as asked (coop_id, kind, party_id, currency)
    join account on account.coop_id = asked.coop_id and account.kind = asked.kind::account_kind
        and account.party_id is not distinct from nullif(asked.party_id, 0) and account.currency = asked.currency";

const MAKE: &str = "
    insert into account (coop_id, kind, party_id, currency, mode)
    select asked.coop_id, asked.kind::account_kind, nullif(asked.party_id, 0), asked.currency, asked.mode::balance_mode
    from unnest($1::int4[], $2::text[], $3::int8[], $4::text[], $5::text[]) as asked (coop_id, kind, party_id, currency, mode)
    order by asked.coop_id, asked.kind, asked.party_id, asked.currency
    on conflict do nothing";

impl Accounts {
    /// The numbers of all accounts asked for, making those that do not exist yet.
    pub(crate) async fn resolve(&self, tx: &db::Tx, wanted: &BTreeSet<Key>) -> Result<HashMap<Key, i64>, DbErr> {
        let mut known = self.known(wanted);
        let unknown = missing(wanted, &known);
        if unknown.is_empty() {
            return Ok(known);
        }
        let found = find(tx, &unknown).await?;
        // Only what is committed may be remembered: an account made here vanishes if this transaction rolls back.
        self.0.write().expect("no holder of the account numbers panics").extend(found.iter().map(|(key, id)| (*key, *id)));
        known.extend(found);
        let unknown = missing(wanted, &known);
        if !unknown.is_empty() {
            make(tx, &unknown).await?;
            known.extend(find(tx, &unknown).await?);
        }
        Ok(known)
    }

    fn known(&self, wanted: &BTreeSet<Key>) -> HashMap<Key, i64> {
        let numbers = self.0.read().expect("no holder of the account numbers panics");
        wanted.iter().filter_map(|key| numbers.get(key).map(|id| (*key, *id))).collect()
    }
}

fn missing(wanted: &BTreeSet<Key>, known: &HashMap<Key, i64>) -> Vec<Key> {
    wanted.iter().filter(|key| !known.contains_key(key)).copied().collect()
}

fn columns(keys: &[Key]) -> [sea_orm::Value; 4] {
    [
        keys.iter().map(|(coop, _, _)| coop.0).collect::<Vec<i32>>().into(),
        keys.iter().map(|(_, account, _)| account.kind.name().to_owned()).collect::<Vec<String>>().into(),
        keys.iter().map(|(_, account, _)| account.party.map_or(0, |party| party.0)).collect::<Vec<i64>>().into(),
        keys.iter().map(|(_, _, currency)| currency.code().to_owned()).collect::<Vec<String>>().into(),
    ]
}

async fn find(tx: &db::Tx, keys: &[Key]) -> Result<Vec<(Key, i64)>, DbErr> {
    let rows = Found::find_by_statement(statement(FIND, columns(keys))).all(tx).await?;
    rows.into_iter()
        .map(|row| {
            let kind = AccountKind::parse(&row.kind).ok_or_else(|| DbErr::Type(format!("unknown account kind {}", row.kind)))?;
            let currency = row.currency.parse().map_err(|error| DbErr::Type(format!("{error}")))?;
            let account = Account { kind, party: row.party_id.map(PartyId) };
            Ok(((CoopId(row.coop_id), account, currency), row.account_id))
        })
        .collect()
}

async fn make(tx: &db::Tx, keys: &[Key]) -> Result<(), DbErr> {
    let mode = |kind: AccountKind| if kind.is_rolled() { "rolled" } else { "inline" };
    let modes: Vec<String> = keys.iter().map(|(_, account, _)| mode(account.kind).to_owned()).collect();
    tx.execute_raw(statement(MAKE, columns(keys).into_iter().chain([modes.into()]))).await?;
    Ok(())
}
