//! The transport: one pooled HTTP client for all calls, with every limit named.
//!
//! It sends a request once and says what came back, or how far it got. A connection that could not be made means that nothing was sent; anything
//! that goes wrong later means that Stripe may have acted.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{HeaderMap, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::{sync::Semaphore, time::timeout};

use crate::{Doubt, GatewayError};

/// How long the making of a TCP connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request may take, from connecting to the last byte of the answer. Stripe gives up on its own after about 80 s; most answers take one.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);

/// How long an unused connection is kept: shorter than the far end keeps it, so that requests are not sent into a closing one.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How many unused connections are kept.
const MAX_IDLE: usize = 16;

/// How many requests are on their way at once; later ones wait here, unsent.
const MAX_IN_FLIGHT: usize = 32;

/// How large an answer may be: a page of a hundred expanded objects has about one megabyte.
const MAX_REPLY_BYTES: usize = 16 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    in_flight: Arc<Semaphore>,
    request_timeout: Duration,
}

/// A complete answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Http {
    /// `plain` allows `http://` as well as `https://`.
    pub(crate) fn new(plain: bool, connect_timeout: Duration, request_timeout: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect_timeout));
        let tls = HttpsConnectorBuilder::new().with_webpki_roots();
        let tls = if plain { tls.https_or_http() } else { tls.https_only() };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(MAX_IDLE)
            .build(tls.enable_http1().wrap_connector(tcp));
        Self { client, in_flight: Arc::new(Semaphore::new(MAX_IN_FLIGHT)), request_timeout }
    }

    /// Sends `request` once and reads the whole answer.
    pub(crate) async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Reply, GatewayError> {
        let _permit = self.in_flight.acquire().await.expect("the semaphore is never closed");
        timeout(self.request_timeout, self.send(request))
            .await
            .unwrap_or(Err(GatewayError::Unknown(Doubt::TimedOut { after: self.request_timeout })))
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Reply, GatewayError> {
        let response = self.client.request(request).await.map_err(|error| {
            let message = sentence(&error);
            if error.is_connect() { GatewayError::Unreachable { message } } else { GatewayError::Unknown(Doubt::ConnectionLost(message)) }
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_REPLY_BYTES)
            .collect()
            .await
            .map_err(|error| GatewayError::Unknown(Doubt::ConnectionLost(sentence(error.as_ref()))))?
            .to_bytes();
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body })
    }
}

/// The error with its causes; the outermost of hyper's errors says little.
fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
