//! The stand-in's clock, turned by hand.

use actix_web::{
    HttpResponse,
    web::{self, Data, Json, ServiceConfig},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::act;
use crate::{journal::Record, shared::Shared, state::State};

pub(super) fn configure(services: &mut ServiceConfig) {
    services.route("/_sim/clock", web::get().to(show)).route("/_sim/clock", web::post().to(turn));
}

/// Where the clock goes: `set` first, then `advance_secs`; `running` lets it follow the machine from there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Turn {
    set: Option<DateTime<Utc>>,
    advance_secs: Option<u32>,
    running: Option<bool>,
}

fn shown(state: &State) -> Value {
    json!({"now": state.clock.now().to_rfc3339(), "unix": state.now(), "running": !state.clock.stands()})
}

async fn show(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(shown(&shared.lock()))
}

async fn turn(shared: Data<Shared>, wish: Json<Turn>) -> HttpResponse {
    act(&shared, |state| {
        let now = state.clock.now();
        let to = wish.set.unwrap_or(now) + TimeDelta::seconds(wish.advance_secs.unwrap_or(0).into());
        if to < now {
            return Err((400, format!("the clock stands at {} and never goes back", now.to_rfc3339())));
        }
        let stands = wish.running.map_or_else(|| state.clock.stands(), |running| !running);
        let mode = state.clock.mode_at(to, stands);
        state.change(Record::Clock { mode });
        Ok(shown(state))
    })
}
