//! New secrets for old keys, and when the old ones were last used.

use chrono::TimeDelta;
use kernel::Code;
use partners::MAX_SECRETS;

use super::Stage;

#[tokio::test]
async fn j1_after_a_rotation_both_secrets_work_until_the_earlier_one_ends() {
    let stage = Stage::new().await;
    let first = stage.key("Till").await;
    let elsewhere = stage.elsewhere();
    assert!(elsewhere.authenticate(first.token.reveal()).await.unwrap().is_some());
    let second = stage.keys.rotate(&stage.ana, first.key.id, TimeDelta::hours(24), None).await.unwrap();
    assert_ne!(first.token, second.token);
    assert_eq!((second.key.id, &second.key.prefix), (first.key.id, &first.key.prefix), "it is the same key");

    // Another process learns of the new secret within seconds
    stage.clock.advance(TimeDelta::seconds(partners::KNOWN_FOR_SECS));
    for token in [&first.token, &second.token] {
        assert!(stage.keys.authenticate(token.reveal()).await.unwrap().is_some());
        assert!(elsewhere.authenticate(token.reveal()).await.unwrap().is_some());
    }
    stage.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(partners::KNOWN_FOR_SECS));
    assert_eq!(stage.keys.authenticate(first.token.reveal()).await.unwrap(), None);
    assert!(stage.keys.authenticate(second.token.reveal()).await.unwrap().is_some());
}

#[tokio::test]
async fn j1_a_leaked_secret_can_be_ended_at_once_and_the_key_given_a_later_end() {
    let stage = Stage::new().await;
    let first = stage.key("Till").await;
    let later = stage.clock.now() + TimeDelta::days(200);
    let second = stage.keys.rotate(&stage.ana, first.key.id, TimeDelta::zero(), Some(later)).await.unwrap();
    assert_eq!(second.key.expires_at, later);
    assert_eq!(stage.keys.authenticate(first.token.reveal()).await.unwrap(), None);
    stage.clock.advance(TimeDelta::days(150));
    assert!(stage.keys.authenticate(second.token.reveal()).await.unwrap().is_some(), "beyond its first end");
    for wrong in [TimeDelta::days(-1), TimeDelta::days(31)] {
        let error = stage.keys.rotate(&stage.ana_again(), first.key.id, wrong, None).await.unwrap_err();
        assert_eq!(error.refusal().unwrap().code, Code::InvalidInput);
    }
}

#[tokio::test]
async fn j1_a_rotation_that_is_asked_for_twice_cuts_nobody_off() {
    let stage = Stage::new().await;
    let first = stage.key("Till").await;
    let mut tokens = vec![first.token];
    // The answers to these got lost, one after the other
    for _ in 1..MAX_SECRETS {
        tokens.push(stage.keys.rotate(&stage.ana, first.key.id, TimeDelta::hours(24), None).await.unwrap().token);
    }
    for token in &tokens {
        assert!(stage.keys.authenticate(token.reveal()).await.unwrap().is_some());
    }
    let one_more = stage.keys.rotate(&stage.ana, first.key.id, TimeDelta::hours(24), None).await.unwrap_err();
    assert_eq!(one_more.refusal().unwrap().code, Code::NotNow);
    // Ending all others is never refused
    let last = stage.keys.rotate(&stage.ana, first.key.id, TimeDelta::zero(), None).await.unwrap();
    for token in &tokens {
        assert_eq!(stage.keys.authenticate(token.reveal()).await.unwrap(), None);
    }
    assert!(stage.keys.authenticate(last.token.reveal()).await.unwrap().is_some());
}

#[tokio::test]
async fn j1_the_last_use_of_each_secret_is_written_at_most_once_a_minute() {
    let stage = Stage::new().await;
    let (till, quay) = ("192.0.2.7".parse().ok(), "2001:db8::7".parse().ok());
    let first = stage.key("Till").await;
    let second = stage.keys.rotate(&stage.ana, first.key.id, TimeDelta::days(1), None).await.unwrap();
    let elsewhere = stage.elsewhere();
    assert_eq!(stage.keys.write_uses(&stage.db.pools.orm).await.unwrap(), 0, "nobody used one yet");

    let began = stage.clock.now();
    assert!(stage.keys.authenticate_from(first.token.reveal(), till).await.unwrap().is_some());
    assert_eq!(stage.keys.write_uses(&stage.db.pools.orm).await.unwrap(), 1);
    // Another process comes too early, and so does the same one
    stage.clock.advance(TimeDelta::seconds(59));
    for keys in [&stage.keys, &elsewhere] {
        assert!(keys.authenticate_from(first.token.reveal(), quay).await.unwrap().is_some());
        assert_eq!(keys.write_uses(&stage.db.pools.orm).await.unwrap(), 0);
    }
    let known = stage.keys.get(&stage.ana, first.key.id).await.unwrap();
    let used = known.last_used().unwrap();
    assert_eq!((used.number, used.last_used_at, used.last_used_from), (1, Some(began), till));

    stage.clock.advance(TimeDelta::seconds(1));
    assert!(elsewhere.authenticate_from(second.token.reveal(), quay).await.unwrap().is_some());
    assert!(elsewhere.authenticate_from(first.token.reveal(), None).await.unwrap().is_some());
    assert_eq!(elsewhere.write_uses(&stage.db.pools.orm).await.unwrap(), 2);
    let known = stage.keys.get(&stage.ana, first.key.id).await.unwrap();
    let seen: Vec<_> = known.secrets.iter().map(|secret| (secret.number, secret.last_used_at, secret.last_used_from)).collect();
    let now = Some(stage.clock.now());
    assert_eq!(seen, [(2, now, quay), (1, now, None)], "whether the old secret is still in use is told apart");

    // A token that does not work is no use
    stage.clock.advance(TimeDelta::days(2));
    assert_eq!(stage.keys.authenticate(first.token.reveal()).await.unwrap(), None);
    assert_eq!(stage.keys.write_uses(&stage.db.pools.orm).await.unwrap(), 0);
}
