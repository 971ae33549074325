//! Asking Stripe for things.
//!
//! From async-stripe's crates come the requests: their builders know Stripe's paths, the names of parameters, the form encoding and the version of
//! the API they are generated for. What goes over the wire and what comes back is ours: the crates' own client opens a connection for each call,
//! and their client trait hands every answer to generated types that refuse a whole object over one missing key, so an answer with the money
//! already moved would be lost. A builder's finished request therefore goes to [`crate::http`], and the answer to [`crate::objects`].
//!
//! A call sends one request at a time. Where Stripe says that it did nothing (429, a lock) the same request with the same key is sent again, a few times,
//! with growing pauses. Where it is unknown what Stripe did, nothing is sent again: the caller looks first.

mod accounts;
mod balance;
mod events;
mod payments;
mod request;
mod transfers;
mod webhook_endpoints;

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use serde::de::DeserializeOwned;
use stripe_client_core::RequestBuilder;
use tracing::field::Empty;
use url::Url;

use self::request::Prepared;
pub use self::{
    accounts::{AccountAsk, AccountLinkAsk},
    balance::BalanceTransactionsAsk,
    events::{EventsAsk, ListedEvent},
    payments::{CustomerAsk, Evidence, PaymentIntentAsk, RefundAsk, Refunded},
    transfers::{ReversalAsk, TransferAsk},
};
use crate::{
    Doubt, GatewayError, IdempotencyKey, Outcome, Secret,
    http::{CONNECT_TIMEOUT, Http, REQUEST_TIMEOUT},
    parse,
    rate::{REQUESTS_PER_SEC, RateLimiter},
};

/// Where the real Stripe is.
const STRIPE_URL: &str = "https://api.stripe.com/";

/// How often one call sends its request at most.
const MAX_TRIES: u32 = 5;

/// The pause before the second try; each further one doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause inside a call. Where Stripe asks for more, the caller is told.
const MAX_PAUSE: Duration = Duration::from_secs(8);

/// The entries asked for in one page of a list: Stripe's maximum.
const PAGE_LEN: i64 = 100;

/// How to reach Stripe.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The platform's API key, `sk_…` or `rk_…`.
    pub api_key: Secret,
    /// Where Stripe is; another address than the default may be plain `http`, though not with a live key.
    pub base_url: Url,
    /// The limit per endpoint.
    pub requests_per_sec: NonZeroU32,
    /// How long the making of a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take as a whole.
    pub request_timeout: Duration,
    /// The pause before the second try of a rate-limited request; each further one doubles.
    pub first_pause: Duration,
}

impl GatewayConfig {
    /// The real Stripe, with the limits that suit it.
    pub fn new(api_key: Secret) -> Self {
        Self {
            api_key,
            base_url: Url::parse(STRIPE_URL).expect("the constant is a URL"),
            requests_per_sec: REQUESTS_PER_SEC,
            connect_timeout: CONNECT_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            first_pause: FIRST_PAUSE,
        }
    }
}

/// A client of Stripe. Clones share its connections and its rate limit.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    account: Option<Arc<str>>,
}

struct Shared {
    config: GatewayConfig,
    http: Http,
    limiter: RateLimiter,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base_url = self.shared.config.base_url.as_str();
        formatter.debug_struct("Gateway").field("base_url", &base_url).field("account", &self.account).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Makes a client; no connection is opened before the first call.
    pub fn try_new(config: GatewayConfig) -> Result<Self, GatewayError> {
        let plain = match config.base_url.scheme() {
            "https" => false,
            "http" => true,
            other => return Err(GatewayError::Invalid(format!("the base URL must be https or http, not {other}"))),
        };
        if plain && config.api_key.expose().contains("_live_") {
            return Err(GatewayError::Invalid("a live API key is not sent over plain http".to_owned()));
        }
        let http = Http::new(plain, config.connect_timeout, config.request_timeout);
        let limiter = RateLimiter::new(config.requests_per_sec);
        Ok(Self { shared: Arc::new(Shared { config, http, limiter }), account: None })
    }

    /// The same client, speaking for the connected account `acct_…` (the `Stripe-Account` header).
    pub fn for_account(&self, account: &str) -> Result<Self, GatewayError> {
        let account = request::id(account)?;
        Ok(Self { shared: Arc::clone(&self.shared), account: Some(account.into()) })
    }

    /// Sends `request` and reads the answer as a `T`. `endpoint` names the rate limit it counts against.
    #[tracing::instrument(name = "stripe.request", skip_all, fields(endpoint, tries = Empty, status = Empty, request.id = Empty))]
    async fn call<T: DeserializeOwned>(
        &self,
        endpoint: &'static str,
        request: RequestBuilder,
        key: Option<&IdempotencyKey>,
    ) -> Result<T, GatewayError> {
        let prepared = Prepared::new(&self.shared.config, request, self.account.as_deref(), key)?;
        let mut pause = self.shared.config.first_pause;
        let mut tries = 1;
        let mut doubted = false;
        loop {
            self.shared.limiter.acquire(endpoint).await;
            let reply = self.shared.http.exchange(prepared.request()).await;
            telemetry::metrics::count_stripe_request(endpoint, reply.as_ref().map_or("none", |reply| class(reply.status)));
            let reply = reply.map_err(|failure| failure.after(doubted))?;
            tracing::Span::current().record("tries", tries).record("status", reply.status).record("request.id", reply.request_id());
            let Some(failure) = reply.failure() else {
                tracing::debug!(endpoint, tries, status = reply.status, request_id = reply.request_id(), "Stripe did it");
                return parse(&reply.body).map_err(|error| GatewayError::Unknown(Doubt::Unreadable(error)));
            };
            let wait = reply.retry_after().map_or(pause, |asked| asked.max(pause));
            if tries == MAX_TRIES || wait > MAX_PAUSE || !reply.invites_retry(&failure) {
                return Err(failure.after(doubted));
            }
            doubted |= failure.outcome() == Outcome::Unknown;
            tracing::debug!(endpoint, tries, status = reply.status, request_id = reply.request_id(), "asking again in {wait:?}");
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(MAX_PAUSE);
            tries += 1;
        }
    }
}

/// The kind of an answer, for counting.
const fn class(status: u16) -> &'static str {
    match status {
        200..300 => "2xx",
        300..400 => "3xx",
        429 => "429",
        400..500 => "4xx",
        _ => "5xx",
    }
}
