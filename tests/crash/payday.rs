//! A co-op on its payday: it owes its makers money, the run is drafted, and Stripe lies behind the line.

use std::collections::BTreeSet;

use api::{Api, ApiConfig};
use chrono::{DateTime, TimeDelta, Utc};
use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{Clock, PartyId, PersonId};
use ledger::{Account, AccountKind, Accounts, Posting, PostingHead};
use payouts::{Draft, PayoutStatus, Payouts, RunId};
use serde_json::Value;
use sqlx::Row as _;
use stripe_gateway::{AccountAsk, Gateway, GatewayConfig, IdempotencyKey, PaymentIntentAsk, Secret, objects::Metadata};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    child::Child,
    database::Database,
    line::Way,
    stand_in::{SECRET, StandIn},
    steps::{Standing, Step},
    until,
};
use crate::world::november;

/// How many makers are owed money. The first cannot be paid.
const MAKERS: usize = 72;
/// The least that one of them is owed, in cents.
const LEAST: i64 = 1_000;
/// A little more than Stripe remembers a key for.
const A_DAY: TimeDelta = TimeDelta::hours(25);

struct Maker {
    party: PartyId,
    account: String,
    owed: i64,
}

pub(super) struct Payday {
    pub(super) database: Database,
    pub(super) stripe: StandIn,
    gateway: Gateway,
    api: api::Running,
    coop: Coop,
    makers: Vec<Maker>,
    payouts: Payouts,
    run: RunId,
    ben: PersonId,
    /// When it all began, by the house's clock and by the machine's, and how far the clocks were turned since.
    began: (DateTime<Utc>, Instant),
    turned: TimeDelta,
}

impl Payday {
    /// The first of December, noon. Stripe has a few euros less than the makers are owed: whoever comes last waits.
    pub(super) async fn new(database: Database) -> Self {
        let now = november(30) + TimeDelta::days(1);
        let api = ApiConfig { connections: 4, threads: 1, platform_secrets: vec![Secret::new(SECRET)], ..ApiConfig::new(&database.url) };
        let api = Api::start(api).await.unwrap();
        let stripe = StandIn::start(&api.url(), now).await;
        let gateway = gateway(&stripe.url());
        let new = NewCoop {
            slug: "harbour",
            name: "Harbour Makers",
            country: "NL",
            currency: "EUR".parse().unwrap(),
            time_zone: "Europe/Amsterdam",
        };
        let coop = identity::found(&database.pools.orm, new, november(1)).await.unwrap();
        let makers = makers(&database, &gateway, &coop).await;
        let (ana, ben) = treasurers(&database, &coop).await;
        let payouts = Payouts::new(database.pools.orm.clone(), Accounts::default(), None, Clock::stopped_at(now));
        let run = RunId(Uuid::now_v7());
        let draft = Draft { run, currency: coop.currency, cutoff: november(30), by: ana };
        payouts.draft(coop.id, draft).await.unwrap();
        let began = (now, Instant::now());
        let payday = Self { database, stripe, gateway, api, coop, makers, payouts, run, ben, began, turned: TimeDelta::zero() };
        payday.fund(payday.makers[1..].iter().map(|maker| maker.owed).sum::<i64>() - LEAST / 2).await;
        payday
    }

    /// The second person says yes; then the first maker's account is closed.
    pub(super) async fn approve(&self) {
        self.payouts.approve(self.coop.id, self.run, self.ben).await.unwrap();
        self.stripe.restrict(&self.makers[0].account).await;
    }

    pub(super) async fn worker(&self) -> Child {
        let passed = TimeDelta::from_std(self.began.1.elapsed()).unwrap();
        Child::start(&self.database.url, Some(&self.stripe.line.url()), self.began.0 + self.turned + passed).await
    }

    /// A day passes, for Stripe and for the next worker. Nothing may be under way: no answer takes a day.
    pub(super) async fn turn_a_day(&mut self) {
        self.turned += A_DAY;
        self.stripe.turn(A_DAY).await;
    }

