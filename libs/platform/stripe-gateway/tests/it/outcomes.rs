use std::time::Duration;

use stripe_gateway::{Doubt, Gateway, GatewayConfig, GatewayError, Outcome};
use tokio::net::TcpListener;

use crate::{
    requests::{TRANSFER, transfer_ask},
    server::{Answer, Server, config, key, ok, refusal},
};

async fn failure(server: &Server) -> GatewayError {
    server.gateway().create_transfer(&transfer_ask(), &key("payout-19")).await.expect_err("the server does not do it")
}

#[tokio::test]
async fn a_rate_limited_request_is_sent_again_with_the_same_key() {
    let server = Server::start([
        refusal(429, "", "invalid_request_error", "rate_limit"),
        refusal(429, "stripe-should-retry: true\r\n", "invalid_request_error", "lock_timeout"),
        refusal(409, "", "idempotency_error", "idempotency_key_in_use"),
        ok(TRANSFER),
    ])
    .await;
    let transfer = server.gateway().create_transfer(&transfer_ask(), &key("payout-19")).await.unwrap();
    assert_eq!(transfer.id, "tr_1");
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    for again in &seen {
        assert_eq!(again.header("idempotency-key"), Some("payout-19"));
        assert_eq!(again.body, seen[0].body);
    }
}

#[tokio::test]
async fn tries_are_bounded() {
    let server = Server::start((0..9).map(|_| refusal(429, "", "invalid_request_error", "rate_limit"))).await;
    let error = failure(&server).await;
    assert_eq!(error, GatewayError::RateLimited { retry_after: None });
    assert_eq!(error.outcome(), Outcome::NotDone);
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn doubt_about_a_key_in_use_survives_later_tries_that_do_not_get_through() {
    let in_use = refusal(409, "", "idempotency_error", "idempotency_key_in_use");
    let limited = refusal(429, "stripe-should-retry: false\r\n", "invalid_request_error", "rate_limit");
    let error = failure(&Server::start([in_use, limited]).await).await;
    assert_eq!(error, GatewayError::Unknown(Doubt::KeyInUse));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_long_retry_after_is_for_the_caller_to_wait() {
    let server = Server::start([refusal(429, "retry-after: 60\r\n", "invalid_request_error", "rate_limit")]).await;
    assert_eq!(failure(&server).await, GatewayError::RateLimited { retry_after: Some(Duration::from_mins(1)) });
}

#[tokio::test]
async fn stripe_may_forbid_another_try() {
    let server = Server::start([refusal(429, "stripe-should-retry: false\r\n", "invalid_request_error", "rate_limit")]).await;
    assert_eq!(failure(&server).await, GatewayError::RateLimited { retry_after: None });
}

#[tokio::test]
async fn a_server_error_leaves_doubt_and_is_not_repeated() {
    for status in [500, 502, 503, 424] {
        let server = Server::start([refusal(status, "request-id: req_1\r\nstripe-should-retry: true\r\n", "api_error", "x")]).await;
        let error = failure(&server).await;
        assert_eq!(error, GatewayError::Unknown(Doubt::Status { status, request_id: Some("req_1".to_owned()) }));
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_dropped_connection_leaves_doubt_and_is_not_repeated() {
    let server = Server::start([Answer::Drop]).await;
    let error = failure(&server).await;
    assert!(matches!(error, GatewayError::Unknown(Doubt::ConnectionLost(_))), "{error:?}");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_drop_on_a_used_connection_leaves_doubt_too() {
    let server = Server::start([ok(TRANSFER), Answer::Drop]).await;
    let gateway = server.gateway();
    gateway.get_transfer("tr_1").await.unwrap();
    let error = gateway.create_transfer(&transfer_ask(), &key("payout-19")).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(server.seen().len(), 2, "the transport does not repeat it behind our back");
}

#[tokio::test]
async fn an_answer_cut_short_leaves_doubt() {
    let server = Server::start([Answer::Json(200, "content-length: 9999\r\n", String::new()), Answer::Drop]).await;
    assert_eq!(failure(&server).await.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_timeout_leaves_doubt() {
    let server = Server::start([Answer::Hang]).await;
    let after = Duration::from_millis(200);
    let gateway = Gateway::try_new(GatewayConfig { request_timeout: after, ..server.config() }).unwrap();
    let error = gateway.create_transfer(&transfer_ask(), &key("payout-19")).await.unwrap_err();
    assert_eq!(error, GatewayError::Unknown(Doubt::TimedOut { after }));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let gateway = Gateway::try_new(config(&format!("http://{address}/"))).unwrap();
    let error = gateway.create_transfer(&transfer_ask(), &key("payout-19")).await.unwrap_err();
    assert!(matches!(error, GatewayError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn a_refusal_tells_stripes_code_and_is_final() {
    let server = Server::start([refusal(400, "request-id: req_1\r\n", "invalid_request_error", "balance_insufficient")]).await;
    let error = failure(&server).await;
    assert_eq!(error.to_string(), "Stripe refused: No such luck. (status 400, code balance_insufficient)");
    assert_eq!(error.outcome(), Outcome::NotDone);
    let GatewayError::Refused { param, request_id, .. } = error else { panic!("{error:?}") };
    assert_eq!((param.as_deref(), request_id.as_deref()), (Some("amount"), Some("req_1")));
}

#[tokio::test]
async fn a_refusal_without_a_body_is_a_refusal() {
    let server = Server::start([Answer::Json(404, "", "<html>".to_owned())]).await;
    assert!(matches!(failure(&server).await, GatewayError::Refused { status: 404, code: None, .. }));
}

#[tokio::test]
async fn a_key_used_for_something_else_is_told_apart() {
    let server =
        Server::start([Answer::Json(400, "", r#"{"error":{"type":"idempotency_error","message":"Other body."}}"#.to_owned())]).await;
    let error = failure(&server).await;
    assert_eq!(error, GatewayError::Idempotency { message: "Other body.".to_owned() });
    assert_eq!(error.outcome(), Outcome::Unknown, "something was done under that key: look first");
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_not_a_failure_to_act() {
    let server = Server::start([ok(r#"{"id":"tr_1","amount":"seven"}"#)]).await;
    let error = failure(&server).await;
    assert_eq!(error.outcome(), Outcome::Unknown);
    let GatewayError::Unknown(Doubt::Unreadable(parse)) = error else { panic!("{error:?}") };
    assert_eq!(parse.path, "amount");
}
