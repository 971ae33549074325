//! A house with its doors open, and how deliveries reach it.

use std::time::Duration;

use ::api::{Api, ApiConfig, Running};
use ::settlement::{Inbox, Settlement, inbox};
use kernel::{Clock, SaleId};
use orders::Payment;
use serde_json::{Value, json};
use stripe_gateway::{Secret, signature};
use test_support::TestDb;
use tokio::time::{sleep, timeout};
use uuid::Uuid;
use worker::{Worker, WorkerConfig};

use super::{CONNECT_SECRET, NOW, SECRET};
use crate::{
    http::{Answer, ask},
    world::Shop,
};

pub(super) const PLATFORM: &str = "/webhooks/stripe";
pub(super) const CONNECT: &str = "/webhooks/stripe/connect";

/// How long a worker may take for everything that a test delivers.
const SETTLED_WITHIN: Duration = Duration::from_mins(1);
/// Between two looks at the inbox.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// An open shop, its database, and the door to webhooks.
pub(super) struct House {
    pub(super) db: TestDb,
    pub(super) shop: Shop,
    pub(super) api: Running,
}

impl House {
    pub(super) async fn open() -> Self {
        Self::open_by(Clock::stopped_at(NOW)).await
    }

    /// Opens the doors; the clock judges the age of signatures.
    pub(super) async fn open_by(clock: Clock) -> Self {
        let db = TestDb::new().await;
        let shop = Shop::open(&db, "harbour").await;
        let config = ApiConfig {
            connections: 4,
            threads: 1,
            platform_secrets: vec![Secret::new(SECRET)],
            connect_secrets: vec![Secret::new(CONNECT_SECRET)],
            clock,
            ..ApiConfig::new(&db.url)
        };
        let api = Api::start(config).await.unwrap();
        Self { db, shop, api }
    }

    /// A sale of 30 euros that waits for its payment.
    pub(super) async fn sale(&self) -> SaleId {
        let id = SaleId(Uuid::now_v7());
        let mut sale = self.shop.sale(id, (1000, 2000), Payment::Stripe);
        sale.payment_intent = None;
        self.shop.place(&self.db, &[sale]).await;
        id
    }

    /// Delivers a body with a header.
    pub(super) async fn deliver(&self, header: &str, body: &str) -> Answer {
        ask(&self.api.url(), &format!("POST {PLATFORM}"), &[("stripe-signature", header)], body.as_bytes()).await
    }

    /// Signs a body with the door's own secret and delivers it.
    pub(super) async fn deliver_signed(&self, door: &str, body: &str) -> Answer {
        let secret = if door == CONNECT { CONNECT_SECRET } else { SECRET };
        let header = signature::sign(body.as_bytes(), &Secret::new(secret), NOW);
        ask(&self.api.url(), &format!("POST {door}"), &[("stripe-signature", &header)], body.as_bytes()).await
    }

    pub(super) async fn inbox(&self) -> Inbox {
        inbox(&self.db.pools.orm).await.unwrap()
    }

    /// How many postings there are in the books of all co-ops.
    pub(super) async fn postings(&self) -> i64 {
        sqlx::query_scalar("select count(*) from posting").fetch_one(&self.db.owner().await).await.unwrap()
    }

    /// A worker with one settler: if anything stopped it, nothing further would be settled.
    pub(super) fn worker(&self) -> worker::Running {
        let settlement = Settlement::new(self.db.pools.clone(), None, false);
        Worker::start(WorkerConfig { settlers: 1, ..WorkerConfig::new(self.db.pools.clone(), settlement, Clock::stopped_at(NOW)) })
    }

    /// Waits until the inbox holds nothing new and is as asked; fails with what it holds when that takes too long.
    pub(super) async fn settled(&self, as_asked: impl Fn(&Inbox) -> bool) -> Inbox {
        let wait = async {
            loop {
                let inbox = self.inbox().await;
                if inbox.new == 0 && as_asked(&inbox) {
                    return inbox;
                }
                sleep(LOOK_EVERY).await;
            }
        };
        match timeout(SETTLED_WITHIN, wait).await {
            Ok(inbox) => inbox,
            Err(late) => panic!("the worker has not settled what came ({late}): {:?}", self.inbox().await),
        }
    }

    /// The events of a sale of 30 euros that is paid with a fee of 70 cents.
    pub(super) fn paid(&self, sale: SaleId) -> Vec<String> {
        let at = NOW.timestamp();
        let name = |prefix: &str| format!("{prefix}_{}", sale.0.simple());
        let marks = self.marks(sale);
        let intent = json!({"id": name("pi"), "object": "payment_intent", "amount": 3000, "amount_received": 3000, "currency": "eur",
            "latest_charge": name("ch"), "metadata": marks, "status": "succeeded"});
        let charge = |transaction: Value| {
            json!({"id": name("ch"), "object": "charge", "amount": 3000, "amount_captured": 3000, "currency": "eur", "paid": true,
                "captured": true, "payment_intent": name("pi"), "balance_transaction": transaction, "metadata": marks, "created": at})
        };
        let transaction = json!({"id": name("txn"), "object": "balance_transaction", "amount": 3000, "fee": 70, "net": 2930,
            "currency": "eur", "available_on": at + 172_800, "created": at, "reporting_category": "charge", "source": name("ch")});
        vec![
            event(&name("evt_1"), "payment_intent.succeeded", &intent),
            event(&name("evt_2"), "charge.succeeded", &charge(Value::Null)),
            event(&name("evt_3"), "charge.updated", &charge(transaction)),
        ]
    }

    /// How a payment names its sale.
    pub(super) fn marks(&self, sale: SaleId) -> Value {
        json!({settlement::COOP_KEY: self.shop.coop.id.to_string(), settlement::SALE_KEY: sale.to_string()})
    }
}

/// A refund of a sale that was paid.
pub(super) fn refunded(sale: SaleId, amount: i64) -> String {
    let name = |prefix: &str| format!("{prefix}_{}", sale.0.simple());
    let refund = json!({"id": name("re"), "object": "refund", "amount": amount, "currency": "eur", "status": "succeeded",
        "charge": name("ch"), "payment_intent": name("pi"), "metadata": {}, "created": NOW.timestamp()});
    event(&name("evt_4"), "refund.created", &refund)
}

/// An event of the platform, in test mode.
pub(super) fn event(id: &str, kind: &str, object: &Value) -> String {
    json!({"id": id, "object": "event", "type": kind, "created": NOW.timestamp(), "livemode": false,
        "api_version": "2026-10-28.endive", "data": {"object": object}, "pending_webhooks": 1, "request": null})
    .to_string()
}
