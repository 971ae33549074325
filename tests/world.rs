//! Builders that the tests start from.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone as _, Utc};
use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{CoopId, PartyId, PersonId, SaleId};
use ledger::Account;
use orders::{Agreements, Channel, NewLine, NewSale, NewVersion, Payment, TermsId};
use splits::{Layer, Owner, Terms};
use test_support::TestDb;
use uuid::Uuid;

/// Noon on a day of November 2026.
pub(crate) fn november(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap()
}

/// A co-op in euros with as many makers as asked for, handles `maker-1` and on.
pub(crate) async fn coop_with_makers(db: &TestDb, slug: &str, makers: usize) -> (Coop, Vec<PartyId>) {
    let new = NewCoop { slug, name: "Harbour Makers", country: "NL", currency: "EUR".parse().unwrap(), time_zone: "Europe/Amsterdam" };
    let coop = identity::found(&db.pools.orm, new, november(1)).await.unwrap();
    let new = (1..=makers)
        .map(|number| NewParty {
            kind: PartyKind::Member,
            handle: format!("maker-{number}"),
            name: format!("Maker {number}"),
            email: Some(format!("maker-{number}@example.org")),
            stripe_account: Some(format!("acct_{slug}_{number}")),
            minimum_payout: 0,
        })
        .collect();
    let parties = in_coop(db, coop.id, async |tx| identity::add_parties(tx, coop.id, new).await.unwrap()).await;
    (coop, parties)
}

/// Two people who may draft and approve.
pub(crate) async fn two_treasurers(db: &TestDb, coop: CoopId) -> (PersonId, PersonId) {
    let (ana, ben) = (PersonId(Uuid::now_v7()), PersonId(Uuid::now_v7()));
    in_coop(db, coop, async |tx| {
        for (id, name) in [(ana, "Ana"), (ben, "Ben")] {
            identity::add_person(tx, id, name, &format!("{name}-{}@example.org", id.0)).await.unwrap();
            identity::add_member(tx, coop, id, "treasurer", None).await.unwrap();
        }
    })
    .await;
    (ana, ben)
}

/// Runs something in a committed transaction of a co-op.
pub(crate) async fn in_coop<T>(db: &TestDb, coop: CoopId, work: impl AsyncFnOnce(&db::Tx) -> T) -> T {
    let tx = db::begin(&db.pools.orm, coop).await.unwrap();
    let result = work(&tx).await;
    tx.commit().await.unwrap();
    result
}

/// A co-op that sells: three makers, a venue, and the default agreement "12 % of gross to the venue, then 5 % of gross to
/// the co-op, the rest to the makers by lot".
pub(crate) struct Shop {
    pub(crate) coop: Coop,
    pub(crate) makers: Vec<PartyId>,
    pub(crate) venue: PartyId,
    pub(crate) terms: TermsId,
}

impl Shop {
    pub(crate) async fn open(db: &TestDb, slug: &str) -> Self {
        let (coop, makers) = coop_with_makers(db, slug, 3).await;
        let venue = NewParty {
            kind: PartyKind::Venue,
            handle: "quay".to_owned(),
            name: "The Quay".to_owned(),
            email: None,
            stripe_account: None,
            minimum_payout: 0,
        };
        let venue = in_coop(db, coop.id, async |tx| identity::add_parties(tx, coop.id, vec![venue]).await.unwrap()).await[0];
        let body = serde_json::json!({"name": "Co-op default", "shortfall": "co_op", "steps": [
            {"step": "percent", "to": "venue", "of": "gross", "rate": "12 %"},
            {"step": "percent", "to": "co_op", "of": "gross", "rate": "5 %"},
            {"step": "owners", "share": "rest"},
        ]});
        let terms = adopt(db, &coop, &[(Layer::CoOp, "Co-op default", body)]).await;
        Self { coop, makers, venue, terms }
    }

    /// A sale through Stripe: two lines, one of the first maker, one shared by the second and third.
    pub(crate) fn sale(&self, id: SaleId, amounts: (i64, i64), payment: Payment) -> NewSale {
        let line = |sku: &str, amount, owners: Vec<PartyId>| NewLine {
            sku: sku.to_owned(),
            description: format!("A {sku}"),
            quantity: i32::try_from(owners.len()).unwrap(),
            amount,
            tax: 0,
            discount: 0,
            terms: self.terms,
            owners: owners.into_iter().map(|party| Owner { party, terms: Terms::Share, quantity: 1 }).collect(),
        };
        NewSale {
            id,
            channel: Channel::Till,
            payment,
            reference: None,
            currency: self.coop.currency,
            sold_at: november(5),
            buyer: None,
            venue: Some(self.venue),
            affiliate: None,
            payment_intent: (payment == Payment::Stripe).then(|| format!("pi_{}", id.0.simple())),
            lines: vec![line("mug", amounts.0, vec![self.makers[0]]), line("scarf", amounts.1, vec![self.makers[1], self.makers[2]])],
        }
    }

    pub(crate) async fn place(&self, db: &TestDb, sales: &[NewSale]) {
        in_coop(db, self.coop.id, async |tx| orders::place(tx, self.coop.id, sales).await.unwrap()).await;
    }

    /// What the co-op owes on each account, leaving out those where it owes nothing.
    pub(crate) async fn owed(&self, db: &TestDb) -> BTreeMap<Account, i64> {
        let balances = in_coop(db, self.coop.id, async |tx| ledger::balances(tx, self.coop.id).await.unwrap()).await;
        balances.into_iter().filter(|balance| balance.owed() != 0).map(|balance| (balance.account, balance.owed())).collect()
    }
}

/// Adopts agreements and lays them over each other.
pub(crate) async fn adopt(db: &TestDb, coop: &Coop, layers: &[(Layer, &str, serde_json::Value)]) -> TermsId {
    in_coop(db, coop.id, async |tx| {
        let mut versions = Vec::new();
        for (layer, name, body) in layers {
            let body = serde_json::from_value(body.clone()).unwrap();
            let new = NewVersion { layer: *layer, name, body: &body, adopted_by: Some("Vote 7"), effective_from: november(1) };
            versions.push(orders::adopt(tx, coop.id, new).await.unwrap().version);
        }
        orders::terms(tx, &Agreements::default(), coop.id, &versions).await.unwrap()
    })
    .await
}
