//! Files to take away and to hand in, for those who may see the same in the graph: `/files/…`. What somebody may not see is not
//! there, whether it belongs to another co-op or does not exist.

mod document;
mod export;
mod medium;
mod statement;

use std::fmt::Write as _;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use bytes::Bytes;
use kernel::{Code, Refusal};

pub(crate) use document::{UPLOADS, document, submit, url as document_url};
pub(crate) use export::export;
pub(crate) use medium::{PICTURES, add as add_medium, medium};
pub(crate) use statement::file as statement;

use super::Graph;
use crate::{
    auth::{Caller, Shown},
    problem,
};

/// Who asks; or the answer to a stranger.
async fn asker(graph: &Graph, asked: &HttpRequest) -> Result<Caller, HttpResponse> {
    match graph.gatekeeper.look(&Shown::by(asked)).await {
        Ok(Caller::Stranger(refusal)) => Err(refused(&refusal)),
        Ok(caller) => Ok(caller),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "nobody could be asked who wants a file");
            Err(unavailable())
        }
    }
}

/// A file to be saved under a name.
fn attachment(name: &str, content_type: &str, bytes: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{}", percent_encoded(name))))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(bytes)
}

/// A name as RFC 8187 has it in headers: whatever people call their files.
fn percent_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a text takes more text");
        }
    }
    encoded
}

/// What may not be seen is not there.
fn nothing() -> HttpResponse {
    problem::answer(StatusCode::NOT_FOUND, "not_found", "There is no such file here.")
}

fn unavailable() -> HttpResponse {
    problem::answer(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "This cannot be done now; try again in a while.")
}

/// A rule said no.
fn refused(refusal: &Refusal) -> HttpResponse {
    let (status, code) = match refusal.code {
        Code::InvalidInput => (StatusCode::BAD_REQUEST, "invalid_input"),
        Code::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        Code::Conflict => (StatusCode::CONFLICT, "conflict"),
        Code::SignInNeeded => (StatusCode::UNAUTHORIZED, "sign_in_needed"),
        Code::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
        Code::SecondFactorNeeded => (StatusCode::FORBIDDEN, "second_factor_needed"),
        Code::NotNow => (StatusCode::CONFLICT, "not_now"),
        Code::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
    };
    telemetry::count_refusal(refusal.code, "files");
    problem::answer(status, code, &refusal.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_file_is_called_stays_within_its_header() {
        assert_eq!(percent_encoded("2026-11-0007-r1.pdf"), "2026-11-0007-r1.pdf");
        assert_eq!(percent_encoded("Police \"d'été\"\r\nset-cookie: x.pdf"), "Police%20%22d%27%C3%A9t%C3%A9%22%0D%0Aset-cookie%3A%20x.pdf");
    }
}
