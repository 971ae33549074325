use std::{collections::BTreeMap, time::Duration};

use stripe_gateway::{
    AccountAsk, AccountLinkAsk, CustomerAsk, Evidence, Gateway, GatewayConfig, GatewayError, IdempotencyKey, PaymentIntentAsk, RefundAsk,
    Refunded, ReversalAsk, Secret, TransferAsk,
};
use tokio::time::Instant;
use url::Url;

use crate::server::{Server, config, key, ok};

pub(crate) const TRANSFER: &str = r#"{"id":"tr_1","object":"transfer","amount":731,"currency":"eur","destination":"acct_mug"}"#;

pub(crate) fn transfer_ask() -> TransferAsk {
    TransferAsk {
        amount: 731,
        currency: "EUR".to_owned(),
        destination: "acct_mug".to_owned(),
        source_transaction: Some("ch_1".to_owned()),
        transfer_group: Some("run-7".to_owned()),
        metadata: BTreeMap::from([("line".to_owned(), "19".to_owned()), ("co-op".to_owned(), "Töpfer & Co".to_owned())]),
        description: Some("October".to_owned()),
    }
}

#[tokio::test]
async fn a_transfer_is_sent_with_its_key_and_all_its_parameters() {
    let server = Server::start([ok(TRANSFER)]).await;
    let transfer = server.gateway().create_transfer(&transfer_ask(), &key("payout-19")).await.unwrap();
    assert_eq!((transfer.id.as_str(), transfer.amount), ("tr_1", 731));

    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /v1/transfers");
    assert_eq!(seen.header("idempotency-key"), Some("payout-19"));
    assert_eq!(seen.header("authorization"), Some("Bearer sk_test_open_sesame"));
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen.header("stripe-account"), None);
    assert!(seen.header("stripe-version").is_some_and(|version| version.starts_with("202")));
    let pairs: Vec<_> = url::form_urlencoded::parse(seen.body.as_bytes()).collect();
    let expected = [
        ("amount", "731"),
        ("currency", "eur"),
        ("description", "October"),
        ("destination", "acct_mug"),
        ("metadata[co-op]", "Töpfer & Co"),
        ("metadata[line]", "19"),
        ("source_transaction", "ch_1"),
        ("transfer_group", "run-7"),
    ];
    assert_eq!(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_same_ask_is_the_same_bytes_each_time() {
    let server = Server::start([ok(TRANSFER), ok(TRANSFER)]).await;
    for _ in 0..2 {
        server.gateway().create_transfer(&transfer_ask(), &key("payout-19")).await.unwrap();
    }
    assert_eq!(server.seen()[0].body, server.seen()[1].body);
}

#[tokio::test]
async fn a_gateway_for_an_account_names_it() {
    let server = Server::start([ok(r#"{"id":"acct_mug","payouts_enabled":true}"#)]).await;
    let account = server.gateway().for_account("acct_mug").unwrap().get_account("acct_mug").await.unwrap();
    assert!(account.payouts_enabled);
    assert_eq!(server.seen()[0].line, "GET /v1/accounts/acct_mug");
    assert_eq!(server.seen()[0].header("stripe-account"), Some("acct_mug"));
}

#[tokio::test]
async fn calls_share_one_connection() {
    let server = Server::start([ok(TRANSFER), ok(TRANSFER), ok(TRANSFER)]).await;
    let gateway = server.gateway();
    gateway.get_transfer("tr_1").await.unwrap();
    gateway.create_transfer(&transfer_ask(), &key("a")).await.unwrap();
    gateway.clone().get_transfer("tr_1").await.unwrap();
    assert_eq!(server.seen().iter().map(|seen| seen.connection).collect::<Vec<_>>(), [0, 0, 0]);
}

#[tokio::test]
async fn clones_share_the_rate_limit() {
    let server = Server::start([ok(TRANSFER), ok(TRANSFER), ok(TRANSFER)]).await;
    let config = GatewayConfig { requests_per_sec: std::num::NonZeroU32::new(20).unwrap(), ..server.config() };
    let gateway = Gateway::try_new(config).unwrap();
    let other = gateway.clone();
    let start = Instant::now();
    let (one, two, three) = tokio::join!(gateway.get_transfer("tr_1"), other.get_transfer("tr_1"), gateway.get_transfer("tr_1"));
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(100), "three requests have two gaps of 50 ms between them");
}

#[tokio::test]
async fn payments_refunds_and_evidence_reach_their_endpoints() {
    let server = Server::start([
        ok(r#"{"id":"cus_1","object":"customer"}"#),
        ok(r#"{"id":"pi_1","amount":2000,"currency":"eur","status":"succeeded","latest_charge":"ch_1"}"#),
        ok(r#"{"id":"re_1","amount":500,"currency":"eur","status":"pending"}"#),
        ok(r#"{"id":"dp_1","amount":2000,"currency":"eur","charge":"ch_1","status":"under_review"}"#),
    ])
    .await;
    let gateway = server.gateway();
    let buyer = CustomerAsk { name: Some("Ana".to_owned()), ..CustomerAsk::default() };
    gateway.create_customer(&buyer, &key("c")).await.unwrap();
    let payment = PaymentIntentAsk {
        amount: 2000,
        currency: "eur".to_owned(),
        payment_method: Some("pm_card_visa".to_owned()),
        confirm: true,
        customer: Some("cus_1".to_owned()),
        transfer_group: Some("sale-1".to_owned()),
        metadata: BTreeMap::new(),
    };
    let intent = gateway.create_payment_intent(&payment, &key("p")).await.unwrap();
    assert_eq!(intent.latest_charge.unwrap().id(), "ch_1");
    let refund = RefundAsk { of: Refunded::Charge("ch_1".to_owned()), amount: Some(500), metadata: BTreeMap::new() };
    gateway.create_refund(&refund, &key("r")).await.unwrap();
    let evidence = Evidence { uncategorized_text: Some("She took it home.".to_owned()), ..Evidence::default() };
    gateway.submit_dispute_evidence("dp_1", evidence, true, &key("d")).await.unwrap();

    let asked: Vec<_> = server.seen().into_iter().map(|seen| (seen.line, unescaped(&seen.body))).collect();
    let expected = [
        ("POST /v1/customers", "name=Ana"),
        (
            "POST /v1/payment_intents",
            "amount=2000&automatic_payment_methods[allow_redirects]=never&automatic_payment_methods[enabled]=true&confirm=true\
             &currency=eur&customer=cus_1&payment_method=pm_card_visa&transfer_group=sale-1",
        ),
        ("POST /v1/refunds", "amount=500&charge=ch_1"),
        ("POST /v1/disputes/dp_1", "evidence[uncategorized_text]=She took it home.&submit=true"),
    ];
    assert_eq!(asked.iter().map(|(line, body)| (line.as_str(), body.as_str())).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn accounts_links_reversals_and_endpoints_reach_theirs() {
    let server = Server::start([
        ok(r#"{"id":"acct_1","capabilities":{"transfers":"pending"}}"#),
        ok(r#"{"url":"https://connect.stripe.com/setup/x","expires_at":1790000000}"#),
        ok(r#"{"id":"trr_1","amount":31,"currency":"eur","transfer":"tr_1"}"#),
        ok(r#"{"id":"we_1","url":"http://127.0.0.1/hook","secret":"whsec_new","enabled_events":["charge.updated","payout.paid"]}"#),
    ])
    .await;
    let gateway = server.gateway();
    gateway.create_account(&AccountAsk { country: Some("DE".to_owned()), ..AccountAsk::default() }, &key("a")).await.unwrap();
    let link =
        AccountLinkAsk { account: "acct_1".to_owned(), return_url: "http://x/done".to_owned(), refresh_url: "http://x/again".to_owned() };
    gateway.create_account_link(&link).await.unwrap();
    let back = ReversalAsk { amount: Some(31), ..ReversalAsk::default() };
    gateway.reverse_transfer("tr_1", &back, &key("r")).await.unwrap();
    let hook = Url::parse("http://127.0.0.1/hook").unwrap();
    let endpoint = gateway.create_webhook_endpoint(&hook, true, &["charge.updated", "payout.paid"], &key("w")).await.unwrap();
    assert_eq!(endpoint.secret, Some(Secret::new("whsec_new")));

    let asked: Vec<_> = server.seen().into_iter().map(|seen| (seen.line, unescaped(&seen.body))).collect();
    assert_eq!(asked[0].0, "POST /v1/accounts");
    assert_eq!(asked[0].1, "capabilities[transfers][requested]=true&country=DE&type=express");
    assert_eq!(asked[1].0, "POST /v1/account_links");
    assert_eq!(asked[1].1, "account=acct_1&refresh_url=http://x/again&return_url=http://x/done&type=account_onboarding");
    assert_eq!((asked[2].0.as_str(), asked[2].1.as_str()), ("POST /v1/transfers/tr_1/reversals", "amount=31"));
    assert_eq!(asked[3].0, "POST /v1/webhook_endpoints");
    assert!(asked[3].1.contains("connect=true&enabled_events[0]=charge.updated&enabled_events[1]=payout.paid&url=http://127.0.0.1/hook"));
}

#[tokio::test]
async fn nonsense_is_refused_before_anything_is_sent() {
    let server = Server::start([]).await;
    let gateway = server.gateway();
    assert!(matches!(gateway.get_transfer("../accounts").await, Err(GatewayError::Invalid(_))));
    let ask = TransferAsk { currency: "euros".to_owned(), ..transfer_ask() };
    assert!(matches!(gateway.create_transfer(&ask, &key("a")).await, Err(GatewayError::Invalid(_))));
    assert!(gateway.for_account("acct_1\r\nx: y").is_err());
    assert!(IdempotencyKey::try_new("").is_err());
    assert!(IdempotencyKey::try_new("a b").is_err());
    assert!(IdempotencyKey::try_new("k".repeat(256)).is_err());
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_live_key_never_travels_in_the_clear() {
    let live = GatewayConfig { api_key: Secret::new("sk_live_open_sesame"), ..config("http://127.0.0.1:9/") };
    assert!(matches!(Gateway::try_new(live), Err(GatewayError::Invalid(_))));
    assert!(matches!(Gateway::try_new(config("ftp://127.0.0.1/")), Err(GatewayError::Invalid(_))));
}

#[tokio::test]
async fn debug_output_holds_no_key() {
    let config = config("http://127.0.0.1:9/");
    assert!(!format!("{config:?}").contains("sesame"));
    assert!(!format!("{:?}", Gateway::try_new(config).unwrap()).contains("sesame"));
}

fn unescaped(form: &str) -> String {
    url::form_urlencoded::parse(form.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}
