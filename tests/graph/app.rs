//! The whole api over two co-ops that hold data, and people who ask it over HTTP.
//!
//! ```ignore
//! let app = App::open().await;
//! let answer = app.treasurer.ask("{ payoutRuns { nodes { id } } }", json!({})).await;
//! assert_eq!(answer.codes(), ["FORBIDDEN"]);
//! ```
//!
//! The clock stands at noon of 1 December 2026. Harbour and Quarry each have a shop with sales of November, an open payout
//! run, a statement and a parked event; [`App::admin`] and the others belong to Harbour, [`App::neighbour`] is Quarry's admin.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ::access::{Access, AccessConfig, Grant, PasswordCost, Secret, SignIn, Visitor};
use ::api::{Api, ApiConfig, Running};
use ::ledger::Accounts;
use ::orders::{Agreements, FeeKnown, Payment};
use ::statements::Statements;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use kernel::{Clock, PartyId, PersonId, SaleId};
use ring::hmac;
use serde_json::{Value, json};
use storage::Storage;
use tempfile::TempDir;
use test_support::TestDb;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

use crate::world::{Shop, in_coop, november};

const PASSWORD: &str = "seven boats at dawn";

pub(crate) struct App {
    pub(crate) db: TestDb,
    pub(crate) api: Running,
    pub(crate) clock: Clock,
    pub(crate) access: Access,
    pub(crate) storage: Arc<Storage>,
    pub(crate) harbour: Shop,
    pub(crate) quarry: Shop,
    /// Nobody.
    pub(crate) stranger: Client,
    /// Harbour's first maker, with the role of a member.
    pub(crate) member: Client,
    /// A member of Harbour who is leaving: there, and without any permission.
    pub(crate) guest: Client,
    /// A treasurer of Harbour, with a fresh second factor.
    pub(crate) treasurer: Client,
    /// Another, likewise.
    pub(crate) second_treasurer: Client,
    /// An admin of Harbour, with a fresh second factor.
    pub(crate) admin: Client,
    /// An admin of Quarry, who names Harbour in the header.
    pub(crate) outsider: Client,
    /// The same person, in Quarry.
    pub(crate) neighbour: Client,
    _folder: TempDir,
}

/// Somebody who asks.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) person: Option<PersonId>,
    pub(crate) token: Option<String>,
    pub(crate) coop: Option<String>,
}

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// What lies at a path such as `/payoutRuns/nodes/0/id` of the data.
    pub(crate) fn at(&self, path: &str) -> Value {
        let json = self.json();
        json.pointer(&format!("/data{path}")).unwrap_or_else(|| panic!("no {path} in {json}")).clone()
    }

    /// The text at a path of the data.
    pub(crate) fn text(&self, path: &str) -> String {
        self.at(path).as_str().unwrap_or_else(|| panic!("{path} is no text in {}", self.body)).to_owned()
    }

    /// The codes of all errors and problems.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let mut codes: Vec<String> = Vec::new();
        for error in json["errors"].as_array().into_iter().flatten() {
            codes.push(error["extensions"]["code"].as_str().unwrap_or("none").to_owned());
        }
        for payload in json["data"].as_object().into_iter().flatten().filter_map(|(_, value)| value["problems"].as_array()) {
            codes.extend(payload.iter().filter_map(|problem| problem["code"].as_str().map(str::to_owned)));
        }
        codes
    }

    /// The data, of an operation that nothing was wrong with.
    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.codes(), Vec::<String>::new(), "{}", self.body);
        self.json()["data"].clone()
    }
}

impl Client {
    /// Asks the graph.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Answer {
        self.post(json!({"query": query, "variables": variables}).to_string().as_bytes(), &[]).await
    }

    /// Sends a body to the graph.
    pub(crate) async fn post(&self, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        self.send("POST", "/graphql", headers, body).await
    }

    /// Sends a request with JSON.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.send_as((method, path), "application/json", headers, body).await
    }

    /// Sends a request with a body of that type.
    pub(crate) async fn send_as(&self, (method, path): (&str, &str), content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.url.strip_prefix("http://").expect("an address")).await.expect("the api answers");
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n",
            body.len()
        );
        let token = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let own = [("authorization", token.as_deref()), ("guildhall-co-op", self.coop.as_deref())];
        let own = own.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
        for (name, value) in own.chain(headers.iter().copied()) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await.expect("the api reads");
        let _ = stream.write_all(body).await; // a body that is too large need not be read to its end
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Answer { status, head: head.to_lowercase(), body: unchunked(head, body) }
    }
}

