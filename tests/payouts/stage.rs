//! A co-op that owes its makers money, with a stand-in for Stripe that has some.

use std::{num::NonZeroU32, time::Duration};

use ::ledger::{Account, AccountKind, Accounts, Posting, PostingHead};
use ::payouts::{Draft, Payout, PayoutStatus, Payouts, Progress, Results, RunId};
use chrono::{DateTime, TimeDelta, Utc};
use identity::{Coop, NewParty, PartyKind};
use kernel::{Clock, PartyId, PersonId, SaleId};
use serde_json::{Value, json};
use stripe_gateway::{AccountAsk, Gateway, GatewayConfig, IdempotencyKey, PaymentIntentAsk, Secret, objects::Metadata};
use stripe_sim::{Running, Sim, SimConfig};
use test_support::TestDb;
use uuid::Uuid;

use crate::{
    http::control,
    world::{coop_with_makers, in_coop, november, two_treasurers},
};

/// The first of December: everything of November is before it.
pub(super) fn cutoff() -> DateTime<Utc> {
    "2026-12-01T00:00:00+01:00".parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc()
}

pub(super) struct Stage {
    pub(super) db: TestDb,
    pub(super) sim: Running,
    pub(super) clock: Clock,
    pub(super) gateway: Gateway,
    pub(super) accounts: Accounts,
    pub(super) payouts: Payouts,
    pub(super) coop: Coop,
    pub(super) makers: Vec<PartyId>,
    pub(super) stripe_accounts: Vec<String>,
    pub(super) ana: PersonId,
    pub(super) ben: PersonId,
    pub(super) run: RunId,
}

pub(super) fn gateway(sim: &Running) -> Gateway {
    let mut config = GatewayConfig::new(Secret::new("sk_test_stage"));
    config.base_url = sim.url().parse().unwrap();
    config.requests_per_sec = NonZeroU32::new(1_000).unwrap();
    config.first_pause = Duration::from_millis(1);
    Gateway::try_new(config).unwrap()
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::try_new(text).unwrap()
}

impl Stage {
    /// One maker for each amount, in cents, that the co-op owes since 3 November. Stripe has `funds` cents. It is 1 December, noon.
    pub(super) async fn new(owed: &[i64], funds: i64) -> Self {
        let now = november(30) + TimeDelta::days(1);
        let sim = Sim::start(SimConfig { start_clock: Some(now), onboard_at_once: true, ..SimConfig::default() }).await.unwrap();
        let (db, gateway, clock) = (TestDb::new().await, gateway(&sim), Clock::stopped_at(now));
        let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
        let (ana, ben) = two_treasurers(&db, coop.id).await;
        let accounts = Accounts::default();
        let payouts = Payouts::new(db.pools.orm.clone(), accounts.clone(), Some(gateway.clone()), clock.clone());
        let run = RunId(Uuid::now_v7());
        let (makers, stripe_accounts) = (Vec::new(), Vec::new());
        let mut stage = Self { db, sim, clock, gateway, accounts, payouts, coop, makers, stripe_accounts, ana, ben, run };
        for (number, owed) in owed.iter().enumerate() {
            stage.add_maker(number, *owed).await;
        }
        stage.fund(funds).await;
        stage
    }

    async fn add_maker(&mut self, number: usize, owed: i64) {
        let account = self.gateway.create_account(&AccountAsk::default(), &key(&format!("account-{number}"))).await.unwrap();
        let new = NewParty {
            kind: PartyKind::Member,
            handle: format!("maker-{number}"),
            name: format!("Maker {number}"),
            email: None,
            stripe_account: Some(account.id.clone()),
            minimum_payout: 0,
        };
        let coop = self.coop.id;
        let party = in_coop(&self.db, coop, async |tx| {
            let party = identity::add_parties(tx, coop, vec![new]).await.unwrap()[0];
            identity::update_account(tx, (coop, party), true, None, november(2)).await.unwrap();
            party
        })
        .await;
        self.makers.push(party);
        self.stripe_accounts.push(account.id);
        self.owe(number, owed, (november(3), november(5)), None).await;
    }

