//! A co-op with sales in November and after, told without Stripe: what was seen is said directly.

use std::collections::{BTreeMap, BTreeSet};

use ::ledger::{Account, AccountKind, Accounts, Posting, PostingHead};
use ::statements::{Document, Statements};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, Month, PartyId, SaleId};
use orders::{Agreements, Dispute, DisputeStatus, FeeKnown, Payment, Refund, RefundStatus, Sale};
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{Shop, in_coop, november};

/// The month that most tests close.
pub(super) fn the_month() -> Month {
    "2026-11".parse().unwrap()
}

pub(super) struct House {
    pub(super) db: TestDb,
    pub(super) shop: Shop,
    pub(super) clock: Clock,
    pub(super) accounts: Accounts,
    pub(super) agreements: Agreements,
    pub(super) statements: Statements,
}

impl House {
    /// It is noon of 1 December; nothing was sold yet.
    pub(super) async fn open() -> Self {
        let db = TestDb::new().await;
        let shop = Shop::open(&db, "harbour").await;
        let (clock, accounts) = (Clock::stopped_at(november(30) + TimeDelta::days(1)), Accounts::default());
        let statements = Statements::new(db.pools.orm.clone(), accounts.clone(), clock.clone());
        Self { db, shop, clock, accounts, agreements: Agreements::default(), statements }
    }

    /// Places, pays and settles a sale at a moment, with a fee of 40 cents.
    pub(super) async fn sell(&self, amounts: (i64, i64), at: DateTime<Utc>) -> SaleId {
        let id = SaleId(Uuid::now_v7());
        let mut sale = self.shop.sale(id, amounts, Payment::Stripe);
        sale.sold_at = at;
        self.shop.place(&self.db, &[sale]).await;
        self.settle(id, at).await;
        id
    }

    /// Pays and settles a sale that was placed.
    pub(super) async fn settle(&self, id: SaleId, at: DateTime<Utc>) {
        self.book(id, |sale| {
            sale.saw_payment(sale.gross, "EUR", Some(&format!("ch_{}", id.0.simple()))).unwrap();
            sale.saw_fee(FeeKnown {
                balance_transaction: format!("txn_{}", id.0.simple()),
                gross: sale.gross,
                fee: 40,
                currency: sale.currency,
                exchange_rate: None,
                at,
                available_at: at,
            });
        })
        .await;
    }

    /// Gives a part of a sale back; returns the refund's id.
    pub(super) async fn refund(&self, sale: SaleId, amount: i64, at: DateTime<Utc>) -> String {
        let id = format!("re_{}", Uuid::now_v7().simple());
        let refund = Refund {
            id: id.clone(),
            amount,
            lines: None,
            status: RefundStatus::Succeeded,
            reason: Some("requested_by_customer".to_owned()),
            actor: None,
            refunded_at: at,
            applied: None,
        };
        self.book(sale, |sale| sale.saw_refund(refund)).await;
        id
    }

    /// A bank disputes a part of a sale, or decides.
    pub(super) async fn dispute(&self, sale: SaleId, (id, amount): (&str, i64), status: DisputeStatus, at: DateTime<Utc>) {
        let mut dispute = Dispute::seen(id.to_owned(), amount, status, at);
        dispute.closed_at = (status != DisputeStatus::Open).then_some(at);
        self.book(sale, |sale| sale.saw_dispute(dispute)).await;
    }

    async fn book(&self, id: SaleId, saw: impl FnOnce(&mut Sale)) {
        let key = (self.shop.coop.id, id);
        in_coop(&self.db, key.0, async |tx| {
            let (mut sales, mut standing) = orders::load(tx, &self.agreements, &BTreeSet::from([key])).await.unwrap();
            let mut sale = sales.remove(&key).unwrap();
            saw(&mut sale);
            let booking = sale.book(&mut standing).unwrap();
            orders::save(tx, &self.accounts, &BTreeMap::from([(key, (sale, booking))]), &standing).await.unwrap();
        })
        .await;
    }

    /// Books any movement of a party's payable: credits it, or debits it with a negative amount.
    pub(super) async fn post(&self, kind: &'static str, source: &str, (party, amount): (PartyId, i64), at: DateTime<Utc>) {
        let head = PostingHead {
            coop: self.shop.coop.id,
            kind,
            source: source.to_owned(),
            currency: self.shop.coop.currency,
            effective_at: at,
            available_at: at,
            sale: None,
            reverses: None,
            exchange: None,
        };
        let legs = [(Account::own(AccountKind::Transit), amount), (Account::of(AccountKind::MemberPayable, party), -amount)];
        let postings: Vec<Posting> = Posting::try_new(head, legs).unwrap().into_iter().collect();
        in_coop(&self.db, self.shop.coop.id, async |tx| ::ledger::post(tx, &self.accounts, &postings).await.unwrap()).await;
    }

    /// The latest statements of a month, by party.
    pub(super) async fn issued(&self, month: Month) -> BTreeMap<PartyId, Document> {
        let mut documents = BTreeMap::new();
        for summary in self.statements.list(self.shop.coop.id, month).await.unwrap() {
            let issued = self.statements.get(self.shop.coop.id, &summary.number, None).await.unwrap();
            documents.insert(summary.party, issued.sealed.document);
        }
        documents
    }

    /// What the books say is owed to a party at a moment, in all and held.
    pub(super) async fn owed_at(&self, at: DateTime<Utc>) -> BTreeMap<PartyId, (i64, i64)> {
        let balances = in_coop(&self.db, self.shop.coop.id, async |tx| ::ledger::as_of(tx, self.shop.coop.id, at).await.unwrap()).await;
        let mut owed = BTreeMap::new();
        for balance in balances {
            if let (AccountKind::MemberPayable | AccountKind::Held, Some(party)) = (balance.account.kind, balance.account.party) {
                let (total, held): &mut (i64, i64) = owed.entry(party).or_default();
                *total += balance.owed();
                *held += if balance.account.kind == AccountKind::Held { balance.owed() } else { 0 };
            }
        }
        owed
    }
}
