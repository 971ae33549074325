//! Pictures: sent, fetched, and kept from whoever may not see them.

use serde_json::{Value, json};

use super::stage::mug;
use crate::graph::app::{Answer, App, Client};

/// The beginning of a PNG of 640 by 480 pixels; what follows is told apart by one byte.
fn png(last: u8) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0".as_slice(), &[last]].concat()
}

impl Client {
    async fn sends(&self, product: &Value, content_type: &str, bytes: &[u8]) -> Answer {
        let path = format!("/files/media?product={}&alt=A%20mug", product.as_str().unwrap());
        self.send_as(("POST", &path), content_type, &[], bytes).await
    }

    async fn fetches(&self, url: &Value) -> u16 {
        self.send("GET", url.as_str().unwrap(), &[], b"").await.status
    }
}

async fn a_mug(app: &App) -> Value {
    app.admin.creates(&mug(&super::stage::makers(app).await)).await.at("/createProduct/product/id")
}

#[tokio::test]
async fn a_picture_is_known_by_its_bytes_and_the_same_one_is_had_once() {
    let app = App::open().await;
    let product = a_mug(&app).await;
    let sent = app.admin.sends(&product, "image/png", &png(0)).await.json();
    assert_eq!((&sent["contentType"], &sent["width"], &sent["height"]), (&json!("image/png"), &json!(640), &json!(480)), "{sent}");
    assert_eq!(app.admin.sends(&product, "image/png", &png(0)).await.json(), sent, "twice is the same picture");
    // What the sender says it is does not count
    let other = app.admin.sends(&product, "image/jpeg", &png(1)).await.json();
    assert_eq!((&other["contentType"], &other["position"]), (&json!("image/png"), &json!(1)));
    let seen = "query ($id: ID!) { product(id: $id) { media { id url alt contentType bytes width position product { title } } } }";
    let media = app.member.ask(seen, json!({"id": product})).await.at("/product/media");
    assert_eq!(media.as_array().unwrap().len(), 2);
    assert_eq!((&media[0]["alt"], &media[0]["url"], &media[0]["product"]["title"]), (&json!("A mug"), &sent["url"], &json!("Blue mug")));
    assert_eq!(app.member.fetches(&sent["url"]).await, 200);
    for (content_type, bytes, status) in [
        ("image/png", b"<svg onload='alert(1)'/>".as_slice(), 400),
        ("image/png", b"\x89PNG\r\n\x1a\n".as_slice(), 400),
        ("image/svg+xml", b"<svg/>".as_slice(), 415),
        ("text/plain", &png(2), 415),
    ] {
        let refused = app.admin.sends(&product, content_type, bytes).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    let large = [png(3), vec![0; ::catalogue::MAX_MEDIUM_BYTES]].concat();
    assert_eq!(app.admin.sends(&product, "image/png", &large).await.status, 413);
    app.api.stop().await;
}

#[tokio::test]
async fn pictures_are_described_ordered_and_removed_by_those_who_may() {
    let app = App::open().await;
    let product = a_mug(&app).await;
    let id = app.admin.sends(&product, "image/png", &png(0)).await.json()["id"].clone();
    let update =
        "mutation ($id: ID!) { updateMedium(id: $id, alt: \"From above\", position: 7) { medium { alt position } problems { code } } }";
    assert_eq!(app.admin.ask(update, json!({"id": id})).await.at("/updateMedium/medium"), json!({"alt": "From above", "position": 7}));
    let remove = "mutation ($id: ID!) { removeMedium(id: $id) { medium { id } problems { code } } }";
    for ask in [update, remove] {
        assert_eq!(app.member.ask(ask, json!({"id": id})).await.codes(), ["FORBIDDEN"]);
        assert_eq!(app.neighbour.ask(ask, json!({"id": id})).await.codes(), ["NOT_FOUND"]);
    }
    assert_eq!(app.admin.ask(remove, json!({"id": id})).await.at("/removeMedium/medium/id"), id);
    assert_eq!(app.admin.ask(remove, json!({"id": id})).await.codes(), ["NOT_FOUND"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a1_a_picture_of_another_coop_is_neither_fetched_nor_added_to() {
    let app = App::open().await;
    let product = a_mug(&app).await;
    let url = app.admin.sends(&product, "image/png", &png(0)).await.json()["url"].clone();
    for (client, status) in [(&app.stranger, 401), (&app.neighbour, 404), (&app.outsider, 404), (&app.guest, 404), (&app.treasurer, 200)] {
        assert_eq!(client.fetches(&url).await, status, "{client:?}");
    }
    for (client, status) in [(&app.stranger, 401), (&app.neighbour, 404), (&app.outsider, 404), (&app.guest, 403), (&app.member, 403)] {
        let refused = client.sends(&product, "image/png", &png(1)).await;
        assert_eq!(refused.status, status, "{client:?}: {}", refused.body);
    }
    assert_eq!(app.admin.fetches(&json!("/files/media/018f4f2e-7b1a-7c3d-9e2f-1a2b3c4d5e6f")).await, 404);
    let media = "query ($id: ID!) { product(id: $id) { media { id } } }";
    assert_eq!(app.admin.ask(media, json!({"id": product})).await.at("/product/media").as_array().unwrap().len(), 1);
    app.api.stop().await;
}
