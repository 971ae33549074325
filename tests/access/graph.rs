//! The door as pages see it: over HTTP, in the graph.

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};
use sqlx::Row as _;

use super::hand::PASSWORD;
use crate::graph::app::{App, Client, code};

/// The letters with a link that wait in the queue, sent by the worker's own code.
async fn letters(app: &App) -> Vec<String> {
    let folder = tempfile::TempDir::new().unwrap();
    let mailer =
        mail::Mailer::from_url(&format!("maildir://{}", folder.path().display()), "door@guildhall.example".parse().unwrap()).unwrap();
    let post = ::access::Post::new(app.access.clone(), mailer);
    let owner = app.db.owner().await;
    let jobs = sqlx::query("delete from jobs.job where task = 'access.mail' returning payload").fetch_all(&owner).await.unwrap();
    for job in jobs {
        post.send(&serde_json::from_value(job.get("payload")).unwrap()).await.unwrap();
    }
    owner.close().await;
    let mails = std::fs::read_dir(folder.path().join("new")).unwrap().flatten();
    let texts = mails.map(|mail| std::fs::read_to_string(mail.path()).unwrap().replace("=\r\n", "").replace("=3D", "="));
    texts.filter(|text| text.contains("#token=")).collect()
}

fn token(letter: &str) -> String {
    let start = letter.find("#token=").expect("the letter has a link") + "#token=".len();
    letter[start..].chars().take_while(|letter| !letter.is_whitespace()).collect()
}

const SIGN_IN: &str = "mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) {
    signedIn { tokens { accessToken refreshToken } challenge { token takesTotp passkeyOptions } } problems { code message } } }";

async fn sign_in(client: &Client, email: &str) -> Value {
    client.ask(SIGN_IN, json!({"email": email, "password": PASSWORD})).await.data()["signIn"]["signedIn"].clone()
}

/// Somebody new, signed in on a device, with the refresh token that came with it.
async fn newcomer(app: &App, name: &str) -> (Client, String) {
    let email = format!("{name}@example.org");
    let sign_up = "mutation ($input: SignUpInput!) { signUp(input: $input) { letterSent problems { code } } }";
    let input = json!({"input": {"name": name, "email": email, "password": PASSWORD}});
    assert_eq!(app.stranger.ask(sign_up, input).await.data()["signUp"]["letterSent"], json!(true));
    let letter = letters(app).await.pop().expect("a letter came");
    let verify = "mutation ($token: String!) { verifyEmail(token: $token) { verified problems { code } } }";
    let asked = json!({"token": token(&letter)});
    assert_eq!(app.stranger.ask(verify, asked.clone()).await.data()["verifyEmail"]["verified"], json!(true));
    assert_eq!(app.stranger.ask(verify, asked).await.codes(), ["NOT_NOW"], "once");
    let signed_in = sign_in(&app.stranger, &email).await;
    let [access, refresh] = ["accessToken", "refreshToken"].map(|name| signed_in["tokens"][name].as_str().unwrap().to_owned());
    (Client { token: Some(access), coop: None, ..app.stranger.clone() }, refresh)
}

