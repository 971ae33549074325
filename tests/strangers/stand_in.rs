//! The whole way with the stand-in: a buyer pays there, its webhooks reach the door, fees are fetched, and in the end what
//! the books expect at Stripe is what lies there.

use std::{num::NonZeroU32, time::Duration};

use ::settlement::{BATCH, COOP_KEY, SALE_KEY, Settlement};
use kernel::{Clock, SaleId};
use ledger::{Account, AccountKind};
use orders::Agreements;
use serde_json::Value;
use stripe_gateway::{Evidence, Gateway, GatewayConfig, IdempotencyKey, PaymentIntentAsk, RefundAsk, Refunded, Secret, objects::Metadata};
use stripe_sim::{EndpointConfig, Sim, SimConfig};

use super::{
    CONNECT_SECRET, NOW, SECRET,
    house::{CONNECT, House, PLATFORM},
};
use crate::http::ask;

/// A house and the stand-in that sends its webhooks there.
struct Street {
    house: House,
    sim: stripe_sim::Running,
    gateway: Gateway,
    settlement: Settlement,
}

fn key(text: String) -> IdempotencyKey {
    IdempotencyKey::try_new(text).unwrap()
}

impl Street {
    async fn open() -> Self {
        let house = House::open_by(Clock::system()).await; // the stand-in signs with the machine's time, as Stripe does
        let endpoint = |path: &str, secret: &str| EndpointConfig {
            url: format!("{}{path}", house.api.url()),
            connect: path == CONNECT,
            secret: secret.to_owned(),
            enabled_events: vec!["*".to_owned()],
        };
        let endpoints = vec![endpoint(PLATFORM, SECRET), endpoint(CONNECT, CONNECT_SECRET)];
        let sim = Sim::start(SimConfig { start_clock: Some(NOW), endpoints, ..SimConfig::default() }).await.unwrap();
        let mut config = GatewayConfig::new(Secret::new("sk_test_street"));
        config.base_url = sim.url().parse().unwrap();
        config.requests_per_sec = NonZeroU32::new(1_000).unwrap();
        config.first_pause = Duration::from_millis(1);
        let gateway = Gateway::try_new(config).unwrap();
        let settlement = Settlement::new(house.db.pools.clone(), Some(gateway.clone()), false);
        Self { house, sim, gateway, settlement }
    }

    /// A buyer pays for a new sale of 30 euros.
    async fn pay(&self, card: &str) -> SaleId {
        let sale = self.house.sale().await;
        let ask = PaymentIntentAsk {
            amount: 3000,
            currency: "eur".to_owned(),
            payment_method: Some(card.to_owned()),
            confirm: true,
            customer: None,
            transfer_group: Some(sale.to_string()),
            metadata: Metadata::from([(COOP_KEY.to_owned(), self.house.shop.coop.id.to_string()), (SALE_KEY.to_owned(), sale.to_string())]),
        };
        self.gateway.create_payment_intent(&ask, &key(format!("pay-{sale}"))).await.unwrap();
        sale
    }

    /// Gives a part of a sale back. The books name its charge, as the webhooks told them.
    async fn refund(&self, sale: SaleId, cents: i64) {
        let charge: String = sqlx::query_scalar("select object_id from stripe_ref where sale_id = $1 and object_id like 'ch\\_%'")
            .bind(sale.0)
            .fetch_one(&self.house.db.owner().await)
            .await
            .unwrap();
        let ask = RefundAsk { of: Refunded::Charge(charge), amount: Some(cents), metadata: Metadata::new() };
        self.gateway.create_refund(&ask, &key(format!("refund-{sale}"))).await.unwrap();
    }

    /// Answers the dispute over a sale, which the books know of. The stand-in's bank decides by one word.
    async fn answer(&self, sale: SaleId, word: &str) {
        let key_of = (self.house.shop.coop.id, sale);
        let tx = db::begin(&self.house.db.pools.orm, key_of.0).await.unwrap();
        let (mut sales, _) = orders::load(&tx, &Agreements::default(), &[key_of].into()).await.unwrap();
        tx.commit().await.unwrap();
        let disputes = sales.remove(&key_of).unwrap().disputes;
        let dispute = disputes.keys().next().expect("the dispute's webhooks have come");
        let evidence = Evidence { uncategorized_text: Some(word.to_owned()), ..Evidence::default() };
        self.gateway.submit_dispute_evidence(dispute, evidence, true, &key(format!("answer-{sale}"))).await.unwrap();
    }

