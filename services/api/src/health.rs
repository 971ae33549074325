//! Whether the process serves, and whether it can do its work.

use actix_web::{HttpResponse, http::StatusCode, web::Data};

use crate::{door::Door, problem};

/// `GET /healthz`
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(r#"{"status":"serving"}"#)
}

/// `GET /readyz`: whether the database has run every migration that this program was built with.
pub(crate) async fn readyz(door: Data<Door>) -> HttpResponse {
    let no = |code, message: &str| problem::answer(StatusCode::SERVICE_UNAVAILABLE, code, message);
    match is_migrated(&door).await {
        Ok(true) => HttpResponse::Ok().content_type("application/json").body(r#"{"status":"ready"}"#),
        Ok(false) => no("not_migrated", "The database is not migrated; run `guildhall migrate`."),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready: the database does not answer");
            no("no_database", "The database does not answer.")
        }
    }
}

async fn is_migrated(door: &Door) -> Result<bool, sqlx::Error> {
    let pool = door.db.get_postgres_connection_pool();
    let missing = migrations::missing(pool).await?;
    if !missing.is_empty() {
        tracing::warn!(?missing, "not ready: {} migrations are missing", missing.len());
    }
    Ok(missing.is_empty() && jobs::is_migrated(pool).await?)
}