#[tokio::test]
async fn a15_a_newcomer_signs_up_is_known_and_signs_out() {
    let app = App::open().await;
    let (eve, refresh) = newcomer(&app, "Eve").await;
    let me = eve.ask("{ me { name email hasTotp recoveryCodesLeft passkeys { id } factorAt } }", json!({})).await.data();
    let expected =
        json!({"name": "Eve", "email": "Eve@example.org", "hasTotp": false, "recoveryCodesLeft": 0, "passkeys": [], "factorAt": null});
    assert_eq!(me["me"], expected);

    let next = "mutation ($token: String!) { refreshSession(refreshToken: $token) { tokens { accessToken } problems { code } } }";
    let tokens = app.stranger.ask(next, json!({"token": refresh})).await.data();
    let eve = Client { token: tokens["refreshSession"]["tokens"]["accessToken"].as_str().map(str::to_owned), ..eve };
    let elsewhere = sign_in(&app.stranger, "eve@example.org").await;
    let sessions = "{ sessions { id isThis device lastUsedFrom } }";
    let listed = eve.ask(sessions, json!({})).await.data()["sessions"].clone();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(listed[0]["lastUsedFrom"], json!("127.0.0.1"));
    let other = listed.as_array().unwrap().iter().find(|session| session["isThis"] == json!(false)).unwrap()["id"].clone();
    let revoke = "mutation ($id: ID!) { revokeSession(id: $id) { revoked problems { code } } }";
    assert_eq!(app.stranger.ask(revoke, json!({"id": other})).await.codes(), ["SIGN_IN_NEEDED"]);
    assert_eq!(app.neighbour.ask(revoke, json!({"id": other})).await.codes(), ["NOT_FOUND"], "another's session does not exist");
    assert_eq!(eve.ask(revoke, json!({"id": other})).await.data()["revokeSession"]["revoked"], json!(true));
    let elsewhere = Client { token: elsewhere["tokens"]["accessToken"].as_str().map(str::to_owned), ..eve.clone() };
    app.clock.advance(chrono::TimeDelta::seconds(5));
    assert_eq!(elsewhere.ask("{ me { id } }", json!({})).await.codes(), ["SIGN_IN_NEEDED"]);

    let others = "mutation { revokeOtherSessions { revoked problems { code } } }";
    sign_in(&app.stranger, "eve@example.org").await;
    assert_eq!(eve.ask(others, json!({})).await.data()["revokeOtherSessions"]["revoked"], json!(1));
    let out = "mutation { signOut { signedOut problems { code } } }";
    assert_eq!(app.stranger.ask(out, json!({})).await.codes(), ["SIGN_IN_NEEDED"]);
    assert_eq!(eve.ask(out, json!({})).await.data()["signOut"]["signedOut"], json!(true));
    assert_eq!(eve.ask("{ me { id } }", json!({})).await.codes(), ["SIGN_IN_NEEDED"]);
    assert_eq!(
        app.stranger.ask(SIGN_IN, json!({"email": "eve@example.org", "password": "not it, I fear"})).await.codes(),
        ["SIGN_IN_NEEDED"]
    );
    app.api.stop().await;
}

