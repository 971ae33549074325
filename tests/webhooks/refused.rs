//! Deliveries that are not believed: 4xx, one sentence, and nothing kept but a count.

use settlement::MAX_BODY_BYTES;
use stripe_gateway::{Secret, signature};
use test_support::TestDb;

use super::{Answer, PLATFORM, api, counted, deliver, event, kept, send};
use crate::world::november;

const SECRET: &str = "whsec_platform";

/// Sends one delivery to a fresh house; checks that it is refused with `status` and counted under `reason`, and nothing else.
async fn refused(status: u16, reason: &str, deliver: impl AsyncFnOnce(&::api::Running) -> Answer) {
    let db = TestDb::new().await;
    let api = api(&db, &[SECRET], &[]).await;
    let answer = deliver(&api).await;
    assert_eq!(answer.status, status, "{answer:?}");
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(problem["code"], reason, "{problem}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.ends_with('.') && message.starts_with(char::is_uppercase), "{message}");
    api.stop().await;
    assert_eq!(kept(&db).await, []);
    assert_eq!(counted(&db).await, [(reason.to_owned(), 1)]);
}

#[tokio::test]
async fn g1_a_forged_event_is_refused_and_only_counted() {
    refused(400, "bad_signature", async |api| deliver(api, PLATFORM, event("evt_1").as_bytes(), "whsec_forged", 3).await).await;
}

#[tokio::test]
async fn g1_a_changed_body_is_refused_and_only_counted() {
    let signed = signature::sign(event("evt_1").as_bytes(), &Secret::new(SECRET), november(3));
    let send = async |api: &::api::Running| send(api, "POST", PLATFORM, &[("stripe-signature", &signed)], event("evt_2").as_bytes()).await;
    refused(400, "bad_signature", send).await;
}

#[tokio::test]
async fn g1_an_old_signature_is_refused_and_only_counted() {
    refused(400, "stale_signature", async |api| deliver(api, PLATFORM, event("evt_1").as_bytes(), SECRET, 2).await).await;
}

#[tokio::test]
async fn g1_an_event_without_a_signature_is_refused_and_only_counted() {
    refused(400, "no_signature", async |api| send(api, "POST", PLATFORM, &[], event("evt_1").as_bytes()).await).await;
}

#[tokio::test]
async fn g1_a_signed_body_that_is_not_json_is_refused_and_only_counted() {
    refused(400, "not_an_event", async |api| deliver(api, PLATFORM, b"hello=stripe", SECRET, 3).await).await;
}

#[tokio::test]
async fn g1_signed_json_that_is_no_event_is_refused_and_only_counted() {
    refused(400, "not_an_event", async |api| deliver(api, PLATFORM, br#"{"id": 7}"#, SECRET, 3).await).await;
}

#[tokio::test]
async fn g1_a_signed_body_that_is_not_text_is_refused_and_only_counted() {
    refused(400, "not_utf8", async |api| deliver(api, PLATFORM, &[b'{', 0xff, b'}'], SECRET, 3).await).await;
}

#[tokio::test]
async fn g1_an_oversized_body_is_refused_and_only_counted() {
    let body = vec![b' '; MAX_BODY_BYTES + 1];
    refused(413, "too_large", async |api| deliver(api, PLATFORM, &body, SECRET, 3).await).await;
}

#[tokio::test]
async fn g1_every_refusal_is_counted_however_many_come() {
    let db = TestDb::new().await;
    let api = api(&db, &[SECRET], &[]).await;
    for _ in 0..40 {
        deliver(&api, PLATFORM, b"{}", "whsec_forged", 3).await;
        send(&api, "POST", PLATFORM, &[], b"{}").await;
    }
    api.stop().await;
    assert_eq!(counted(&db).await, [("bad_signature".to_owned(), 40), ("no_signature".to_owned(), 40)]);
}
