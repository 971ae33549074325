//! Whose a fact is, and what is known of the balance transactions it names: two statements for a whole batch.

use std::collections::HashMap;

use db::statement;
use kernel::{CoopId, PartyId, SaleId};
use orders::FeeKnown;
use sea_orm::{ConnectionTrait as _, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::{
    Fact, SettlementError,
    fact::{FeeName, SaleName, currency},
};

/// Whose a Stripe object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Sale(CoopId, SaleId),
    Party(CoopId, PartyId),
}

/// What the database knows of the objects that a batch names.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) owners: HashMap<String, Owner>,
    pub(crate) fees: HashMap<String, FeeKnown>,
}

#[derive(FromQueryResult)]
struct Named {
    object: String,
    coop_id: i32,
    sale_id: Option<Uuid>,
    party_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct Transaction {
    id: String,
    amount: i64,
    fee: i64,
    currency: String,
    exchange_rate: Option<String>,
    available_on: chrono::DateTime<chrono::Utc>,
    created: chrono::DateTime<chrono::Utc>,
}

const REFS: &str = "select object_id as object, coop_id, sale_id, party_id from stripe_ref where object_id = any ($1::text[])";
const FEES: &str = "
select id, amount, fee, currency::text as currency, exchange_rate, available_on, created from balance_transaction where id = any ($1::text[])";
const LINK: &str = "
insert into stripe_ref (object_id, coop_id, sale_id)
select new.object_id, new.coop_id, new.sale_id from unnest($1::text[], $2::int4[], $3::uuid[]) as new (object_id, coop_id, sale_id)
order by new.object_id
on conflict (object_id) do nothing";

impl Known {
    /// Looks up everything that the facts name.
    pub(crate) async fn look_up<'a>(tx: &db::Tx, facts: impl Iterator<Item = &'a Fact> + Clone) -> Result<Self, SettlementError> {
        let mut known = Self::default();
        let objects: Vec<String> = facts.clone().flat_map(named_objects).map(ToOwned::to_owned).collect();
        if !objects.is_empty() {
            for row in Named::find_by_statement(statement(REFS, [objects.into()])).all(tx).await? {
                let coop = CoopId(row.coop_id);
                let owner = match (row.sale_id, row.party_id) {
                    (Some(sale), _) => Owner::Sale(coop, SaleId(sale)),
                    (None, Some(party)) => Owner::Party(coop, PartyId(party)),
                    (None, None) => continue,
                };
                known.owners.insert(row.object, owner);
            }
        }
        let fees: Vec<String> = facts.filter_map(named_fee).map(ToOwned::to_owned).collect();
        if !fees.is_empty() {
            for row in Transaction::find_by_statement(statement(FEES, [fees.into()])).all(tx).await? {
                let known_fee = FeeKnown {
                    balance_transaction: row.id.clone(),
                    gross: row.amount,
                    fee: row.fee,
                    currency: currency(row.currency.trim())?,
                    exchange_rate: row.exchange_rate,
                    at: row.created,
                    available_at: row.available_on,
                };
                known.fees.insert(row.id, known_fee);
            }
        }
        Ok(known)
    }

    /// The sale that a fact is about; the Stripe object to wait for when that is not known yet.
    pub(crate) fn sale(&self, name: &SaleName) -> Result<(CoopId, SaleId), Option<String>> {
        let through = name.objects.iter().find_map(|object| match self.owners.get(object) {
            Some(Owner::Sale(coop, sale)) => Some((*coop, *sale)),
            Some(Owner::Party(..)) | None => None,
        });
        // A payment intent that we placed ourselves says more than metadata, which anyone with the key can write
        through.or(name.outright).ok_or_else(|| name.objects.first().cloned())
    }

    pub(crate) fn party(&self, account: &str) -> Option<(CoopId, PartyId)> {
        match self.owners.get(account) {
            Some(Owner::Party(coop, party)) => Some((*coop, *party)),
            Some(Owner::Sale(..)) | None => None,
        }
    }
}

fn named_objects(fact: &Fact) -> Vec<&str> {
    match fact {
        Fact::Payment { sale, .. } | Fact::Linked { sale } | Fact::Refund { sale, .. } | Fact::Dispute { sale, .. } => {
            sale.objects.iter().map(String::as_str).collect()
        }
        Fact::Account { account, .. } | Fact::BankPayout { account, .. } => vec![account],
        Fact::Transfer { .. } | Fact::Nothing => Vec::new(),
    }
}

fn named_fee(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::Payment { fee: Some(FeeName::Named(id)), .. } => Some(id),
        _ => None,
    }
}

/// Remembers whose objects are that were learnt just now.
pub(crate) async fn link(tx: &db::Tx, learnt: &[(String, CoopId, SaleId)]) -> Result<(), DbErr> {
    if learnt.is_empty() {
        return Ok(());
    }
    let objects: Vec<String> = learnt.iter().map(|(object, _, _)| object.clone()).collect();
    let coops: Vec<i32> = learnt.iter().map(|(_, coop, _)| coop.0).collect();
    let sales: Vec<Uuid> = learnt.iter().map(|(_, _, sale)| sale.0).collect();
    tx.execute_raw(statement(LINK, [objects.into(), coops.into(), sales.into()])).await?;
    Ok(())
}