    /// Puts about as much into the platform's available balance.
    pub(super) async fn fund(&self, cents: i64) {
        let ask = PaymentIntentAsk {
            amount: (cents + 25) * 10_000 / 9_850, // Stripe's fee is 1.5 % and 25 cents
            currency: "eur".to_owned(),
            payment_method: Some("pm_card_bypassPending".to_owned()),
            confirm: true,
            customer: None,
            transfer_group: None,
            metadata: Metadata::new(),
        };
        self.gateway.create_payment_intent(&ask, &key(&format!("fund-{cents}"))).await.unwrap();
    }

    /// Holds the line for this step and makes sure that it comes; says what was before it.
    pub(super) async fn prepare(&self, step: Step) -> Standing {
        if let Some(way) = step.holds() {
            self.stripe.line.hold(way);
        }
        if step == Step::Unknown {
            self.stripe.lose_answers(2).await;
        }
        self.standing().await.unwrap()
    }

    /// Frees the line from what other steps held.
    pub(super) fn release(&self, but: Option<Way>) {
        for way in [Way::There, Way::Back].into_iter().filter(|way| Some(*way) != but) {
            self.stripe.line.release(way);
        }
    }

    /// Returns as soon as the step is there.
    pub(super) async fn reach(&self, step: Step, before: &Standing, worker: &mut Child) {
        until(&format!("step {step:?}, coming from {before:?}"), async || {
            worker.must_live();
            self.standing().await.is_ok_and(|now| step.is_reached(before, &now))
        })
        .await;
    }

    /// Where the run stands. At no moment is anybody paid twice.
    pub(super) async fn standing(&self) -> Result<Standing, sqlx::Error> {
        let transfers = self.stripe.transfers().await;
        let mut paid = BTreeSet::new();
        for transfer in &transfers {
            assert!(paid.insert(transfer["destination"].as_str()), "paid twice: {transfer}");
        }
        Standing::read(&self.database.owner, transfers.len()).await
    }

    /// Returns when the run is finished and every event about a transfer has reached the books.
    pub(super) async fn finish(&self, worker: &mut Child) {
        const LEFT: &str = "
            select (select count(*) from payout_run where finished_at is null)
                 + (select count(*) from stripe_event where kind like 'transfer.%' and status <> 'done'),
                   (select count(*) from stripe_event where kind = 'transfer.created')";
        until("the run is finished and all is told", async || {
            worker.must_live();
            let transfers = i64::try_from(self.stripe.transfers().await.len()).unwrap();
            let row = sqlx::query(LEFT).fetch_one(&self.database.owner).await;
            row.is_ok_and(|row| (row.get::<i64, _>(0), row.get::<i64, _>(1)) == (0, transfers))
        })
        .await;
    }

    /// Nobody is paid twice, nobody is forgotten, and the books say so.
    pub(super) async fn everyone_is_paid_once(&self) {
        self.database.verify(self.coop.id).await;
        let transfers = self.stripe.transfers().await;
        let results = self.payouts.results(self.coop.id, self.run).await.unwrap();
        assert!(results.run.finished_at.is_some());
        assert_eq!((results.payouts.len(), transfers.len()), (MAKERS, MAKERS - 1));
        let balances = self.database.in_coop(self.coop.id, async |tx| ledger::balances(tx, self.coop.id).await.unwrap()).await;
        let owed = |account| balances.iter().find(|balance| balance.account == account).map_or(0, ledger::Balance::owed);
        for (number, maker) in self.makers.iter().enumerate() {
            let paid: Vec<&Value> = transfers.iter().filter(|transfer| transfer["destination"] == maker.account.as_str()).collect();
            let payout = results.payouts.iter().find(|payout| payout.party == maker.party).unwrap();
            let payable = owed(Account::of(AccountKind::MemberPayable, maker.party));
            if number == 0 {
                assert_eq!((payout.status, paid.len(), payable), (PayoutStatus::Failed, 0, maker.owed), "the closed account");
                assert!(payout.reason.as_ref().unwrap().contains("capabilities"), "{:?}", payout.reason);
                continue;
            }
            let [transfer] = paid.as_slice() else { panic!("{} transfers to maker {number}, {payout:?}", paid.len()) };
            assert_eq!((transfer["amount"].as_i64(), &transfer["reversed"]), (Some(maker.owed), &Value::Bool(false)));
            assert_eq!((payout.status, payout.amount, payable), (PayoutStatus::Confirmed, maker.owed, 0), "maker {number}");
            assert_eq!(payout.transfer.as_deref(), transfer["id"].as_str());
        }
        assert_eq!(owed(Account::own(AccountKind::Transit)), 0);
        assert_eq!(owed(Account::own(AccountKind::Clearing)), -self.makers[0].owed, "only what is still owed is still there");
    }

