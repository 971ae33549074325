//! Telling Stripe where to send its events.

use serde::Serialize;
use stripe_client_core::{RequestBuilder, StripeMethod, VERSION};
use url::Url;

use super::Gateway;
use crate::{GatewayError, IdempotencyKey, objects::WebhookEndpoint};

/// By hand: the crate with this one's builder brings a great many others.
#[derive(Serialize)]
struct Form<'a> {
    url: &'a str,
    connect: bool,
    enabled_events: &'a [&'a str],
    api_version: &'a str,
}

impl Gateway {
    /// Registers `url` for the types in `events` (`["*"]` for nearly all), pinned to the version of the API that our requests use.
    /// With `connect` it receives what happens on connected accounts, otherwise what happens on the platform's own.
    /// The answer holds the signing secret, which is told only once.
    #[tracing::instrument(name = "stripe.create_webhook_endpoint", skip_all, fields(%key, %url, connect))]
    pub async fn create_webhook_endpoint(
        &self,
        url: &Url,
        connect: bool,
        events: &[&str],
        key: &IdempotencyKey,
    ) -> Result<WebhookEndpoint, GatewayError> {
        let form = Form { url: url.as_str(), connect, enabled_events: events, api_version: VERSION.as_str() };
        let request = RequestBuilder::new(StripeMethod::Post, "/webhook_endpoints").form(&form);
        self.call("POST /v1/webhook_endpoints", request, Some(key)).await
    }
}
