//! Faults and the rate limit.

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, ServiceConfig},
};
use serde::Deserialize;
use serde_json::json;

use crate::{faults::Fault, shared::Shared};

pub(super) fn configure(services: &mut ServiceConfig) {
    services
        .route("/_sim/faults", web::get().to(show))
        .route("/_sim/faults", web::post().to(order))
        .route("/_sim/faults", web::delete().to(clear))
        .route("/_sim/rate_limit", web::post().to(limit));
}

async fn show(shared: Data<Shared>) -> HttpResponse {
    let state = shared.lock();
    HttpResponse::Ok().json(json!({"data": state.faults.waiting().collect::<Vec<_>>()}))
}

async fn order(shared: Data<Shared>, fault: Json<Fault>) -> HttpResponse {
    shared.lock().faults.add(fault.into_inner());
    show(shared).await
}

async fn clear(shared: Data<Shared>) -> HttpResponse {
    shared.lock().faults.clear();
    show(shared).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    per_second: Option<u32>,
}

async fn limit(shared: Data<Shared>, wish: Json<Limit>) -> HttpResponse {
    shared.lock().rate_limit.per_second = wish.per_second;
    HttpResponse::Ok().json(json!({"per_second": wish.per_second}))
}
