//! The door to webhooks: what is believed is kept, once; of what is not, only a count.

mod accepted;
mod health;
mod refused;
mod worked;

use ::api::{Api, ApiConfig, Running};
use kernel::Clock;
use sqlx::Row as _;
use stripe_gateway::{Secret, signature};
use test_support::TestDb;

use crate::{
    http::{Answer, ask},
    world::november,
};

const PLATFORM: &str = "/webhooks/stripe";
const CONNECT: &str = "/webhooks/stripe/connect";

/// An api on the test's database, at noon of the third of November.
async fn api(db: &TestDb, platform: &[&str], connect: &[&str]) -> Running {
    let secrets = |texts: &[&str]| texts.iter().map(|text| Secret::new(*text)).collect();
    let config = ApiConfig {
        connections: 4,
        threads: 1,
        platform_secrets: secrets(platform),
        connect_secrets: secrets(connect),
        clock: Clock::stopped_at(november(3)),
        ..ApiConfig::new(&db.url)
    };
    Api::start(config).await.unwrap()
}

async fn send(api: &Running, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    ask(&api.url(), &format!("{method} {path}"), headers, body).await
}

/// Delivers a body signed with a secret at noon of that day.
async fn deliver(api: &Running, path: &str, body: &[u8], secret: &str, day: u32) -> Answer {
    let signed = signature::sign(body, &Secret::new(secret), november(day));
    send(api, "POST", path, &[("stripe-signature", &signed)], body).await
}

fn event(id: &str) -> String {
    format!(
        r#"{{"id": "{id}", "object": "event", "type": "customer.created", "created": 1793707200, "livemode": false, "api_version": "2026-01-28.clover",
  "data": {{"object": {{"id": "cus_1", "object": "customer", "name": "Zoë"}}}}, "pending_webhooks": 1, "request": null}}"#
    )
}

/// What is kept: event, whether it came to the connect endpoint, the raw body.
async fn kept(db: &TestDb) -> Vec<(String, bool, String)> {
    let rows = sqlx::query("select event_id, connect, body from stripe_event order by event_id").fetch_all(&db.pools.sqlx).await.unwrap();
    rows.into_iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// What was counted: reason and how often.
async fn counted(db: &TestDb) -> Vec<(String, i64)> {
    let rows = sqlx::query("select reason, count from refused_delivery order by reason").fetch_all(&db.pools.sqlx).await.unwrap();
    rows.into_iter().map(|row| (row.get(0), row.get(1))).collect()
}