#[tokio::test]
async fn a15_a13_an_app_is_added_challenged_and_shown_again_over_the_graph() {
    let app = App::open().await;
    let (eve, _) = newcomer(&app, "Eve").await;
    let enrol = "mutation ($password: String!) { enrolTotp(password: $password) { enrolment { secret url } problems { code } } }";
    let enrolment = eve.ask(enrol, json!({"password": PASSWORD})).await.data()["enrolTotp"]["enrolment"].clone();
    let secret = BASE32_NOPAD.decode(enrolment["secret"].as_str().unwrap().as_bytes()).unwrap();
    let confirm = "mutation ($code: String!) { confirmTotp(code: $code) { steppedUp { accessToken recoveryCodes } problems { code } } }";
    assert_eq!(eve.ask(confirm, json!({"code": "000000"})).await.codes(), ["INVALID_INPUT"]);
    let confirmed = eve.ask(confirm, json!({"code": code(&secret, app.clock.now())})).await.data()["confirmTotp"]["steppedUp"].clone();
    let codes = confirmed["recoveryCodes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);

    let challenge = sign_in(&app.stranger, "eve@example.org").await["challenge"].clone();
    assert_eq!((&challenge["takesTotp"], &challenge["passkeyOptions"]), (&json!(true), &json!(null)));
    let answer = "mutation ($token: String!, $factor: FactorInput!) { answerChallenge(token: $token, factor: $factor) { tokens { accessToken } problems { code } } }";
    let with = |factor: Value| json!({"token": challenge["token"], "factor": factor});
    assert_eq!(app.stranger.ask(answer, with(json!({"recoveryCode": "aaaa"}))).await.codes(), ["INVALID_INPUT"]);
    let both = app.stranger.ask(answer, with(json!({"recoveryCode": "aaaa", "totp": "000000"}))).await;
    assert_ne!(both.codes(), Vec::<String>::new(), "one factor at a time");
    let tokens = app.stranger.ask(answer, with(json!({"recoveryCode": codes[0]}))).await.data()["answerChallenge"]["tokens"].clone();
    let eve = Client { token: tokens["accessToken"].as_str().map(str::to_owned), ..eve };

    app.clock.advance(chrono::TimeDelta::seconds(599));
    app.clock.advance(chrono::TimeDelta::milliseconds(500));
    let show = "mutation ($factor: FactorInput!) { showFactor(factor: $factor) { steppedUp { accessToken } problems { code } } }";
    let shown = eve.ask(show, json!({"factor": {"totp": code(&secret, app.clock.now())}})).await.data();
    let fresh = Client { token: shown["showFactor"]["steppedUp"]["accessToken"].as_str().map(str::to_owned), ..eve };
    let renew = "mutation { regenerateRecoveryCodes { recoveryCodes problems { code } } }";
    app.clock.advance(chrono::TimeDelta::seconds(500));
    assert_eq!(fresh.ask(renew, json!({})).await.data()["regenerateRecoveryCodes"]["recoveryCodes"].as_array().unwrap().len(), 10);
    let remove = "mutation { removeTotp { removed problems { code } } }";
    assert_eq!(fresh.ask(remove, json!({})).await.data()["removeTotp"]["removed"], json!(true));
    let passkey = "mutation ($id: ID!) { removePasskey(id: $id) { removed problems { code } } }";
    assert_eq!(fresh.ask(passkey, json!({"id": "UGFzc2tleTo3"})).await.codes(), ["NOT_FOUND"]);
    assert_eq!(fresh.ask("mutation { startPasskeyFactor { ceremony { id } problems { code } } }", json!({})).await.codes(), ["NOT_FOUND"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a15_a_forgotten_password_is_set_anew_over_the_graph() {
    let app = App::open().await;
    let (eve, _) = newcomer(&app, "Eve").await;
    let forgot = "mutation ($email: String!) { requestPasswordReset(email: $email) { letterSent problems { code } } }";
    for email in ["eve@example.org", "nobody@example.org"] {
        assert_eq!(app.stranger.ask(forgot, json!({"email": email})).await.data()["requestPasswordReset"]["letterSent"], json!(true));
    }
    let letters = letters(&app).await;
    assert_eq!(letters.len(), 1, "nobody gets none");
    let reset =
        "mutation ($token: String!, $password: String!) { resetPassword(token: $token, password: $password) { reset problems { code } } }";
    let with = |password: &str| json!({"token": token(&letters[0]), "password": password});
    assert_eq!(app.stranger.ask(reset, with("short")).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.stranger.ask(reset, with("another seven boats")).await.data()["resetPassword"]["reset"], json!(true));
    app.clock.advance(chrono::TimeDelta::seconds(5));
    assert_eq!(eve.ask("{ me { id } }", json!({})).await.codes(), ["SIGN_IN_NEEDED"], "every device is signed out");
    assert_eq!(app.stranger.ask(SIGN_IN, json!({"email": "eve@example.org", "password": PASSWORD})).await.codes(), ["SIGN_IN_NEEDED"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a15_the_keys_are_published_where_everyone_looks_for_them() {
    let app = App::open().await;
    let answer = app.stranger.send("GET", "/.well-known/jwks.json", &[], b"").await;
    assert_eq!((answer.status, answer.json()), (200, app.access.jwks().await.unwrap()));
    assert!(answer.head.contains("cache-control: public, max-age=240"), "{}", answer.head);
    app.api.stop().await;
    let app = App::open_with(|settings| settings.access = None).await;
    assert_eq!(app.stranger.send("GET", "/.well-known/jwks.json", &[], b"").await.status, 404);
    assert_eq!(app.stranger.ask(SIGN_IN, json!({"email": "eve@example.org", "password": PASSWORD})).await.codes(), ["NOT_NOW"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a15_guesses_over_the_graph_are_slowed_down() {
    let app = App::open().await;
    let guess = json!({"email": "nobody@example.org", "password": "not it, I fear"});
    for _ in 0..10 {
        assert_eq!(app.stranger.ask(SIGN_IN, guess.clone()).await.codes(), ["SIGN_IN_NEEDED"]);
    }
    assert_eq!(app.stranger.ask(SIGN_IN, guess).await.codes(), ["TOO_MANY"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a15_people_read_what_happened_at_their_own_door_and_at_no_other() {
    let app = App::open().await;
    let (eve, _) = newcomer(&app, "Eve").await;
    for password in ["not it, I fear", "nor this one, then"] {
        app.stranger.ask(SIGN_IN, json!({"email": "eve@example.org", "password": password})).await;
    }
    app.stranger.ask(SIGN_IN, json!({"email": "nobody@example.org", "password": "not it, I fear"})).await;
    sign_in(&app.stranger, "eve@example.org").await;
    let change =
        "mutation { changePassword(present: \"seven boats at dawn\", new: \"seven boats at dusk\") { changed problems { code } } }";
    eve.ask(change, json!({})).await.data();
    let events = "query ($first: Int, $after: String) { accessEvents(first: $first, after: $after) {
        nodes { id kind from device } pageInfo { hasNextPage endCursor } } }";
    let kinds = |answer: &Value| -> Vec<String> {
        let nodes = answer["accessEvents"]["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["kind"].as_str().unwrap().to_owned()).collect()
    };
    let all = eve.ask(events, json!({})).await.data();
    let mut told = kinds(&all);
    told.sort();
    assert_eq!(told, ["PASSWORD_CHANGED", "PASSWORD_WRONG", "SIGNED_IN", "SIGNED_IN"], "wrong ones that came at once are one");
    let failed = all["accessEvents"]["nodes"].as_array().unwrap().iter().find(|node| node["kind"] == "PASSWORD_WRONG").unwrap();
    assert_eq!(failed["from"], "127.0.0.1");
    let (mut pages, mut after) = (Vec::new(), Value::Null);
    for _ in 0..2 {
        let page = eve.ask(events, json!({"first": 2, "after": after})).await.data();
        pages.extend(kinds(&page));
        after = page["accessEvents"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(pages, kinds(&all), "page by page the same");

    assert_eq!(app.stranger.ask(events, json!({})).await.codes(), ["SIGN_IN_NEEDED"]);
    let ids: Vec<String> = all["accessEvents"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].to_string()).collect();
    for other in [&app.admin, &app.neighbour] {
        let theirs = other.ask(events, json!({"first": 100})).await;
        assert!(ids.iter().all(|id| !theirs.body.contains(id.as_str())), "{}", theirs.body);
    }
    app.api.stop().await;
}

#[tokio::test]
async fn a15_a_wrong_second_factor_is_told_to_whoever_owns_the_door() {
    let app = App::open().await;
    let answer = "mutation ($token: String!) { answerChallenge(token: $token, factor: {totp: \"000000\"}) { tokens { accessToken } problems { code } } }";
    let challenge = sign_in(&app.stranger, "ada@example.org").await["challenge"].clone();
    assert_eq!(app.stranger.ask(answer, json!({"token": challenge["token"]})).await.codes(), ["INVALID_INPUT"]);
    let events = app.admin.ask("{ accessEvents(first: 1) { nodes { kind from } } }", json!({})).await;
    assert_eq!(events.at("/accessEvents/nodes/0"), json!({"kind": "FACTOR_WRONG", "from": "127.0.0.1"}));
    app.api.stop().await;
}
