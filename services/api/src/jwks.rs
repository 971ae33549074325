//! The keys that sign access tokens, published.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web::Data,
};

use crate::{graphql::Graph, problem};

/// How long a copy may be kept: shorter than a new key is published before it signs.
const KEPT: &str = "public, max-age=240";

/// `GET /.well-known/jwks.json`
pub(crate) async fn published(graph: Data<Graph>) -> HttpResponse {
    let Some(access) = graph.access() else {
        return problem::answer(StatusCode::NOT_FOUND, "not_found", "Nobody can sign in here, so there are no keys.");
    };
    match access.jwks().await {
        Ok(keys) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, KEPT)).json(keys),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the keys that sign tokens cannot be read");
            problem::answer(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The keys cannot be read now; please try again.")
        }
    }
}
