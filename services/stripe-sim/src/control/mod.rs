//! `/_sim`: what a test or a person can do that Stripe's API cannot. The crate's documentation lists it.

mod clock;
mod connect;
mod delivery;
mod faults;

use actix_web::{
    HttpResponse,
    web::{self, Data, ServiceConfig},
};
use serde_json::{Value, json};

use crate::{shared::Shared, state::State};

/// The control API's URLs. They ask for no key: the stand-in belongs on a machine of your own.
pub(crate) fn configure(services: &mut ServiceConfig) {
    services
        .route("/_sim", web::get().to(about))
        .route("/_sim/counters", web::get().to(counters))
        .route("/_sim/transfers", web::get().to(transfers));
    clock::configure(services);
    faults::configure(services);
    delivery::configure(services);
    connect::configure(services);
}

async fn about(shared: Data<Shared>) -> HttpResponse {
    let state = shared.lock();
    HttpResponse::Ok().json(json!({
        "notice": crate::NOTICE,
        "api_version": crate::API_VERSION,
        "account": state.platform,
        "clock": state.now(),
    }))
}

async fn counters(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(&shared.lock().counters)
}

/// Every transfer with its reversals, oldest first, unpaged.
async fn transfers(shared: Data<Shared>) -> HttpResponse {
    let state = shared.lock();
    let rows: Vec<Value> = state.all(&state.platform, "transfer").map(|row| state.render(row)).collect();
    HttpResponse::Ok().json(json!({"data": rows}))
}

/// Changes the state, lets what follows happen, and answers.
fn act(shared: &Shared, change: impl FnOnce(&mut State) -> Result<Value, (u16, String)>) -> HttpResponse {
    let mut outcome = Ok(Value::Null);
    shared.transact(|state| {
        state.run_due();
        outcome = change(state);
        state.run_due();
        if let Ok(answer) = &mut outcome {
            *answer = state.render(answer);
        }
    });
    match outcome {
        Ok(answer) => HttpResponse::Ok().json(answer),
        Err((status, message)) => refuse(status, &message),
    }
}

fn refuse(status: u16, message: &str) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).json(json!({"error": {"message": message}}))
}

fn missing(what: &str, id: &str) -> (u16, String) {
    (404, format!("no {what} {id} here"))
}
