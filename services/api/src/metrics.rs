//! What is counted and traced of each request.
//!
//! The span `http.request` is the root of what the request brings about; it goes on with the caller's trace when the request
//! names one in `traceparent`. Routes are told by their pattern: what strangers ask for never becomes a label.

use std::time::Instant;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};
use telemetry::metrics::count_request;
use tracing::{Instrument as _, Span, field::Empty, info_span};

/// The route of requests for what is not there.
const UNMATCHED: &str = "unmatched";

/// Counts a request when it is answered, by route and status, and lets what it does belong to one span.
pub(crate) async fn measure(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let route = request.match_pattern().unwrap_or_else(|| UNMATCHED.to_owned());
    let method = name(request.method());
    let span = span(&request, method, &route);
    let answered = next.call(request).instrument(span.clone()).await;
    let status = match &answered {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    span.record("status", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    count_request(method, &route, status.as_u16(), began.elapsed());
    answered
}

/// The span of a request; none for who asks whether we are well, several times a second.
fn span(request: &ServiceRequest, method: &'static str, route: &str) -> Span {
    if route == "/healthz" || route == "/readyz" {
        return Span::none();
    }
    let span = info_span!(
        "http.request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        method,
        route,
        status = Empty
    );
    telemetry::follow(&span, request.headers().get("traceparent").and_then(|value| value.to_str().ok()));
    span
}

/// The methods that HTTP knows; a made-up one must not become a label.
fn name(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}
