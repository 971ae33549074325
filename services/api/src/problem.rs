//! What a caller is told when the answer is no.

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;

/// One sentence for a person and a word for a program.
#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    message: &'a str,
}

pub(crate) fn answer(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(Problem { code, message })
}
