//! One trace from who asked to the posting, across processes, in the hands of a real collector.

use std::time::Duration;

use kernel::Clock;
use ledger::{Account, AccountKind, Accounts, Posting, PostingHead};
use rustix::process::Signal;
use stripe_gateway::{AccountAsk, Gateway, GatewayConfig, IdempotencyKey, PaymentIntentAsk, Secret};
use stripe_sim::{Sim, SimConfig};

use super::{
    House, Part,
    collector::{Collector, Span},
    deliver, until,
};
use crate::guildhall;

pub(super) const CALLER: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The spans of that name.
pub(super) fn named<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|span| span.name == name).collect()
}

/// Whether a span is beneath another, at whatever depth.
pub(super) fn is_beneath(spans: &[Span], span: &Span, above: &Span) -> bool {
    let mut parent = &span.parent;
    while let Some(next) = spans.iter().find(|other| other.trace == span.trace && other.id == *parent) {
        if next.id == above.id {
            return true;
        }
        parent = &next.parent;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn k1_the_trace_of_a_webhook_goes_on_in_the_batch_that_settles_it() {
    let Some(collector) = Collector::start() else { return };
    let house = House::with_coop().await;
    let otlp = [("GUILDHALL_OTLP_ENDPOINT", collector.endpoint.as_str())];
    let mut api = Part::start(&house, "api", &otlp);
    deliver(&api.api(), "evt_1", &format!("traceparent: 00-{CALLER}-00f067aa0ba902b7-01\r\n"));
    deliver(&api.api(), "evt_2", "");
    api.signal(Signal::TERM);
    assert_eq!(api.ends().code(), Some(0), "the last spans are sent before it ends");
    let mut worker = Part::start(&house, "worker", &otlp);
    worker.says("the worker works");
    let owner = house.db.owner().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while sqlx::query("select from stripe_event where status = 'new'").fetch_optional(&owner).await.unwrap().is_some() {
        assert!(tokio::time::Instant::now() < deadline, "the events are settled");
        tokio::task::yield_now().await;
    }
    worker.signal(Signal::TERM);
    assert_eq!(worker.ends().code(), Some(0));

    until("the batch is written down", || !named(&collector.spans(), "settlement.batch").is_empty());
    let spans = collector.spans();
    let requests = named(&spans, "POST /webhooks/stripe");
    assert_eq!(requests.len(), 2, "{spans:#?}");
    let asked = requests.iter().find(|span| span.trace == CALLER).expect("the caller's trace goes on");
    assert_eq!((asked.service.as_str(), asked.parent.as_str()), ("guildhall-api", "00f067aa0ba902b7"));
    let batch = named(&spans, "settlement.batch").into_iter().find(|batch| batch.trace == CALLER).expect("so does its batch");
    assert_eq!((batch.service.as_str(), &batch.parent), ("guildhall-worker", &asked.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn k1_one_trace_goes_from_the_approval_to_the_request_to_stripe_and_the_posting() {
    let Some(collector) = Collector::start() else { return };
    let house = House::with_coop().await;
    let sim = Sim::start(SimConfig { onboard_at_once: true, ..SimConfig::default() }).await.unwrap();
    owe_mara(&house, &sim.url()).await;
    let port = sim.address().port().to_string();
    let run = async |arguments: &'static [&'static str]| {
        let mut command = guildhall(house.home.path(), arguments);
        command.env("DATABASE_URL", &house.db.url).env("GUILDHALL_OTLP_ENDPOINT", &collector.endpoint);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    run(&["payout", "draft", "--by", "ana"]).await;
    run(&["payout", "approve", "--by", "ben"]).await;
    let otlp = [("GUILDHALL_OTLP_ENDPOINT", collector.endpoint.as_str()), ("GUILDHALL_STRIPE_PORT", port.as_str())];
    let mut worker = Part::start(&house, "worker", &otlp);
    worker.says("sent what was due of payout run");
    worker.signal(Signal::TERM);
    assert_eq!(worker.ends().code(), Some(0));

    until("the sending is written down", || !named(&collector.spans(), "payouts.send").is_empty());
    let spans = collector.spans();
    let [approval] = named(&spans, "payouts.approve")[..] else { panic!("one approval: {spans:#?}") };
    let coop = format!("coop.id: Str({})", house.coop.id);
    let sending = named(&spans, "payouts.send").into_iter().find(|span| span.trace == approval.trace).expect("the sending goes on with it");
    assert_eq!((&sending.parent, sending.service.as_str()), (&approval.id, "guildhall-worker"));
    for name in ["stripe.create_transfer", "stripe.request", "ledger.post"] {
        let beneath = named(&spans, name).into_iter().any(|span| is_beneath(&spans, span, sending));
        assert!(beneath, "{name} is not beneath the sending: {spans:#?}");
    }
    let reserved =
        named(&spans, "ledger.post").into_iter().find(|span| is_beneath(&spans, span, approval) && span.service == "guildhall-command");
    for span in [approval, sending, reserved.expect("the approval posts, too")] {
        assert!(span.attributes.contains(&coop), "{coop} is not told: {span:#?}");
    }
    sim.stop().await;
}

/// The co-op owes its maker money since a week, Stripe has it, and the maker's account takes it.
pub(super) async fn owe_mara(house: &House, stripe: &str) {
    let mut config = GatewayConfig::new(Secret::new("sk_test_guildhall"));
    config.base_url = stripe.parse().unwrap();
    let gateway = Gateway::try_new(config).unwrap();
    let key = |text: &str| IdempotencyKey::try_new(text).unwrap();
    let account = gateway.create_account(&AccountAsk::default(), &key("mara")).await.unwrap().id;
    let funds = PaymentIntentAsk {
        amount: 100_000,
        currency: "eur".to_owned(),
        payment_method: Some("pm_card_bypassPending".to_owned()),
        confirm: true,
        customer: None,
        transfer_group: None,
        metadata: std::collections::BTreeMap::default(),
    };
    gateway.create_payment_intent(&funds, &key("funds")).await.unwrap();

    let (coop, now) = (&house.coop, Clock::system().now());
    let tx = db::begin(&house.db.pools.orm, coop.id).await.unwrap();
    let mara = identity::parties(&tx, coop.id).await.unwrap().into_iter().find(|party| party.handle == "mara").unwrap().id;
    let join = "update party set stripe_account = $3 where coop_id = $1 and party_id = $2";
    sea_orm::ConnectionTrait::execute_raw(&tx, db::statement(join, [coop.id.0.into(), mara.0.into(), account.into()])).await.unwrap();
    identity::update_account(&tx, (coop.id, mara), true, None, now).await.unwrap();
    let week_ago = now - chrono::TimeDelta::days(7);
    let head = PostingHead {
        coop: coop.id,
        kind: "test",
        source: "owed".to_owned(),
        currency: coop.currency,
        effective_at: week_ago,
        available_at: week_ago,
        sale: None,
        reverses: None,
        exchange: None,
    };
    let legs = [(Account::own(AccountKind::Clearing), 5_000), (Account::of(AccountKind::MemberPayable, mara), -5_000)];
    ledger::post(&tx, &Accounts::default(), &[Posting::try_new(head, legs).unwrap().unwrap()]).await.unwrap();
    tx.commit().await.unwrap();
}
