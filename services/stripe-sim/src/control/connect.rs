//! What happens at the connected accounts, their banks, and the customers' banks.

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Data, Json, Path, Query, ServiceConfig},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{act, missing};
use crate::{
    api::{accounts, disputes, payouts},
    shared::Shared,
};

pub(super) fn configure(services: &mut ServiceConfig) {
    services
        .route("/_sim/onboarding/{id}", web::get().to(follow_link))
        .route("/_sim/accounts/{id}/onboard", web::post().to(onboard))
        .route("/_sim/accounts/{id}/disable_payouts", web::post().to(disable_payouts))
        .route("/_sim/accounts/{id}/deauthorize", web::post().to(deauthorize))
        .route("/_sim/accounts/{id}/pay_out", web::post().to(pay_out))
        .route("/_sim/payouts/{id}/pay", web::post().to(pay))
        .route("/_sim/payouts/{id}/fail", web::post().to(fail))
        .route("/_sim/disputes/{id}/close", web::post().to(close_dispute));
}

#[derive(Debug, Deserialize)]
struct Back {
    return_url: String,
}

/// A person follows an account link: the account is enabled and the browser sent back.
async fn follow_link(shared: Data<Shared>, id: Path<String>, back: Query<Back>) -> HttpResponse {
    let answer = onboard(shared, id).await;
    if !answer.status().is_success() {
        return answer;
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, back.into_inner().return_url)).finish()
}

async fn onboard(shared: Data<Shared>, id: Path<String>) -> HttpResponse {
    act(&shared, |state| {
        let account = accounts::connected(state, &id).ok_or_else(|| missing("account", &id))?;
        Ok(accounts::onboard(state, &account))
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Restriction {
    currently_due: Option<Vec<String>>,
    disabled_reason: Option<String>,
}

async fn disable_payouts(shared: Data<Shared>, id: Path<String>, wish: Option<Json<Restriction>>) -> HttpResponse {
    let wish = wish.map(Json::into_inner).unwrap_or_default();
    let due = wish.currently_due.unwrap_or_else(|| vec!["individual.verification.document".to_owned()]);
    let reason = wish.disabled_reason.unwrap_or_else(|| "requirements.past_due".to_owned());
    act(&shared, |state| {
        let account = accounts::connected(state, &id).ok_or_else(|| missing("account", &id))?;
        Ok(accounts::restrict(state, &account, &due, &reason))
    })
}

async fn deauthorize(shared: Data<Shared>, id: Path<String>) -> HttpResponse {
    act(&shared, |state| {
        let account = accounts::connected(state, &id).ok_or_else(|| missing("account", &id))?;
        accounts::deauthorize(state, &account);
        Ok(json!({"id": id.as_str(), "deauthorized": true}))
    })
}

/// An automatic payout of all that the account has available.
async fn pay_out(shared: Data<Shared>, id: Path<String>) -> HttpResponse {
    act(&shared, |state| {
        let account = accounts::connected(state, &id).ok_or_else(|| missing("account", &id))?;
        if account["payouts_enabled"] != true {
            return Err((409, format!("payouts of {id} are disabled")));
        }
        payouts::automatic(state, &id).ok_or_else(|| (409, format!("{id} has nothing available")))
    })
}

async fn pay(shared: Data<Shared>, id: Path<String>) -> HttpResponse {
    act(&shared, |state| {
        payouts::arrive(state, &id);
        state.find(&id).filter(|found| found["object"] == "payout").cloned().ok_or_else(|| missing("payout", &id))
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    code: Option<String>,
    message: Option<String>,
}

async fn fail(shared: Data<Shared>, id: Path<String>, wish: Option<Json<Failure>>) -> HttpResponse {
    let wish = wish.map(Json::into_inner).unwrap_or_default();
    let code = wish.code.unwrap_or_else(|| "account_closed".to_owned());
    let message = wish.message.unwrap_or_else(|| "The bank account has been closed.".to_owned());
    act(&shared, |state| payouts::fail(state, &id, &code, &message).ok_or_else(|| (409, format!("{id} is no payout that can still fail"))))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    won: bool,
}

async fn close_dispute(shared: Data<Shared>, id: Path<String>, verdict: Json<Verdict>) -> HttpResponse {
    act(&shared, |state| {
        disputes::close(state, &id, verdict.won);
        let closed: Option<Value> = state.find(&id).filter(|found| found["object"] == "dispute").cloned();
        closed.ok_or_else(|| missing("dispute", &id))
    })
}