    pub(super) async fn stop(self) {
        self.api.stop().await;
    }
}

fn gateway(url: &str) -> Gateway {
    let mut config = GatewayConfig::new(Secret::new("sk_test_crash"));
    config.base_url = url.parse().unwrap();
    config.requests_per_sec = 1_000.try_into().unwrap();
    Gateway::try_new(config).unwrap()
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::try_new(text).unwrap()
}

/// Makers with accounts at Stripe, each owed another amount.
async fn makers(database: &Database, gateway: &Gateway, coop: &Coop) -> Vec<Maker> {
    let mut accounts = Vec::new();
    for number in 0..MAKERS {
        accounts.push(gateway.create_account(&AccountAsk::default(), &key(&format!("account-{number}"))).await.unwrap().id);
    }
    let new = accounts.iter().enumerate().map(|(number, account)| NewParty {
        kind: PartyKind::Member,
        handle: format!("maker-{number}"),
        name: format!("Maker {number}"),
        email: None,
        stripe_account: Some(account.clone()),
        minimum_payout: 0,
    });
    let new = new.collect();
    database
        .in_coop(coop.id, async |tx| {
            let parties = identity::add_parties(tx, coop.id, new).await.unwrap();
            let makers = parties.into_iter().zip(accounts).zip((LEAST..).step_by(37));
            let makers: Vec<Maker> = makers.map(|((party, account), owed)| Maker { party, account, owed }).collect();
            for maker in &makers {
                identity::update_account(tx, (coop.id, maker.party), true, None, november(2)).await.unwrap();
            }
            let postings: Vec<Posting> = makers.iter().map(|maker| owe(coop, maker)).collect();
            ledger::post(tx, &Accounts::default(), &postings).await.unwrap();
            makers
        })
        .await
}

fn owe(coop: &Coop, maker: &Maker) -> Posting {
    let head = PostingHead {
        coop: coop.id,
        kind: "test",
        source: maker.account.clone(),
        currency: coop.currency,
        effective_at: november(3),
        available_at: november(5),
        sale: None,
        reverses: None,
        exchange: None,
    };
    let legs = [(Account::own(AccountKind::Clearing), maker.owed), (Account::of(AccountKind::MemberPayable, maker.party), -maker.owed)];
    Posting::try_new(head, legs).unwrap().unwrap()
}

/// The one who drafts and the one who approves.
async fn treasurers(database: &Database, coop: &Coop) -> (PersonId, PersonId) {
    let people = [(PersonId(Uuid::now_v7()), "Ana"), (PersonId(Uuid::now_v7()), "Ben")];
    database
        .in_coop(coop.id, async |tx| {
            for (id, name) in people {
                identity::add_person(tx, id, name, &format!("{name}@example.org")).await.unwrap();
                identity::add_member(tx, coop.id, id, "treasurer", None).await.unwrap();
            }
        })
        .await;
    (people[0].0, people[1].0)
}
