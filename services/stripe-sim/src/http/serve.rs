//! One request from the bytes to the answer.
//!
//! The order is Stripe's: who asks, faults of the network, limits, a repeated idempotency key, the parameters, the work, and then
//! what follows the work by itself. All of it happens under one lock and is journalled as one line.

use std::{
    net::{Shutdown, TcpStream},
    os::fd::AsFd,
    sync::Arc,
};

use actix_web::{
    HttpRequest, HttpResponse,
    dev::Extensions,
    rt::net::TcpStream as ActixStream,
    web::{self, Bytes, Data, ServiceConfig},
};
use serde_json::Value;

use crate::{
    api::{self, Call, Found},
    control,
    error::ApiError,
    expand,
    faults::FaultKind,
    form,
    http::auth,
    idempotency::{self, Kept},
    params::Params,
    shared::Shared,
    state::{API_VERSION, Origin, State},
};

/// The largest form that is read.
const MAX_BODY: usize = 1024 * 1024;

/// Every URL of the stand-in.
pub(crate) fn configure(shared: &Arc<Shared>) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let data = Data::from(Arc::clone(shared));
    move |services| {
        services.app_data(data).app_data(web::PayloadConfig::new(MAX_BODY));
        control::configure(services);
        services.default_service(web::to(stripe));
    }
}

/// A second handle on a client's connection, so that a fault can cut it.
pub(crate) struct Wire(TcpStream);

/// Remembers the connection; called by the server for each new one.
pub(crate) fn on_connect(connection: &dyn std::any::Any, data: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<ActixStream>()
        && let Ok(handle) = stream.as_fd().try_clone_to_owned()
    {
        data.insert(Wire(TcpStream::from(handle)));
    }
}

/// What a request leads to.
struct Reply {
    status: u16,
    body: String,
    request_id: String,
    /// The request id of the first time, for a repeated key.
    replayed_from: Option<String>,
    cut: bool,
}

async fn stripe(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let reply = {
        let mut state = shared.lock();
        let mut reply = answer(&mut state, &request, &body);
        if let Err(error) = state.save() {
            tracing::error!(%error, "the Stripe stand-in cannot write its journal");
            reply.status = 500;
            reply.body = ApiError::internal().body(&reply.request_id).to_string();
        }
        reply
    };
    shared.announce();
    if reply.cut
        && let Some(Wire(stream)) = request.conn_data::<Wire>()
    {
        // The client sees its connection end; what is written below goes nowhere.
        let _ = stream.shutdown(Shutdown::Both);
    }
    let mut response = HttpResponse::build(actix_web::http::StatusCode::from_u16(reply.status).unwrap_or_default());
    response
        .content_type("application/json")
        .insert_header(("Request-Id", reply.request_id))
        .insert_header(("Stripe-Version", API_VERSION));
    if let Some(key) = request.headers().get("Idempotency-Key") {
        response.insert_header(("Idempotency-Key", key.clone()));
    }
    if let Some(original) = reply.replayed_from {
        response.insert_header(("Idempotent-Replayed", "true")).insert_header(("Original-Request", original));
    }
    response.body(reply.body)
}

fn answer(state: &mut State, request: &HttpRequest, body: &[u8]) -> Reply {
    let request_id = state.new_id("req").chars().take(18).collect::<String>();
    state.run_due();
    let mut reply = Reply { status: 200, body: String::new(), request_id, replayed_from: None, cut: false };
    let found = api::route(request.method().as_str(), request.path());
    let route = found.as_ref().map_or("unknown", |found| found.route.path);
    match found.as_ref().map(|found| respond(state, request, body, found, &mut reply)) {
        Some(Ok(())) => {}
        Some(Err(error)) => reply.refuse(&error),
        None => {
            let unknown = ApiError::unknown_url(request.method().as_str(), request.path());
            reply.refuse(&auth::account(state, request.headers()).err().unwrap_or(unknown));
        }
    }
    state.counters.request(request.method().as_str(), route, if reply.cut { 0 } else { reply.status });
    reply
}

/// Fills the reply; an error is an answer that no key keeps.
fn respond(state: &mut State, request: &HttpRequest, body: &[u8], found: &Found, reply: &mut Reply) -> Result<(), ApiError> {
    let (method, path) = (request.method().as_str(), request.path());
    let owner = auth::account(state, request.headers())?;
    let fault = state.faults.meet(method, found.route.path, path);
    match fault {
        Some(FaultKind::RateLimit) => return Err(ApiError::too_many("rate_limit")),
        Some(FaultKind::LockTimeout) => return Err(ApiError::too_many("lock_timeout")),
        Some(FaultKind::TimeoutBefore) => {
            reply.cut = true;
            return Ok(());
        }
        _ if !state.rate_limit.admits(method, found.route.path) => return Err(ApiError::too_many("rate_limit")),
        _ => {}
    }
    let params = parameters(request, body)?;
    let key = request.headers().get("Idempotency-Key").and_then(|key| key.to_str().ok()).filter(|_| method == "POST");
    let asked = idempotency::fingerprint(method, path, &params);
    if let Some(key) = key
        && let Some(kept) = state.answers.find(&owner, key, &asked, state.now())?
    {
        (reply.status, reply.body) = (kept.status, kept.body.clone());
        reply.replayed_from = Some(kept.request_id.clone());
        state.counters.replayed += 1;
        return Ok(());
    }
    params.check(found.route.params)?;

    state.origin = Some(Origin { request_id: reply.request_id.clone(), idempotency_key: key.map(str::to_owned) });
    let outcome = match fault {
        Some(FaultKind::Error500) => Err(ApiError::internal()),
        Some(FaultKind::BalanceInsufficient) => Err(ApiError::insufficient_balance()),
        _ => work(state, &owner, params, found),
    };
    state.origin = None;
    state.run_due();

    let outcome = if fault == Some(FaultKind::Error500AfterSuccess) { Err(ApiError::internal()) } else { outcome };
    match outcome {
        Ok(value) => reply.body = value.to_string(),
        Err(error) if !error.kept => return Err(error),
        Err(error) => reply.refuse(&error),
    }
    if let Some(key) = key {
        let (status, body, at) = (reply.status, reply.body.clone(), state.now());
        state.keep_answer(&owner, key, Kept { asked, status, body, at, request_id: reply.request_id.clone() });
    }
    reply.cut = fault == Some(FaultKind::TimeoutAfterSuccess);
    Ok(())
}

fn work(state: &mut State, owner: &str, params: Params, found: &Found) -> Result<Value, ApiError> {
    let paths = params.list("expand");
    let mut call = Call { state, owner: owner.to_owned(), params, ids: found.ids.clone() };
    let object = (found.route.run)(&mut call)?;
    let mut shown = state.render(&object);
    expand::expand(state, &mut shown, &paths)?;
    Ok(shown)
}

/// The query of a GET or DELETE, the form of a POST.
fn parameters(request: &HttpRequest, body: &[u8]) -> Result<Params, ApiError> {
    let form = String::from_utf8_lossy(body);
    let text = if request.method() == "POST" { form.as_ref() } else { request.query_string() };
    let nodes = form::parse(text).map_err(|malformed| {
        ApiError::invalid("parameter_invalid", &malformed.0, &format!("This parameter cannot be read: {}", malformed.0))
    })?;
    Ok(Params(nodes))
}

impl Reply {
    fn refuse(&mut self, error: &ApiError) {
        self.status = error.status;
        self.body = error.body(&self.request_id).to_string();
    }
}
