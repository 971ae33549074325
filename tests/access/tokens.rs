//! Access tokens: ours, for us, in time, signed by a key that is published; or refused.

use access::{Access, AccessConfig, AccessError, Grant, Secret};
use serde_json::{Value, json};

use super::hand::{Door, PASSWORD, config, laptop};

fn encode(value: &Value) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn parts(token: &str) -> (Value, Value, String) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let [head, body, mark] = token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(head), read(body), mark.to_owned())
}

async fn is_refused(access: &Access, token: &str) -> bool {
    matches!(access.authenticate(token).await, Err(AccessError::NotSignedIn(_)))
}

async fn signed_in(door: &Door) -> Grant {
    door.person("Ana").await;
    door.sign_in("Ana").await
}

#[tokio::test]
async fn a15_a_token_says_who_for_whom_until_when_and_by_which_key() {
    let door = Door::open().await;
    let grant = signed_in(&door).await;
    let (head, body, _) = parts(&grant.access_token);
    let jwks = door.access.jwks().await.unwrap();
    assert_eq!(head, json!({"typ": "at+jwt", "alg": "EdDSA", "kid": jwks["keys"][0]["kid"]}));
    let now = door.now().timestamp();
    let expected = json!({
        "iss": "https://guildhall.example", "aud": "guildhall", "sub": grant.signed.person, "sid": grant.signed.session,
        "iat": now, "exp": now + 600,
    });
    assert_eq!(body, expected);
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1);
    assert!(jwks["keys"][0].get("d").is_none(), "the private half stays here");
}

#[tokio::test]
async fn a15_a_token_with_another_algorithm_key_or_content_is_refused() {
    let door = Door::open().await;
    let grant = signed_in(&door).await;
    let (head, body, mark) = parts(&grant.access_token);
    let with = |head: &Value, body: &Value, mark: &str| format!("{}.{}.{mark}", encode(head), encode(body));
    assert!(door.access.authenticate(&with(&head, &body, &mark)).await.is_ok(), "the same again is good");

    let mut none = head.clone();
    none["alg"] = json!("none");
    assert!(is_refused(&door.access, &with(&none, &body, "")).await && is_refused(&door.access, &with(&none, &body, &mark)).await);
    for algorithm in ["HS256", "ES256", "RS256", "eddsa", "NONE"] {
        let mut other = head.clone();
        other["alg"] = json!(algorithm);
        assert!(is_refused(&door.access, &with(&other, &body, &mark)).await, "{algorithm}");
    }
    let mut stretched = body.clone();
    stretched["exp"] = json!(door.now().timestamp() + 86_400);
    assert!(is_refused(&door.access, &with(&head, &stretched, &mark)).await, "a day longer");
    let mut untyped = head.clone();
    untyped["typ"] = json!("JWT");
    for odd in
        [with(&untyped, &body, &mark), grant.refresh_token.clone(), String::new(), "..".to_owned(), "a.b.c".to_owned(), "x".repeat(100_000)]
    {
        assert!(is_refused(&door.access, &odd).await, "{odd:.60}");
    }
    let mut unnamed = head.clone();
    unnamed["kid"] = json!("another-key");
    assert!(is_refused(&door.access, &with(&unnamed, &body, &mark)).await);
}

#[tokio::test]
async fn a15_a_token_of_another_environment_issuer_or_audience_is_refused() {
    let (door, elsewhere) = (Door::open().await, Door::open().await);
    let (grant, foreign) = (signed_in(&door).await, signed_in(&elsewhere).await);
    assert!(is_refused(&door.access, &foreign.access_token).await, "another environment has other keys");
    assert!(elsewhere.access.authenticate(&foreign.access_token).await.is_ok());

    // even where the keys are the same
    for config in [
        AccessConfig { issuer: "https://staging.example".to_owned(), ..door.config.clone() },
        AccessConfig { audience: "another".to_owned(), ..door.config.clone() },
    ] {
        let other = Access::new(door.db.pools.orm.clone(), config, door.clock.clone()).unwrap();
        assert!(is_refused(&other, &grant.access_token).await);
        let theirs = other.refresh(&laptop(), &grant.refresh_token).await.unwrap();
        assert!(other.authenticate(&theirs.access_token).await.is_ok() && is_refused(&door.access, &theirs.access_token).await);
    }
}

#[tokio::test]
async fn a15_a_key_is_replaced_without_anyone_signing_in_again() {
    let door = Door::open().await;
    let (old, other) = (signed_in(&door).await, door.again());
    let kids = async |access: &Access| access.jwks().await.unwrap()["keys"].as_array().unwrap().clone();
    assert!(other.authenticate(&old.access_token).await.is_ok());
    door.access.rotate_signing_key().await.unwrap();
    assert_eq!(kids(&door.access).await.len(), 2, "published before it signs");
    let between = door.access.refresh(&laptop(), &old.refresh_token).await.unwrap();
    assert_eq!(parts(&between.access_token).0, parts(&old.access_token).0);

    door.pass(300);
    let new = door.access.refresh(&laptop(), &between.refresh_token).await.unwrap();
    assert_ne!(parts(&new.access_token).0["kid"], parts(&old.access_token).0["kid"]);
    for token in [&old.access_token, &new.access_token] {
        assert!(other.authenticate(token).await.is_ok(), "both are good in every process");
    }
    door.pass(11 * 60);
    let keys = kids(&other).await;
    assert_eq!((keys.len(), &keys[0]["kid"]), (1, &parts(&new.access_token).0["kid"]), "the old one is gone with its last token");
    door.access.tidy().await.unwrap();
    assert_eq!(door.count("select count(*) from signing_key").await, 1);

    door.pass(31 * 86_400);
    door.sign_in("Ana").await;
    assert_eq!(kids(&door.access).await.len(), 2, "a key that is a month old gets a successor by itself");
}

#[tokio::test]
async fn a15_the_configuration_can_have_a_new_secret_and_no_other() {
    let door = Door::open().await;
    let grant = signed_in(&door).await;
    let renewed = AccessConfig { secret: Secret::generate(), former_secrets: vec![door.config.secret.clone()], ..door.config.clone() };
    let access = Access::new(door.db.pools.orm.clone(), renewed, door.clock.clone()).unwrap();
    assert!(access.authenticate(&grant.access_token).await.is_ok());
    assert!(access.refresh(&laptop(), &grant.refresh_token).await.is_ok());

    let stranger = AccessConfig { secret: config().secret, ..door.config.clone() };
    let access = Access::new(door.db.pools.orm.clone(), stranger, door.clock.clone()).unwrap();
    let fault = access.sign_in(&laptop(), "ana@example.org", PASSWORD).await.unwrap_err();
    assert!(fault.refusal().is_none() && fault.to_string().contains("another secret"), "{fault}");
}
