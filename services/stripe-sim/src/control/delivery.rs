//! How webhooks are delivered, and waiting until they are.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, Path, Query, ServiceConfig},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::{act, missing, refuse};
use crate::{
    journal::Record,
    outbox::Manner,
    shared::Shared,
    state::{State, text},
};

/// The longest that `/_sim/webhooks/idle` waits, and how long when it is not told.
const LONGEST: Duration = Duration::from_mins(2);
const USUAL: Duration = Duration::from_secs(10);

pub(super) fn configure(services: &mut ServiceConfig) {
    services
        .route("/_sim/webhooks", web::get().to(show))
        .route("/_sim/webhooks", web::post().to(set))
        .route("/_sim/webhooks/idle", web::get().to(idle))
        .route("/_sim/events/{id}/resend", web::post().to(resend));
}

fn shown(state: &State) -> Value {
    json!({"queued": state.outbox.len(), "held": state.outbox.held(), "deliveries": state.counters.deliveries})
}

async fn show(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(shown(&shared.lock()))
}

async fn set(shared: Data<Shared>, manner: Json<Manner>) -> HttpResponse {
    act(&shared, |state| {
        state.outbox.set(*manner);
        Ok(shown(state))
    })
}

#[derive(Debug, Deserialize)]
struct Patience {
    timeout_ms: Option<u64>,
}

/// Answers when nothing is queued or being sent; 409 at once when deliveries are held, 504 when it takes too long.
async fn idle(shared: Data<Shared>, patience: Query<Patience>) -> HttpResponse {
    let wait = patience.timeout_ms.map_or(USUAL, Duration::from_millis).min(LONGEST);
    let until = Instant::now() + wait;
    let mut changes = shared.changes();
    loop {
        changes.mark_unchanged();
        let (queued, held, answer) = {
            let state = shared.lock();
            (state.outbox.len(), state.outbox.held(), shown(&state))
        };
        if queued == 0 {
            return HttpResponse::Ok().json(answer);
        }
        if held {
            return refuse(409, &format!("{queued} deliveries are held"));
        }
        if timeout_at(until, changes.changed()).await.is_err() {
            return refuse(504, &format!("{queued} deliveries are still queued"));
        }
    }
}

/// Sends an event once more to every enabled endpoint that listens to its account.
async fn resend(shared: Data<Shared>, id: Path<String>) -> HttpResponse {
    act(&shared, |state| {
        let event = state.find(&id).filter(|found| found["object"] == "event").cloned().ok_or_else(|| missing("event", &id))?;
        let owner = state.owner(&id).unwrap_or_default().to_owned();
        for endpoint in state.listeners(&owner, text(&event, "type")) {
            state.change(Record::Queued { event: id.to_string(), endpoint });
        }
        Ok(shown(state))
    })
}
