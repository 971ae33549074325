//! What browsers are told with every answer, and how long an answer may take.
//!
//! The api serves data, not pages: nothing of it may be framed, sniffed, scripted or kept. The one page is GraphiQL, in
//! development; it may load itself and talk to the api that served it.

use std::time::Duration;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
};
use tokio::time::timeout;

use crate::{
    graphql::files::{PICTURES, UPLOADS},
    problem,
};

const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
/// For GraphiQL, whose scripts and styles come from two public hosts.
const A_PAGE: &str = "default-src 'none'; script-src 'self' 'unsafe-inline' https://unpkg.com https://esm.sh; \
     style-src 'self' 'unsafe-inline' https://unpkg.com https://esm.sh; font-src data: https://unpkg.com https://esm.sh; \
     img-src 'self' data: https://graphql.org; connect-src 'self' ws: wss: https://esm.sh; worker-src blob: https://esm.sh; frame-ancestors 'none'";
/// A year: browsers that came over TLS once never come without it again.
const A_YEAR: &str = "max-age=31536000";

/// How long a document may take on its way here, over a phone in a field.
const UPLOAD_TIME: Duration = Duration::from_mins(2);

/// How this api answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Whether it is reached over TLS, which somebody in front of it ends.
    pub(crate) behind_tls: bool,
    /// How long an answer may take.
    pub(crate) answer_time: Duration,
}

/// Adds what browsers are told. What a handler said itself is left alone.
pub(crate) async fn tell(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let behind_tls = request.app_data::<Manners>().is_some_and(|manners| manners.behind_tls);
    match next.call(request).await {
        Ok(mut response) => {
            polish(response.headers_mut(), behind_tls);
            Ok(response)
        }
        // What was cut off, or refused by a layer beneath, is an answer as well
        Err(error) => {
            let mut answer = error.error_response();
            polish(answer.headers_mut(), behind_tls);
            Err(InternalError::from_response(error, answer).into())
        }
    }
}

fn polish(headers: &mut HeaderMap, behind_tls: bool) {
    let is_page = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    add(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, X_FRAME_OPTIONS, "DENY");
    add(headers, REFERRER_POLICY, "no-referrer");
    add(headers, CONTENT_SECURITY_POLICY, if is_page { A_PAGE } else { NOTHING });
    add(headers, CACHE_CONTROL, "no-store");
    if behind_tls {
        add(headers, STRICT_TRANSPORT_SECURITY, A_YEAR);
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Cuts a request off that takes too long; its transaction is rolled back with it.
pub(crate) async fn limit<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    // Not a clone of the request: the router has to have it for itself
    let path = request.path().to_owned();
    let mut answer_time = request.app_data::<Manners>().map_or(crate::config::ANSWER_TIME, |manners| manners.answer_time);
    if request.match_pattern().is_some_and(|pattern| [UPLOADS, PICTURES].contains(&pattern.as_str())) {
        answer_time = answer_time.max(UPLOAD_TIME);
    }
    let Ok(answered) = timeout(answer_time, next.call(request)).await else {
        tracing::warn!(path, "a request took longer than {answer_time:?} and was cut off");
        let message = format!("This took longer than {answer_time:?} and was cut off. What it had begun was undone; try again.");
        let answer = problem::answer(StatusCode::SERVICE_UNAVAILABLE, "timed_out", &message);
        return Err(InternalError::from_response("cut off", answer).into());
    };
    answered
}
