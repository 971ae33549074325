//! One trace from an operation of the graph, over HTTP, to the request to Stripe and the posting, in the hands of a real
//! collector.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use ::access::{Access, AccessConfig, PasswordCost, Secret, SignIn, Visitor};
use data_encoding::BASE32_NOPAD;
use kernel::{Clock, PersonId};
use ring::hmac;
use rustix::process::Signal;
use serde_json::{Value, json};
use stripe_sim::{Sim, SimConfig};
use uuid::Uuid;

use super::{
    House, Part,
    collector::Collector,
    traced::{CALLER, is_beneath, named, owe_mara},
    until,
};

const PASSWORD: &str = "seven boats at dawn";
const ISSUER: &str = "https://guildhall.example";

/// What an authenticator app shows, from the standard.
fn code(secret: &str) -> String {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let step = Clock::system().now().timestamp() / 30;
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret), &step.to_be_bytes());
    let at = usize::from(mac.as_ref()[19] & 15);
    let number = u32::from_be_bytes(mac.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The access token of a treasurer who showed a second factor just now.
async fn token(house: &House, access: &Access, email: &str) -> String {
    let owner = house.db.owner().await;
    let id: Uuid = sqlx::query_scalar("select person_id from person where email = $1").bind(email).fetch_one(&owner).await.unwrap();
    owner.close().await;
    access.give_password(PersonId(id), PASSWORD).await.unwrap();
    let SignIn::Done(grant) = access.sign_in(&Visitor::new(None, "test"), email, PASSWORD).await.unwrap() else {
        panic!("{email} has a second factor already");
    };
    let enrolment = access.enrol_totp(grant.signed, PASSWORD).await.unwrap();
    access.confirm_totp(grant.signed, &code(&enrolment.secret)).await.unwrap().access_token
}

/// Asks the graph; the data, of an operation that nothing was wrong with.
fn ask(address: &str, token: &str, headers: &str, (query, variables): (&str, Value)) -> Value {
    let body = json!({"query": query, "variables": variables}).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         guildhall-co-op: harbour\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, told) = answer.split_once("\r\n\r\n").unwrap();
    let told: Value = serde_json::from_str(told).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert!(told.get("errors").is_none(), "{told}");
    told["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn k1_one_trace_goes_from_the_operation_of_the_graph_to_the_request_to_stripe_and_the_posting() {
    let Some(collector) = Collector::start() else { return };
    let house = House::with_coop().await;
    let sim = Sim::start(SimConfig { onboard_at_once: true, ..SimConfig::default() }).await.unwrap();
    owe_mara(&house, &sim.url()).await;
    let secret = "c2V2ZW4gYm9hdHMgYXQgZGF3biwgYW5kIG9uZSBtb3I="; // 32 bytes of nobody's
    let config =
        AccessConfig { cost: PasswordCost::LEAST, ..AccessConfig::new(ISSUER, ISSUER.parse().unwrap(), secret.parse::<Secret>().unwrap()) };
    let access = Access::new(house.db.pools.orm.clone(), config, Clock::system()).unwrap();
    let (ana, ben) = (token(&house, &access, "Ana@example.org").await, token(&house, &access, "Ben@example.org").await);

    let otlp = [("GUILDHALL_OTLP_ENDPOINT", collector.endpoint.as_str())];
    let mut api = Part::start(&house, "api", &[otlp[0], ("GUILDHALL_ACCESS_SECRET", secret), ("GUILDHALL_PUBLIC_URL", ISSUER)]);
    let address = api.api();
    let draft = "mutation ($input: DraftPayoutRunInput!) { draftPayoutRun(idempotencyKey: \"d\", input: $input) { run { id } problems { message } } }";
    let drafted = ask(&address, &ana, "", (draft, json!({"input": {"cutoff": Clock::system().now()}})));
    let run = drafted["draftPayoutRun"]["run"]["id"].as_str().unwrap_or_else(|| panic!("{drafted}"));
    let approve = "mutation ($id: ID!) { approvePayoutRun(id: $id, idempotencyKey: \"a\") { run { status } problems { message } } }";
    let callers = format!("traceparent: 00-{CALLER}-00f067aa0ba902b7-01\r\n");
    let approved = ask(&address, &ben, &callers, (approve, json!({"id": run})));
    assert!(approved["approvePayoutRun"]["run"]["status"].is_string(), "{approved}");
    api.signal(Signal::TERM);
    assert_eq!(api.ends().code(), Some(0), "the last spans are sent before it ends");

    let port = sim.address().port().to_string();
    let mut worker = Part::start(&house, "worker", &[otlp[0], ("GUILDHALL_STRIPE_PORT", port.as_str())]);
    worker.says("sent what was due of payout run");
    worker.signal(Signal::TERM);
    assert_eq!(worker.ends().code(), Some(0));
    let sent = |name: &str| named(&collector.spans(), name).into_iter().any(|span| span.trace == CALLER);
    until("the sending is written down", || sent("payouts.send"));

    let spans = collector.spans();
    let mut above = named(&spans, "POST /graphql").into_iter().find(|span| span.trace == CALLER).expect("the request is traced");
    let coop = format!("coop.id: Str({})", house.coop.id);
    for (name, service) in
        [("mutation approvePayoutRun", "guildhall-api"), ("payouts.approve", "guildhall-api"), ("payouts.send", "guildhall-worker")]
    {
        let found = named(&spans, name).into_iter().find(|span| is_beneath(&spans, span, above));
        let span = found.unwrap_or_else(|| panic!("{name} is not beneath {}: {spans:#?}", above.name));
        assert_eq!(span.service, service);
        assert!(span.attributes.contains(&coop), "{coop} is not told: {span:#?}");
        above = span;
    }
    for name in ["stripe.create_transfer", "stripe.request", "ledger.post"] {
        assert!(
            named(&spans, name).into_iter().any(|span| is_beneath(&spans, span, above)),
            "{name} is not beneath the sending: {spans:#?}"
        );
    }
    sim.stop().await;
}