/// The body of an answer that came in pieces.
fn unchunked(head: &str, body: &str) -> String {
    if !head.to_lowercase().contains("transfer-encoding: chunked") {
        return body.to_owned();
    }
    let (mut whole, mut rest) = (String::new(), body);
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        whole += &after[..size];
        rest = after[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    whole
}

impl App {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// With other settings of the api.
    pub(crate) async fn open_with(change: impl FnOnce(&mut ApiConfig)) -> Self {
        let (db, clock, config) = (TestDb::new().await, Clock::stopped_at(november(30) + TimeDelta::days(1)), access_config());
        let folder = TempDir::new().expect("a folder");
        let storage = Arc::new(Storage::from_url(&format!("file://{}", folder.path().display())).expect("a place for files"));
        let (harbour, quarry) = (Shop::open(&db, "harbour").await, Shop::open(&db, "quarry").await);
        let mut settings = ApiConfig {
            connections: 8,
            threads: 1,
            clock: clock.clone(),
            access: Some(config.clone()),
            storage: Some(Arc::clone(&storage)),
            graphiql: true,
            ..ApiConfig::new(&db.url)
        };
        change(&mut settings);
        let api = Api::start(settings).await.expect("the api starts");
        let access = Access::new(db.pools.orm.clone(), config.clone(), clock.clone()).expect("the configuration works");
        let url = api.url();
        let stranger = Client { url: url.clone(), person: None, token: None, coop: Some("harbour".to_owned()) };
        let maker = harbour.makers[0];
        let person = async |name: &str, shop: &Shop, role: &str, party: Option<PartyId>| {
            signed_in(&db, &access, &clock, (name, shop, role, party), &url).await
        };
        let member = person("Mia", &harbour, "member", Some(maker)).await;
        let treasurer = person("Ana", &harbour, "treasurer", None).await;
        let second_treasurer = person("Ben", &harbour, "treasurer", None).await;
        let admin = person("Ada", &harbour, "admin", None).await;
        let guest = person("Gus", &harbour, "member", None).await;
        leaves(&db, &guest).await;
        let neighbour = person("Nat", &quarry, "admin", None).await;
        let outsider = Client { coop: Some("harbour".to_owned()), ..neighbour.clone() };
        let app = Self {
            stranger,
            member,
            guest,
            treasurer,
            second_treasurer,
            admin,
            outsider,
            neighbour,
            api,
            access,
            storage,
            harbour,
            quarry,
            clock,
            db,
            _folder: folder,
        };
        app.live(&app.harbour, app.treasurer.person.expect("somebody")).await;
        app.live(&app.quarry, app.neighbour.person.expect("somebody")).await;
        app
    }

    /// Somebody new in Harbour who has no second factor.
    pub(crate) async fn without_factor(&self, name: &str, role: &str) -> Client {
        let url = self.api.url();
        let (id, email) = person(&self.db, &self.access, (name, &self.harbour, role, None)).await;
        let grant = sign_in(&self.access, &email).await;
        Client { url, person: Some(id), token: Some(grant.access_token), coop: Some(self.harbour.coop.slug.clone()) }
    }

    /// Sales, a payout run, a statement and a parked event.
    async fn live(&self, shop: &Shop, by: PersonId) {
        for day in [3, 5, 7] {
            self.sell(shop, (1_000 + i64::from(day), 2_001), november(day)).await;
        }
        let accounts = Accounts::default();
        let statements = Statements::new(self.db.pools.orm.clone(), accounts.clone(), self.clock.clone());
        statements.close(&shop.coop, "2026-11".parse().expect("a month"), Some(by)).await.expect("the month closes");
        let payouts = ::payouts::Payouts::new(self.db.pools.orm.clone(), accounts, None, self.clock.clone());
        let draft = ::payouts::Draft { run: ::payouts::RunId(Uuid::now_v7()), currency: shop.coop.currency, cutoff: self.clock.now(), by };
        payouts.draft(shop.coop.id, draft).await.expect("a run is drafted");
        let owner = self.db.owner().await;
        sqlx::query("insert into stripe_event (event_id, connect, kind, body, status, reason, coop_id) values ($1, false, 'charge.updated', '{}', 'parked', 'the sale is unknown', $2)")
            .bind(format!("evt_{}", shop.coop.slug))
            .bind(shop.coop.id.0)
            .execute(&owner)
            .await
            .expect("an event is kept");
        owner.close().await;
    }

    /// A sale that was placed, paid and settled at a moment.
    pub(crate) async fn sell(&self, shop: &Shop, amounts: (i64, i64), at: DateTime<Utc>) -> SaleId {
        let id = SaleId(Uuid::now_v7());
        let mut new = shop.sale(id, amounts, Payment::Stripe);
        new.sold_at = at;
        shop.place(&self.db, &[new]).await;
        in_coop(&self.db, shop.coop.id, async |tx| {
            let key = (shop.coop.id, id);
            let (mut sales, mut standing) = ::orders::load(tx, &Agreements::default(), &BTreeSet::from([key])).await.expect("sales load");
            let mut sale = sales.remove(&key).expect("the sale is there");
            sale.saw_payment(sale.gross, "EUR", Some(&format!("ch_{}", id.0.simple()))).expect("it is paid in full");
            sale.saw_fee(FeeKnown {
                balance_transaction: format!("txn_{}", id.0.simple()),
                gross: sale.gross,
                fee: 40,
                currency: sale.currency,
                exchange_rate: None,
                at,
                available_at: at,
            });
            let booking = sale.book(&mut standing).expect("it can be booked");
            let booked = BTreeMap::from([(key, (sale, booking))]);
            ::orders::save(tx, &Accounts::default(), &booked, &standing).await.expect("it is saved");
        })
        .await;
        id
    }
}

async fn leaves(db: &TestDb, client: &Client) {
    let owner = db.owner().await;
    let person = client.person.expect("somebody").0;
    sqlx::query("update membership set status = 'leaving' where person_id = $1").bind(person).execute(&owner).await.expect("they leave");
    owner.close().await;
}

/// Somebody with a password.
async fn person(db: &TestDb, access: &Access, (name, shop, role, party): (&str, &Shop, &str, Option<PartyId>)) -> (PersonId, String) {
    let (id, email) = (PersonId(Uuid::now_v7()), format!("{}@example.org", name.to_lowercase()));
    in_coop(db, shop.coop.id, async |tx| {
        identity::add_person(tx, id, name, &email).await.expect("a person is added");
        identity::add_member(tx, shop.coop.id, id, role, party).await.expect("a member is added");
    })
    .await;
    access.give_password(id, PASSWORD).await.expect("a password is given");
    (id, email)
}

async fn sign_in(access: &Access, email: &str) -> Grant {
    let visitor = Visitor::new("192.0.2.7".parse().ok(), "Laptop");
    match access.sign_in(&visitor, email, PASSWORD).await.expect("they get in") {
        SignIn::Done(grant) => grant,
        SignIn::Challenge(_) => panic!("{email} has a second factor"),
    }
}

/// A member of a co-op, signed in with a second factor a moment ago.
async fn signed_in(
    db: &TestDb,
    access: &Access,
    clock: &Clock,
    (name, shop, role, party): (&str, &Shop, &str, Option<PartyId>),
    url: &str,
) -> Client {
    let (id, email) = person(db, access, (name, shop, role, party)).await;
    let grant = sign_in(access, &email).await;
    let enrolment = access.enrol_totp(grant.signed, PASSWORD).await.expect("an app is added");
    let code = code(&BASE32_NOPAD.decode(enrolment.secret.as_bytes()).expect("base 32"), clock.now());
    let enrolled = access.confirm_totp(grant.signed, &code).await.expect("the code is right");
    Client { url: url.to_owned(), person: Some(id), token: Some(enrolled.access_token), coop: Some(shop.coop.slug.clone()) }
}

/// Passwords cost next to nothing.
fn access_config() -> AccessConfig {
    let origin = "https://guildhall.example".parse().expect("an address");
    AccessConfig { cost: PasswordCost::LEAST, ..AccessConfig::new("https://guildhall.example", origin, Secret::generate()) }
}

/// What an authenticator app shows, from the standard.
pub(crate) fn code(secret: &[u8], now: DateTime<Utc>) -> String {
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &(now.timestamp() / 30).to_be_bytes());
    let mac = mac.as_ref();
    let at = usize::from(mac[19] & 15);
    let number = u32::from_be_bytes(mac[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
