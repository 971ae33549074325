//! The stand-in for Stripe, at the far end of the line.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use stripe_sim::{EndpointConfig, Running, Sim, SimConfig};

use super::line::Line;
use crate::http::control;

/// The secret of the api's webhook endpoint.
pub(super) const SECRET: &str = "whsec_crash";

/// What goes wrong by chance, each in so many percent of the questions about transfers.
const BY_CHANCE: [(&str, u8); 5] =
    [("timeout_after_success", 12), ("rate_limit", 8), ("lock_timeout", 8), ("error500", 8), ("error500_after_success", 8)];

pub(super) struct StandIn {
    sim: Running,
    pub(super) line: Line,
}

impl StandIn {
    /// A stand-in that posts the platform's events about transfers to the api, twice and out of order.
    pub(super) async fn start(api: &str, now: DateTime<Utc>) -> Self {
        let endpoint = EndpointConfig {
            url: format!("{api}/webhooks/stripe"),
            connect: false,
            secret: SECRET.to_owned(),
            enabled_events: vec!["transfer.created".to_owned(), "transfer.reversed".to_owned()],
        };
        let config = SimConfig { start_clock: Some(now), onboard_at_once: true, endpoints: vec![endpoint], ..SimConfig::default() };
        let sim = Sim::start(config).await.unwrap();
        let stand_in = Self { line: Line::to(sim.address()).await, sim };
        stand_in.ask("POST", "/_sim/webhooks", json!({"duplicate": 1, "shuffle_seed": 5})).await;
        stand_in
    }

    /// Its own address, beside the line.
    pub(super) fn url(&self) -> String {
        self.sim.url()
    }

    /// Every transfer that was ever made.
    pub(super) async fn transfers(&self) -> Vec<Value> {
        let Value::Array(transfers) = self.ask("GET", "/_sim/transfers", Value::Null).await["data"].take() else {
            panic!("transfers are a list");
        };
        transfers
    }

    pub(super) async fn turn(&self, time: TimeDelta) {
        self.ask("POST", "/_sim/clock", json!({"advance_secs": time.num_seconds()})).await;
    }

    /// From now on things go wrong by chance, in each round in another way, and no event is told: what became of a command is
    /// only known to who asks.
    pub(super) async fn trouble(&self, round: usize) {
        self.ask("DELETE", "/_sim/faults", Value::Null).await;
        self.ask("POST", "/_sim/webhooks", json!({"hold": true})).await;
        let silence = json!({"kind": "error500", "method": "GET", "path": "/v1/events", "probability": 100});
        self.ask("POST", "/_sim/faults", silence).await;
        for (nth, (kind, percent)) in BY_CHANCE.into_iter().enumerate() {
            let fault = json!({"kind": kind, "path": "/v1/transfers", "probability": percent, "seed": 1 + round * BY_CHANCE.len() + nth});
            self.ask("POST", "/_sim/faults", fault).await;
        }
    }

    /// The next transfers are done, but their answers are lost.
    pub(super) async fn lose_answers(&self, count: u32) {
        let fault = json!({"kind": "timeout_after_success", "method": "POST", "path": "/v1/transfers", "count": count});
        self.ask("POST", "/_sim/faults", fault).await;
    }

    /// Nothing goes wrong any more, and all events are told.
    pub(super) async fn calm(&self) {
        self.ask("DELETE", "/_sim/faults", Value::Null).await;
        self.ask("POST", "/_sim/webhooks", json!({"hold": false})).await;
    }

    /// This account can receive nothing any more.
    pub(super) async fn restrict(&self, account: &str) {
        self.ask("POST", &format!("/_sim/accounts/{account}/disable_payouts"), json!({})).await;
    }

    /// Asks the control API.
    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        control(&self.sim.url(), method, path, &body).await
    }
}
