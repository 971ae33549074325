//! Files of members and of the whole co-op, over HTTP: to hand in and to take away.

use std::sync::Arc;

use ::identity::{Desk, Identity, MAX_DOCUMENT_BYTES, NewRequirement, RequirementKind};
use jobs::Handlers;
use mail::Mailer;
use serde_json::{Value, json};

use crate::graph::{
    app::{Answer, App, Client},
    joining::{actor, global_id},
};

const PDF: &[u8] = b"%PDF-1.7 insured until the tide turns";

/// Harbour wants an insurance; the id of the requirement.
async fn wants_insurance(app: &App) -> String {
    let identity = Identity::new(app.db.pools.orm.clone(), app.clock.clone());
    let wanted = NewRequirement {
        kind: RequirementKind::Document,
        name: "Insurance".to_owned(),
        description: "Whoever sells is insured.".to_owned(),
        needed: true,
        minimum: None,
        expires_after_days: None,
    };
    let requirement = identity.create_requirement(&actor(&app.harbour, &app.admin), wanted).await.unwrap();
    global_id("Requirement", &requirement.id)
}

async fn hand_in(client: &Client, path: &str, content_type: &str, body: &[u8]) -> Answer {
    client.send_as(("POST", path), content_type, &[], body).await
}

async fn take(client: &Client, path: &str) -> Answer {
    client.send("GET", path, &[], b"").await
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a4_a_document_is_handed_in_as_it_is_and_read_by_its_owner_and_by_reviewers_alone() {
    let app = App::open().await;
    let requirement = wants_insurance(&app).await;
    let path = format!("/files/requirements/harbour/{requirement}?name=Pol%C3%AF%20ce.pdf");
    let kept = hand_in(&app.member, &path, "application/pdf", PDF).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    let again = hand_in(&app.member, &path, "application/pdf", PDF).await.json();
    assert_eq!((&again["url"], &again["bytes"]), (&kept.json()["url"], &json!(PDF.len())), "the same bytes lie in the same place");

    let mine = app.member.ask("{ myChecklist(coOp: \"harbour\") { status document { name contentType url } } }", json!({})).await;
    assert_eq!(
        mine.data()["myChecklist"][0],
        json!({"status": "SUBMITTED", "document": {"name": "Polï ce.pdf", "contentType": "application/pdf", "url": again["url"]}})
    );
    let url = again["url"].as_str().unwrap();
    for reader in [&app.member, &app.admin] {
        let file = take(reader, url).await;
        assert_eq!((file.status, file.body.as_bytes()), (200, PDF));
        for header in ["content-disposition: attachment; filename*=utf-8''pol%c3%af%20ce.pdf", "content-type: application/pdf", "no-store"]
        {
            assert!(file.head.contains(header), "{header} is not in {}", file.head);
        }
    }
    // A treasurer reviews nobody; another co-op's admin finds nothing, whichever co-op they name
    for stranger in [&app.treasurer, &app.outsider, &app.neighbour, &app.guest] {
        assert_eq!(code(&take(stranger, url).await), (404, "not_found".to_owned()));
    }
    assert_eq!(code(&take(&app.stranger, url).await), (401, "sign_in_needed".to_owned()));
    let other = url.replace(&format!("/{}/", app.harbour.coop.id), &format!("/{}/", app.quarry.coop.id));
    for (reader, wrong) in
        [(&app.neighbour, other.as_str()), (&app.admin, "/files/documents/1/x/y.pdf"), (&app.member, &url.replace(".pdf", ".png"))]
    {
        assert_eq!(take(reader, wrong).await.status, 404, "{wrong}");
    }
    let owner = app.db.owner().await;
    let via: Vec<String> =
        sqlx::query_scalar("select via from audit_entry where table_name = 'submission'").fetch_all(&owner).await.unwrap();
    assert_eq!(via, ["submitRequirement"], "the same again changes nothing");
    owner.close().await;
    app.api.stop().await;
}

#[tokio::test]
async fn a4_what_is_too_large_of_another_kind_or_for_nobody_is_not_taken() {
    let app = App::open().await;
    let requirement = wants_insurance(&app).await;
    let path = format!("/files/requirements/harbour/{requirement}?name=a.pdf");
    let large = [PDF, &vec![b' '; MAX_DOCUMENT_BYTES]].concat();
    let whole = [PDF, &vec![b' '; MAX_DOCUMENT_BYTES - PDF.len()]].concat();
    assert_eq!(code(&hand_in(&app.member, &path, "application/pdf", &large).await), (413, "too_large".to_owned()));
    assert_eq!(hand_in(&app.member, &path, "application/pdf", &whole).await.status, 200, "ten megabytes are taken");
    for (client, path, content_type, body, expected) in [
        (&app.stranger, path.as_str(), "application/pdf", PDF, (401, "sign_in_needed")),
        (&app.member, &path, "text/html", PDF, (415, "unsupported_type")),
        (&app.member, &path, "application/pdf", b"<script>".as_slice(), (400, "invalid_input")),
        (&app.member, &path.replace("?name=a.pdf", ""), "application/pdf", PDF, (400, "invalid_input")),
        (&app.neighbour, &path, "application/pdf", PDF, (404, "not_found")),
        (&app.member, &path.replace("harbour", "quarry"), "application/pdf", PDF, (404, "not_found")),
        (&app.member, "/files/requirements/nowhere/x?name=a", "application/pdf", PDF, (404, "not_found")),
    ] {
        let answer = hand_in(client, path, content_type, body).await;
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{path} {content_type}: {}", answer.body);
    }
    let key = app.admin.ask(
        "mutation { createApiKey(input: {name: \"Till\", permissions: [\"sales.read\"], expiresAt: \"2027-06-01T00:00:00Z\"}) { made { token } problems { code } } }",
        json!({}),
    );
    let till = Client { token: Some(key.await.text("/createApiKey/made/token")), ..app.stranger.clone() };
    assert_eq!(code(&hand_in(&till, &path, "application/pdf", PDF).await), (403, "forbidden".to_owned()));
    app.api.stop().await;
}

#[tokio::test]
async fn a16_an_export_is_downloaded_by_whoever_manages_the_coop_and_by_nobody_else() {
    let app = App::open().await;
    let asked = app.admin.ask("mutation { exportCoOp { export { id url } problems { code } } }", json!({})).await;
    assert_eq!(asked.at("/exportCoOp/export/url"), Value::Null, "it is being made");
    let folder = tempfile::TempDir::new().unwrap();
    let mailer = Mailer::from_url(&format!("maildir://{}", folder.path().display()), "house@example.org".parse().unwrap()).unwrap();
    let identity = Identity::new(app.db.pools.orm.clone(), app.clock.clone());
    let desk = Desk::new(identity, Arc::clone(&app.storage), mailer, "https://guildhall.example");
    jobs::Worker::new(app.db.pools.sqlx.clone(), desk.register(Handlers::new()), app.clock.clone()).run_until_empty().await.unwrap();
    let made = app.admin.ask("{ coOpExports { url bytes } }", json!({})).await;
    let url = made.text("/coOpExports/0/url");
    let file = take(&app.admin, &url).await;
    assert_eq!((file.status, file.head.contains("content-type: application/gzip")), (200, true), "{}", file.head);
    assert!(file.head.contains(&format!("content-length: {}", made.text("/coOpExports/0/bytes"))), "{}", file.head);
    for stranger in [&app.member, &app.treasurer, &app.outsider, &app.neighbour] {
        assert_eq!(code(&take(stranger, &url).await), (404, "not_found".to_owned()));
    }
    assert_eq!(take(&app.stranger, &url).await.status, 401);
    for wrong in ["/files/exports/x.tar.gz", &url.replace(".tar.gz", ".zip")] {
        assert_eq!(take(&app.admin, wrong).await.status, 404, "{wrong}");
    }
    app.api.stop().await;
}
