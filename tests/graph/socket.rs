//! What is told as it happens, over `graphql-transport-ws`, spoken by hand.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::app::{App, Client};
use crate::world::november;

/// An event comes within a beat of the house; a slow machine may need this long.
const PATIENCE: Duration = Duration::from_secs(20);
const PROGRESS: &str = "subscription ($id: ID!) { payoutRunProgress(id: $id) { runId status totals { status count } } }";
const SETTLEMENT: &str = "subscription { settlementProgress { parked lastPostedAt } }";

/// The subscriptions that are tried here.
pub(super) const TRIED: [&str; 2] = ["payoutRunProgress", "settlementProgress"];

/// A socket that said who it is.
struct Socket(TcpStream);

impl Socket {
    async fn open(client: &Client) -> Self {
        let mut socket = Self(TcpStream::connect(client.url.strip_prefix("http://").unwrap()).await.unwrap());
        let head = "GET /graphql/ws HTTP/1.1\r\nhost: guildhall\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
            sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n";
        socket.0.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(socket.0.read_u8().await.unwrap());
        }
        let answer = String::from_utf8(answer).unwrap().to_lowercase();
        assert!(answer.starts_with("http/1.1 101") && answer.contains("sec-websocket-protocol: graphql-transport-ws"), "{answer}");
        let authorization = client.token.as_ref().map(|token| format!("Bearer {token}"));
        socket.say(&json!({"type": "connection_init", "payload": {"authorization": authorization, "coOp": client.coop}})).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    async fn say(&mut self, message: &Value) {
        let text = message.to_string();
        let length = u16::try_from(text.len()).expect("messages are short");
        let mut frame = vec![0x81];
        if length < 126 {
            frame.push(0x80 | u8::try_from(length).expect("it is short"));
        } else {
            frame.push(0x80 | 0x7e);
            frame.extend(length.to_be_bytes());
        }
        frame.extend([0; 4]); // a mask of zeros hides nothing and is one
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).await.unwrap();
    }

    /// The next text; a close as `{"close": code}`.
    async fn hear(&mut self) -> Value {
        timeout(PATIENCE, async {
            loop {
                let kind = self.0.read_u8().await.unwrap() & 15;
                let length = match self.0.read_u8().await.unwrap() {
                    126 => usize::from(self.0.read_u16().await.unwrap()),
                    127 => usize::try_from(self.0.read_u64().await.unwrap()).unwrap(),
                    length => usize::from(length),
                };
                let mut body = vec![0; length];
                self.0.read_exact(&mut body).await.unwrap();
                match kind {
                    1 => return serde_json::from_slice(&body).unwrap(),
                    8 => return json!({"close": u16::from_be_bytes([body[0], body[1]])}),
                    _ => {}
                }
            }
        })
        .await
        .expect("something is heard in time")
    }

    async fn subscribe(&mut self, query: &str, variables: Value) {
        self.say(&json!({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})).await;
    }
}

/// The first answer to a subscription.
async fn first(client: &Client, query: &str, variables: Value) -> Value {
    let mut socket = Socket::open(client).await;
    socket.subscribe(query, variables).await;
    socket.hear().await
}

/// The code of the error in a message.
fn code(message: &Value) -> &str {
    let errors = if message["payload"].is_array() { &message["payload"] } else { &message["payload"]["errors"] };
    errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error in {message}"))
}

async fn the_run(app: &App) -> String {
    app.treasurer.ask("{ payoutRuns { nodes { id } } }", json!({})).await.text("/payoutRuns/nodes/0/id")
}

#[tokio::test]
async fn a17_no_subscription_is_open_to_strangers_outsiders_or_members_without_the_permission() {
    let app = App::open().await;
    let run = the_run(&app).await;
    for query in [PROGRESS, SETTLEMENT] {
        let variables = json!({"id": run});
        assert_eq!(code(&first(&app.stranger, query, variables.clone()).await), "SIGN_IN_NEEDED");
        assert_eq!(code(&first(&app.outsider, query, variables.clone()).await), "NOT_FOUND");
        assert_eq!(code(&first(&app.guest, query, variables.clone()).await), "FORBIDDEN");
        assert!(first(&app.admin, query, variables.clone()).await["payload"]["data"].is_object());
    }
    assert_eq!(code(&first(&app.neighbour, PROGRESS, json!({"id": run})).await), "NOT_FOUND");
    app.api.stop().await;
}

#[tokio::test]
async fn a_run_tells_its_progress_until_it_ends() {
    let app = App::open().await;
    let run = the_run(&app).await;
    let mut socket = Socket::open(&app.treasurer).await;
    socket.subscribe(PROGRESS, json!({"id": run})).await;
    let begun = socket.hear().await;
    assert_eq!(begun["payload"]["data"]["payoutRunProgress"]["status"], "DRAFT", "{begun}");
    let cancel = "mutation ($id: ID!) { cancelPayoutRun(id: $id, reason: \"enough\", idempotencyKey: \"c\") { problems { code } } }";
    app.treasurer.ask(cancel, json!({"id": run})).await.data();
    let ended = socket.hear().await;
    assert_eq!(ended["payload"]["data"]["payoutRunProgress"]["status"], "CANCELLED", "{ended}");
    assert_eq!(socket.hear().await["type"], "complete");
    app.api.stop().await;
}

#[tokio::test]
async fn settlement_tells_what_is_posted_in_ones_own_coop() {
    let app = App::open().await;
    let mut socket = Socket::open(&app.admin).await;
    socket.subscribe(SETTLEMENT, json!({})).await;
    let begun = socket.hear().await;
    assert_eq!(begun["payload"]["data"]["settlementProgress"]["parked"], 1, "{begun}");
    app.sell(&app.harbour, (700, 301), november(30) + chrono::TimeDelta::days(1)).await;
    let told = socket.hear().await;
    assert_ne!(told["payload"]["data"], begun["payload"]["data"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a_socket_carries_subscriptions_only_and_closes_with_the_house() {
    let app = App::open().await;
    let query = first(&app.admin, "{ coOp { slug } }", json!({})).await;
    assert_eq!(code(&query), "BAD_REQUEST");
    let deep = format!("subscription {{ {} }}", "a { ".repeat(500));
    assert_eq!(code(&first(&app.admin, &deep, json!({})).await), "QUERY_TOO_DEEP");
    let mut socket = Socket::open(&app.admin).await;
    app.api.stop().await;
    assert_eq!(socket.hear().await, json!({"close": 1001}));
}
