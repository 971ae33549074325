//! Reading what happened, after an outage of ours: Stripe keeps events for 30 days.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use stripe_client_core::StripeRequest;
use stripe_core::event::ListEvent;

use super::{Gateway, PAGE_LEN, request};
use crate::{Event, GatewayError, ParseError, objects::Page};

/// Which events to list; by default all, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsAsk {
    /// Happened at this moment or later.
    pub since: Option<DateTime<Utc>>,
    /// The last id of the page before: continue with older ones.
    pub starting_after: Option<String>,
    /// The newest id known: those that came after it.
    pub ending_before: Option<String>,
}

/// An event as the list gives it: the same JSON as in a webhook, kept as it came.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct ListedEvent(Box<RawValue>);

impl ListedEvent {
    /// The raw JSON, to be stored like the body of a webhook.
    pub fn body(&self) -> &str {
        self.0.get()
    }

    /// The envelope.
    pub fn event(&self) -> Result<Event<'_>, ParseError> {
        Event::parse(self.body().as_bytes())
    }
}

impl Gateway {
    /// One page of at most a hundred events, newest first.
    #[tracing::instrument(name = "stripe.list_events", skip_all, fields(
        starting_after = ask.starting_after,
        ending_before = ask.ending_before
    ))]
    pub async fn list_events(&self, ask: &EventsAsk) -> Result<Page<ListedEvent>, GatewayError> {
        let mut request = ListEvent::new().limit(PAGE_LEN);
        if let Some(created) = request::created(ask.since, None) {
            request = request.created(created);
        }
        if let Some(last) = &ask.starting_after {
            request = request.starting_after(last);
        }
        if let Some(newest) = &ask.ending_before {
            request = request.ending_before(newest);
        }
        self.call("GET /v1/events", request.build(), None).await
    }
}
