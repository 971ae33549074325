//! A client and a webhook receiver for the tests.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    http::StatusCode,
    web::{self, Bytes, Data},
};
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;
use stripe_sim::{Running, Sim, SimConfig};

/// A running stand-in and a client that holds a test key.
pub(crate) struct Desk {
    pub(crate) sim: Running,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status, `error.code` and `error.param`.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, &str, &str) {
        let text = |field: &str| self.body["error"][field].as_str().unwrap_or_default();
        (self.status, text("code"), text("param"))
    }
}

impl Desk {
    /// A stand-in whose clock stands at 2026-11-01.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SimConfig)) -> Self {
        let mut config = SimConfig {
            start_clock: Some("2026-11-01T00:00:00Z".parse().unwrap()),
            webhook_backoff: std::time::Duration::from_millis(5),
            ..SimConfig::default()
        };
        change(&mut config);
        Self { sim: Sim::start(config).await.unwrap(), client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// One request; `None` when the connection was cut.
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Option<Reply> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.sim.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.client.request(request.body(Full::from(body)).unwrap()).await.ok()?;
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Some(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }

    pub(crate) async fn post_with(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
        self.try_post(path, headers, form).await.unwrap()
    }

    pub(crate) async fn try_post(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Option<Reply> {
        let mut all = vec![("Authorization", "Bearer sk_test_desk"), ("Content-Type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.send(Method::POST, path, &all, form.to_owned()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Reply {
        self.post_with(path, &[], form).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.get_as(path, &[]).await
    }

    pub(crate) async fn get_as(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("Authorization", "Bearer sk_test_desk")];
        all.extend(headers);
        self.send(Method::GET, path, &all, String::new()).await.unwrap()
    }

    /// A request to the control API.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, &format!("/_sim{path}"), &[("Content-Type", "application/json")], body.to_string()).await.unwrap()
    }

    pub(crate) async fn pay(&self, amount: i64, card: &str) -> Value {
        self.post("/v1/payment_intents", &format!("amount={amount}&currency=eur&payment_method={card}&confirm=true")).await.ok()
    }

    /// The charge of a new payment, as it is after all that followed.
    pub(crate) async fn charge(&self, amount: i64, card: &str) -> Value {
        let intent = self.pay(amount, card).await;
        self.get(&format!("/v1/charges/{}", text(&intent, "latest_charge"))).await.ok()
    }

    /// A connected account that can be paid.
    pub(crate) async fn account(&self) -> String {
        let account = self.post("/v1/accounts", "type=express&country=DE").await.ok();
        let id = text(&account, "id").to_owned();
        self.control(&format!("/accounts/{id}/onboard"), Value::Null).await.ok();
        id
    }

    /// The balance in euro: available and pending.
    pub(crate) async fn balance(&self, headers: &[(&str, &str)]) -> (i64, i64) {
        let balance = self.get_as("/v1/balance", headers).await.ok();
        let amount = |part: &str| balance[part][0]["amount"].as_i64().unwrap();
        (amount("available"), amount("pending"))
    }

    /// Types of the platform's events, oldest first.
    pub(crate) async fn event_types(&self) -> Vec<String> {
        let list = self.get("/v1/events?limit=100").await.ok();
        list["data"].as_array().unwrap().iter().rev().map(|event| text(event, "type").to_owned()).collect()
    }

    /// Waits until every webhook is delivered.
    pub(crate) async fn delivered(&self) {
        self.get("/_sim/webhooks/idle?timeout_ms=20000").await.ok();
    }
}

pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// A webhook as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) signature: String,
    pub(crate) raw: String,
    pub(crate) event: Value,
}

/// A receiver of webhooks that keeps what it gets.
pub(crate) struct Receiver {
    pub(crate) url: String,
    port: u16,
    inbox: Arc<Mutex<Vec<Received>>>,
    status: Arc<AtomicU16>,
    handle: actix_web::dev::ServerHandle,
}

impl Receiver {
    /// On a free port, or on the port of an earlier one.
    pub(crate) fn open(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let inbox = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(AtomicU16::new(200));
        let (kept, answer) = (Arc::clone(&inbox), Arc::clone(&status));
        let server = HttpServer::new(move || {
            let state = Data::new((Arc::clone(&kept), Arc::clone(&answer)));
            App::new().app_data(state).default_service(web::to(receive))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url: format!("http://127.0.0.1:{port}"), port, inbox, status, handle }
    }

    pub(crate) fn answer_with(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inbox.lock().unwrap().clone()
    }

    /// Types of what arrived, in order of arrival.
    pub(crate) fn types(&self) -> Vec<String> {
        self.received().iter().map(|received| text(&received.event, "type").to_owned()).collect()
    }

    /// Stops it and answers its port.
    pub(crate) async fn close(self) -> u16 {
        self.handle.stop(false).await;
        self.port
    }
}

type Kept = (Arc<Mutex<Vec<Received>>>, Arc<AtomicU16>);

async fn receive(request: HttpRequest, body: Bytes, state: Data<Kept>) -> HttpResponse {
    let status = StatusCode::from_u16(state.1.load(Ordering::SeqCst)).unwrap();
    if status.is_success() {
        let raw = String::from_utf8(body.to_vec()).unwrap();
        let signature = request.headers().get("Stripe-Signature").unwrap().to_str().unwrap().to_owned();
        let event = serde_json::from_str(&raw).unwrap();
        state.0.lock().unwrap().push(Received { path: request.path().to_owned(), signature, raw, event });
    }
    HttpResponse::build(status).finish()
}