    /// Waits until the stand-in has delivered everything, and settles it: nothing is left over.
    async fn delivered_and_settled(&self) {
        let idle = ask(&self.sim.url(), "GET /_sim/webhooks/idle?timeout_ms=15000", &[], b"").await;
        assert_eq!(idle.status, 200, "the webhooks are not delivered: {idle:?}");
        self.settlement.run_until_still(BATCH).await.unwrap();
        let inbox = self.house.inbox().await;
        assert_eq!((inbox.new, inbox.waiting, inbox.parked), (0, 0, 0), "{inbox:?}");
    }

    /// What lies at the stand-in, available and pending, in cents.
    async fn balance(&self) -> i64 {
        let headers = [("authorization", "Bearer sk_test_street")];
        let answer = ask(&self.sim.url(), "GET /v1/balance", &headers, b"").await;
        let balance: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
        let parts = ["available", "pending"].into_iter().flat_map(|part| balance[part].as_array().expect("a balance has both parts"));
        parts.filter(|amount| amount["currency"] == "eur").map(|amount| amount["amount"].as_i64().unwrap()).sum()
    }

    /// What the books expect at Stripe, and what fees of disputes have cost, in cents.
    async fn expected(&self) -> (i64, i64) {
        let owed = self.house.shop.owed(&self.house.db).await;
        assert_eq!(owed.values().sum::<i64>(), 0, "the books balance: {owed:?}");
        let on = |kind| -owed.get(&Account::own(kind)).copied().unwrap_or_default();
        (on(AccountKind::Clearing), on(AccountKind::Fees))
    }

    /// The books and the stand-in agree, on this.
    async fn agree_on(&self, cents: i64, when: &str) {
        self.delivered_and_settled().await;
        let (expected, _) = self.expected().await;
        assert_eq!((expected, self.balance().await), (cents, cents), "{when}");
    }
}

/// Stripe's fee on 30 euros at the stand-in: 1.5 % and 25 cents.
const FEE: i64 = 45 + 25;
const DISPUTE_FEE: i64 = 1500;

#[tokio::test]
async fn g9_the_books_agree_with_stripes_balance_after_a_sale_a_refund_and_two_disputes() {
    let street = Street::open().await;
    let plain = street.pay("pm_card_visa").await;
    street.agree_on(3000 - FEE, "a sale is paid; its fee was fetched").await;

    street.refund(plain, 1200).await;
    street.agree_on(3000 - FEE - 1200, "a part was given back; Stripe keeps its fee").await;

    let won = street.pay("pm_card_createDispute").await;
    let lost = street.pay("pm_card_createDispute").await;
    let open = 3000 - FEE - 1200 - 2 * (FEE + DISPUTE_FEE);
    street.agree_on(open, "two disputes are open; their money is withdrawn").await;
    let owed = street.house.shop.owed(&street.house.db).await;
    assert_eq!(owed[&Account::own(AccountKind::Disputed)], -6000, "opened is not lost");

    street.answer(won, "winning_evidence").await;
    street.agree_on(open + 3000, "one was won; its money is back").await;
    street.answer(lost, "losing_evidence").await;
    street.agree_on(open + 3000, "the other was lost; its money had left before").await;

    let owed = street.house.shop.owed(&street.house.db).await;
    assert!(
        owed.keys().all(|account| !matches!(account.kind, AccountKind::Disputed | AccountKind::Held | AccountKind::Unsettled)),
        "{owed:?}"
    );
    let verdict = ledger::verify(&street.house.db.pools.orm, street.house.shop.coop.id).await.unwrap();
    assert_eq!(verdict.difference, None);
    let (_, fees) = street.expected().await;
    assert!((2 * DISPUTE_FEE..2 * DISPUTE_FEE + FEE).contains(&fees), "two disputes, and the co-op's part of what Stripe kept: {fees}");
    street.sim.stop().await;
    street.house.api.stop().await;
}
