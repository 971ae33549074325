//! What the demo asks of the stand-in that it could not ask of Stripe: to turn its clock, to answer for account owners, and
//! to say when all its webhooks were taken.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, StatusCode, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};

use crate::failure::Failure;

/// How long the stand-in is given to deliver what it has queued, before the demo looks again.
const PATIENCE: Duration = Duration::from_secs(30);

/// The control door of the stand-in.
#[derive(Clone, Debug)]
pub(super) struct StandIn {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

impl StandIn {
    pub(super) fn at(url: &str) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), url: url.trim_end_matches('/').to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<(StatusCode, Value), Failure> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url)).header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(body))).map_err(Failure::fault)?;
        let answer = self.client.request(request).await.map_err(Failure::fault)?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await.map_err(Failure::fault)?.to_bytes();
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    }

    async fn order(&self, path: &str, body: Value) -> Result<Value, Failure> {
        match self.ask(Method::POST, path, Some(body)).await? {
            (status, answer) if status.is_success() => Ok(answer),
            (status, answer) => Err(Failure::fault(format!("the Stripe stand-in refused {path} with {status}: {answer}"))),
        }
    }

    /// Turns its clock forward to that moment, where it stands.
    pub(super) async fn turn_to(&self, at: DateTime<Utc>) -> Result<(), Failure> {
        self.order("/_sim/clock", json!({"set": at.to_rfc3339(), "running": false})).await.map(drop)
    }

    /// Turns its clock to the present and lets it run.
    pub(super) async fn run_from(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        self.order("/_sim/clock", json!({"set": now.to_rfc3339(), "running": true})).await.map(drop)
    }

    /// Where its clock stands.
    pub(super) async fn now(&self) -> Result<DateTime<Utc>, Failure> {
        let (_, answer) = self.ask(Method::GET, "/_sim/clock", None).await?;
        let told = answer["now"].as_str().and_then(|text| text.parse().ok());
        told.ok_or_else(|| Failure::fault(format!("{} is not the Stripe stand-in: it tells no time", self.url)))
    }

    /// The owner of an account tells Stripe all that it asks.
    pub(super) async fn onboard(&self, account: &str) -> Result<(), Failure> {
        self.order(&format!("/_sim/accounts/{account}/onboard"), json!({})).await.map(drop)
    }

    /// Whether every webhook was taken; waits for it a while.
    pub(super) async fn is_idle(&self) -> Result<bool, Failure> {
        let path = format!("/_sim/webhooks/idle?timeout_ms={}", PATIENCE.as_millis());
        Ok(self.ask(Method::GET, &path, None).await?.0.is_success())
    }
}
