//! Sends webhooks: signed like Stripe's, a few at a time, again and again until the receiver takes them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::{Request, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use sha2::Sha256;
use tokio::task::JoinHandle;

use crate::{
    journal::Record,
    outbox::{Delivery, Step},
    shared::Shared,
    state::text,
};

/// A receiver that takes longer has not received.
const TIMEOUT: Duration = Duration::from_secs(10);

type Http = Client<HttpConnector, Full<Bytes>>;

/// The `Stripe-Signature` of a body: HMAC-SHA256 over `"{at}.{body}"` with the whole `whsec_…` text, in hex.
///
/// `at` is in Unix seconds. Stripe's clients refuse a time more than 300 seconds from their own.
pub fn sign(secret: &str, at: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Starts the senders.
pub(crate) fn start(shared: &Arc<Shared>, connections: usize) -> Vec<JoinHandle<()>> {
    let client: Http = Client::builder(TokioExecutor::new()).build_http();
    (0..connections.max(1)).map(|_| tokio::spawn(run(Arc::clone(shared), client.clone()))).collect()
}

async fn run(shared: Arc<Shared>, client: Http) {
    let mut changes = shared.changes();
    loop {
        changes.mark_unchanged();
        let step = shared.lock().outbox.take();
        match step {
            Step::Send(delivery) => deliver(&shared, &client, delivery).await,
            Step::Wait(Some(until)) => {
                let _ = tokio::time::timeout_at(until.into(), changes.changed()).await;
            }
            Step::Wait(None) => {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}

/// What is posted, or `None` when the event or the endpoint is gone.
fn prepare(shared: &Shared, delivery: &Delivery) -> Option<(Request<Full<Bytes>>, String)> {
    let state = shared.lock();
    let event = state.find(&delivery.event)?;
    let endpoint = state.find(&delivery.endpoint)?;
    let body = serde_json::to_vec_pretty(&state.render(event)).ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let url = text(endpoint, "url").to_owned();
    let request = Request::post(&url)
        .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
        .header(header::USER_AGENT, "Stripe/1.0 (a stand-in, not Stripe)")
        .header("Stripe-Signature", sign(text(endpoint, "_secret"), now, &body))
        .body(Full::new(Bytes::from(body)))
        .ok()?;
    Some((request, url))
}

async fn deliver(shared: &Shared, client: &Http, delivery: Delivery) {
    let Some((request, url)) = prepare(shared, &delivery) else {
        return shared.transact(|state| state.change(delivered(&delivery)));
    };
    let answer = tokio::time::timeout(TIMEOUT, async {
        let answer = client.request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status();
        // The body is read so that the connection can be used again.
        let _ = answer.into_body().collect().await;
        if status.is_success() { Ok(()) } else { Err(status.to_string()) }
    });
    let outcome = answer.await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
    shared.transact(|state| {
        state.counters.deliveries.tried += 1;
        let Err(reason) = outcome else {
            state.counters.deliveries.delivered += 1;
            return state.change(delivered(&delivery));
        };
        state.counters.deliveries.failed += 1;
        tracing::debug!(event = delivery.event, url, reason, "a webhook was not taken");
        if !state.outbox.retry(delivery.clone()) {
            state.counters.deliveries.given_up += 1;
            tracing::warn!(event = delivery.event, url, reason, "a webhook is given up");
            state.change(delivered(&delivery));
        }
    });
}

fn delivered(delivery: &Delivery) -> Record {
    Record::Delivered { event: delivery.event.clone(), endpoint: delivery.endpoint.clone() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_signature_covers_time_and_body_with_the_whole_secret() {
        // printf '12.{}' | openssl dgst -sha256 -hmac whsec_test
        let expected = "t=12,v1=af237b033edb42cd78d7ae826c46e5f7b0f626ba5215b9ac9ce6131f7da4aafa";
        assert_eq!(super::sign("whsec_test", 12, b"{}"), expected);
    }
}
