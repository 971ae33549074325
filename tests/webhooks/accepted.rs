//! Deliveries that are believed.

use std::time::Duration;

use sqlx::postgres::PgListener;
use test_support::TestDb;
use tokio::time::timeout;

use super::{CONNECT, PLATFORM, api, counted, deliver, event, kept};

#[tokio::test]
async fn g1_a_signed_event_is_kept_once() {
    let db = TestDb::new().await;
    let api = api(&db, &["whsec_platform"], &["whsec_connect"]).await;
    let body = event("evt_1");
    for _ in 0..3 {
        let answer = deliver(&api, PLATFORM, body.as_bytes(), "whsec_platform", 3).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(kept(&db).await, [("evt_1".to_owned(), false, body)]);
    api.stop().await;
    assert_eq!(counted(&db).await, []);
}

#[tokio::test]
async fn g1_the_same_event_at_once_from_many_is_kept_once() {
    let db = TestDb::new().await;
    let api = api(&db, &["whsec_platform"], &[]).await;
    let body = event("evt_1");
    let all = (0..16).map(|_| deliver(&api, PLATFORM, body.as_bytes(), "whsec_platform", 3));
    for answer in futures_util::future::join_all(all).await {
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(kept(&db).await.len(), 1);
    api.stop().await;
}

#[tokio::test]
async fn g1_both_secrets_are_believed_while_one_is_rolled() {
    let db = TestDb::new().await;
    let api = api(&db, &["whsec_new", "whsec_old"], &[]).await;
    for (id, secret) in [("evt_1", "whsec_new"), ("evt_2", "whsec_old")] {
        assert_eq!(deliver(&api, PLATFORM, event(id).as_bytes(), secret, 3).await.status, 200);
    }
    assert_eq!(kept(&db).await.len(), 2);
    api.stop().await;
}

#[tokio::test]
async fn g1_connected_accounts_have_an_endpoint_and_secrets_of_their_own() {
    let db = TestDb::new().await;
    let api = api(&db, &["whsec_platform"], &["whsec_connect"]).await;
    assert_eq!(deliver(&api, CONNECT, event("evt_1").as_bytes(), "whsec_connect", 3).await.status, 200);
    assert_eq!(deliver(&api, CONNECT, event("evt_2").as_bytes(), "whsec_platform", 3).await.status, 400);
    assert_eq!(deliver(&api, PLATFORM, event("evt_3").as_bytes(), "whsec_connect", 3).await.status, 400);
    assert_eq!(kept(&db).await, [("evt_1".to_owned(), true, event("evt_1"))]);
    api.stop().await;
    assert_eq!(counted(&db).await, [("bad_signature".to_owned(), 2)]);
}

#[tokio::test]
async fn g1_workers_are_woken_by_a_new_event_and_not_by_one_that_comes_again() {
    let db = TestDb::new().await;
    let api = api(&db, &["whsec_platform"], &[]).await;
    let mut listener = PgListener::connect_with(&db.pools.sqlx).await.unwrap();
    listener.listen(settlement::CHANNEL).await.unwrap();
    deliver(&api, PLATFORM, event("evt_1").as_bytes(), "whsec_platform", 3).await;
    timeout(Duration::from_secs(10), listener.recv()).await.expect("a worker hears of the event").unwrap();
    deliver(&api, PLATFORM, event("evt_1").as_bytes(), "whsec_platform", 3).await;
    api.stop().await; // says its last word, once
    timeout(Duration::from_secs(10), listener.recv()).await.expect("the last word").unwrap();
    let own = sqlx::query("notify stripe_event, 'end'").execute(&db.pools.sqlx).await;
    own.unwrap();
    let next = timeout(Duration::from_secs(10), listener.recv()).await.unwrap().unwrap();
    assert_eq!(next.payload(), "end", "nothing was said in between");
}