    /// Credits a maker at a time, available at another; or debits one with a negative amount.
    pub(super) async fn owe(&self, maker: usize, amount: i64, (at, available): (DateTime<Utc>, DateTime<Utc>), sale: Option<SaleId>) {
        let head = PostingHead {
            coop: self.coop.id,
            kind: "test",
            source: Uuid::now_v7().to_string(),
            currency: self.coop.currency,
            effective_at: at,
            available_at: available,
            sale,
            reverses: None,
            exchange: None,
        };
        let legs = [(Account::own(AccountKind::Clearing), amount), (Account::of(AccountKind::MemberPayable, self.makers[maker]), -amount)];
        // An amount of zero makes the account without any money: there and back.
        let postings: Vec<Posting> = match Posting::try_new(head.clone(), legs).unwrap() {
            Some(posting) => vec![posting],
            None => [1, -1]
                .into_iter()
                .filter_map(|cent| {
                    let head = PostingHead { source: format!("{}{cent}", head.source), ..head.clone() };
                    Posting::try_new(head, legs.map(|(account, _)| account).into_iter().zip([cent, -cent])).unwrap()
                })
                .collect(),
        };
        in_coop(&self.db, self.coop.id, async |tx| ::ledger::post(tx, &self.accounts, &postings).await.unwrap()).await;
    }

    /// Puts money into the platform's available balance at Stripe: what is left of a payment of as much and the fee.
    pub(super) async fn fund(&self, cents: i64) {
        if cents == 0 {
            return;
        }
        let ask = PaymentIntentAsk {
            amount: cents * 103 / 100 + 100,
            currency: "eur".to_owned(),
            payment_method: Some("pm_card_bypassPending".to_owned()),
            confirm: true,
            customer: None,
            transfer_group: None,
            metadata: Metadata::new(),
        };
        self.gateway.create_payment_intent(&ask, &key(&Uuid::now_v7().to_string())).await.unwrap();
    }

    pub(super) fn draft(&self) -> Draft {
        Draft { run: self.run, currency: self.coop.currency, cutoff: cutoff(), by: self.ana }
    }

    /// Drafted by Ana, approved by Ben.
    pub(super) async fn approved(&self) -> Results {
        self.payouts.draft(self.coop.id, self.draft()).await.unwrap();
        self.payouts.approve(self.coop.id, self.run, self.ben).await.unwrap()
    }

    pub(super) async fn send(&self) -> Progress {
        self.payouts.send(self.coop.id, self.run).await.unwrap()
    }

    pub(super) async fn results(&self) -> Results {
        self.payouts.results(self.coop.id, self.run).await.unwrap()
    }

    /// The payout of a maker.
    pub(super) async fn payout(&self, maker: usize) -> Payout {
        self.results().await.payouts.into_iter().find(|payout| payout.party == self.makers[maker]).unwrap()
    }

    /// The payout of a maker, which has come this far, with its reason.
    pub(super) async fn expect(&self, maker: usize, status: PayoutStatus) -> Payout {
        let payout = self.payout(maker).await;
        assert_eq!(payout.status, status, "{:?}", payout.reason);
        payout
    }

    /// What is owed to a maker, in transit, and how much less there is at Stripe: in cents.
    pub(super) async fn books(&self, maker: usize) -> (i64, i64, i64) {
        let coop = self.coop.id;
        let balances = in_coop(&self.db, coop, async |tx| ::ledger::balances(tx, coop).await.unwrap()).await;
        let on = |account: Account| balances.iter().find(|balance| balance.account == account).map_or(0, ::ledger::Balance::owed);
        (
            on(Account::of(AccountKind::MemberPayable, self.makers[maker])),
            on(Account::own(AccountKind::Transit)),
            on(Account::own(AccountKind::Clearing)),
        )
    }

    /// Turns both clocks, ours and Stripe's.
    pub(super) async fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        self.sim("POST", "/_sim/clock", json!({"advance_secs": time.num_seconds()})).await;
    }

    /// The next `count` transfers meet a fault.
    pub(super) async fn fault(&self, kind: &str, count: u32) {
        self.sim("POST", "/_sim/faults", json!({"kind": kind, "method": "POST", "path": "/v1/transfers", "count": count})).await;
    }

    /// The transfers at Stripe that were not taken back.
    pub(super) async fn live_transfers(&self) -> Vec<Value> {
        let answer = self.sim("GET", "/_sim/transfers", Value::Null).await;
        answer["data"].as_array().unwrap().iter().filter(|transfer| transfer["reversed"] == false).cloned().collect()
    }

    /// Asks the stand-in's control API.
    pub(super) async fn sim(&self, method: &str, path: &str, body: Value) -> Value {
        control(&self.sim.url(), method, path, &body).await
    }
}
