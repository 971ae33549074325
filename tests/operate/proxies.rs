//! Where somebody asks from, with and without proxies in front.

use serde_json::json;

use crate::graph::app::{App, Client};

const GUESS: &str = "mutation ($email: String!) { signIn(email: $email, password: \"not the password\") { problems { code } } }";

/// An api that believes its peers on this machine.
async fn behind_proxies() -> App {
    let trusted = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8:ffff::/48"].map(|network| network.parse().unwrap());
    App::open_with(|config| config.trusted_proxies = trusted.to_vec()).await
}

/// What the audit says of where the admin asked from, with these headers.
async fn seen(app: &App, headers: &[(&str, &str)]) -> String {
    let change = json!({"query": "mutation { createRequirement(input: {kind: PROFILE, name: \"Profile\", description: \"\", needed: false}) {
        requirement { id } problems { code } } }"});
    app.admin.post(change.to_string().as_bytes(), headers).await.data();
    let owner = app.db.owner().await;
    let from = "delete from requirement returning (select host(address) from audit_entry where table_name = 'requirement' order by audit_id desc limit 1)";
    let seen = sqlx::query_scalar(from).fetch_one(&owner).await.unwrap();
    owner.close().await;
    seen
}

async fn guess(client: &Client, number: u32, headers: &[(&str, &str)]) -> Vec<String> {
    let asked = json!({"query": GUESS, "variables": {"email": format!("maker-{number}@example.org")}});
    client.post(asked.to_string().as_bytes(), headers).await.codes()
}

#[tokio::test]
async fn k12_who_is_no_trusted_proxy_cannot_say_where_they_come_from() {
    let app = App::open().await;
    for headers in [
        &[("x-forwarded-for", "203.0.113.9")][..],
        &[("x-forwarded-for", "127.0.0.1, 203.0.113.9"), ("forwarded", "for=203.0.113.9")],
        &[("x-real-ip", "203.0.113.9"), ("x-forwarded-for", "\"')) garbage,,,")],
    ] {
        assert_eq!(seen(&app, headers).await, "127.0.0.1", "{headers:?}");
    }
    for number in 0..50 {
        let spoofed = format!("203.0.113.{number}");
        assert_eq!(guess(&app.stranger, number, &[("x-forwarded-for", &spoofed)]).await, ["SIGN_IN_NEEDED"], "{number}");
    }
    assert_eq!(guess(&app.stranger, 50, &[("x-forwarded-for", "198.51.100.1")]).await, ["TOO_MANY"], "they are one guesser to us");
    app.api.stop().await;
}

#[tokio::test]
async fn k12_behind_proxies_the_audit_and_the_throttle_see_the_client() {
    let app = behind_proxies().await;
    for (list, client) in [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("2001:db8::5, 2001:db8:ffff::1, 10.0.0.7", "2001:db8::5"),
        ("203.0.113.9, ]garbage[, 10.0.0.7", "10.0.0.7"),
        ("'; drop table audit_entry; --", "127.0.0.1"),
    ] {
        assert_eq!(seen(&app, &[("x-forwarded-for", list)]).await, client, "{list}");
    }
    assert_eq!(seen(&app, &[("forwarded", "for=198.51.100.1, for=\"[2001:db8::5]:4711\";proto=https")]).await, "2001:db8::5");
    for number in 0..50 {
        let spoofed = format!("198.51.100.{number}, 203.0.113.9");
        assert_eq!(guess(&app.stranger, number, &[("x-forwarded-for", &spoofed)]).await, ["SIGN_IN_NEEDED"], "{number}");
    }
    assert_eq!(guess(&app.stranger, 50, &[("x-forwarded-for", "203.0.113.9")]).await, ["TOO_MANY"]);
    assert_eq!(guess(&app.stranger, 50, &[("x-forwarded-for", "203.0.113.10")]).await, ["SIGN_IN_NEEDED"], "their neighbour may");
    app.api.stop().await;
}
