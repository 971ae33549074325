//! Which pages of other origins may read our answers: those on the list, and without a list none.

use actix_cors::Cors;
use actix_web::http::{Method, header};

/// How long a browser may remember what it was allowed, in seconds.
const REMEMBERED_SECS: usize = 600;

/// The rules for a list of origins, such as `https://app.example.org`. Nothing travels in cookies, so none are allowed.
pub(crate) fn rules(origins: &[String]) -> Cors {
    let known = ["guildhall-co-op", "idempotency-key", "traceparent"].map(header::HeaderName::from_static);
    let told = ["content-disposition", "etag", "retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(header::HeaderName::from_static);
    let rules = Cors::default()
        .allowed_methods([Method::GET, Method::POST])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, header::IF_NONE_MATCH])
        .allowed_headers(known)
        .expose_headers(told)
        .max_age(REMEMBERED_SECS);
    origins.iter().fold(rules, |rules, origin| rules.allowed_origin(origin))
}
