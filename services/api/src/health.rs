//! Whether the process serves, and whether it can do its work.

use actix_web::{HttpResponse, http::StatusCode, web::Data};
use db::statement;
use sea_orm::ConnectionTrait as _;

use crate::{door::Door, problem};

/// The last table of each part of the schema: where they all are, every migration has run.
const MIGRATED: &str = "
select coalesce(bool_and(to_regclass(needed) is not null), false) as migrated
from unnest(array['party', 'ledger_check', 'dispute', 'refused_delivery', 'bank_payout', 'patronage_share', 'jobs.job']) as needed";

/// `GET /healthz`
pub(crate) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(r#"{"status":"serving"}"#)
}

/// `GET /readyz`
pub(crate) async fn readyz(door: Data<Door>) -> HttpResponse {
    let no = |code, message| problem::answer(StatusCode::SERVICE_UNAVAILABLE, code, message);
    match door.db.query_one_raw(statement(MIGRATED, [])).await.map(|row| row.and_then(|row| row.try_get("", "migrated").ok())) {
        Ok(Some(true)) => HttpResponse::Ok().content_type("application/json").body(r#"{"status":"ready"}"#),
        Ok(_) => no("not_migrated", "The database is not migrated; run `guildhall migrate`."),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready: the database does not answer");
            no("no_database", "The database does not answer.")
        }
    }
}
