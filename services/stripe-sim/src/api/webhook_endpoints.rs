//! Where webhooks go.

use serde_json::{Value, json};

use super::{Call, Route, delete, get, post};
use crate::{
    config::EndpointConfig,
    error::ApiError,
    journal::Record,
    list,
    state::{API_VERSION, State, text},
};

pub(super) const ROUTES: &[Route] = &[
    post("/v1/webhook_endpoints", &["url!", "enabled_events!", "connect", "description", "metadata", "api_version"], create),
    get("/v1/webhook_endpoints", &["limit", "starting_after", "ending_before"], list_all),
    get("/v1/webhook_endpoints/{id}", &[], retrieve),
    post("/v1/webhook_endpoints/{id}", &["url", "enabled_events", "description", "metadata", "disabled"], update),
    delete("/v1/webhook_endpoints/{id}", remove),
];

/// Makes the endpoints of the configuration, or brings those of an earlier run up to date.
pub(crate) fn configure(state: &mut State, endpoints: &[EndpointConfig]) {
    for config in endpoints {
        let platform = state.platform.clone();
        let same = |row: &&Value| row["url"] == *config.url && row["_connect"] == config.connect;
        let known = state.all(&platform, "webhook_endpoint").find(same).cloned();
        let mut endpoint = known.unwrap_or_else(|| blank(state, &config.url, config.connect));
        endpoint["enabled_events"] = json!(config.enabled_events);
        endpoint["_secret"] = json!(config.secret);
        state.put(&platform, &endpoint);
    }
}

fn blank(state: &mut State, url: &str, connect: bool) -> Value {
    let secret = state.new_id("whsec");
    json!({
        "id": state.new_id("we"), "object": "webhook_endpoint", "api_version": API_VERSION, "application": null,
        "created": state.now(), "description": null, "enabled_events": [], "livemode": false, "metadata": {}, "status": "enabled",
        "url": url, "_connect": connect, "_secret": secret,
    })
}

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let url = check_url(call.params.need("url")?)?;
    let connect = call.params.flag("connect")?;
    if let Some(version) = call.params.text("api_version").filter(|version| *version != API_VERSION) {
        let message = format!("The stand-in renders {API_VERSION} only, not {version}.");
        return Err(ApiError::invalid("parameter_invalid_string", "api_version", &message));
    }
    let mut endpoint = blank(call.state, &url, connect);
    fill(call, &mut endpoint)?;
    call.state.put(&call.owner, &endpoint);
    // Shown once, here.
    endpoint["secret"] = endpoint["_secret"].clone();
    Ok(endpoint)
}

fn check_url(given: &str) -> Result<String, ApiError> {
    let plain = url::Url::parse(given).is_ok_and(|url| url.scheme() == "http" && url.has_host());
    let wrong = || ApiError::invalid("url_invalid", "url", "Invalid URL: the stand-in delivers over plain http only.");
    plain.then(|| given.to_owned()).ok_or_else(wrong)
}

fn fill(call: &Call<'_>, endpoint: &mut Value) -> Result<(), ApiError> {
    if call.params.has("enabled_events") {
        let events = call.params.list("enabled_events");
        if events.is_empty() {
            return Err(ApiError::invalid("parameter_invalid_empty", "enabled_events", "Name at least one event, or *."));
        }
        endpoint["enabled_events"] = json!(events);
    }
    endpoint["description"] = call.params.json_or("description", &endpoint["description"]);
    endpoint["metadata"] = call.params.metadata(&endpoint["metadata"])?;
    Ok(())
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("webhook_endpoint").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    list::page(call.state, &call.params, "/v1/webhook_endpoints", call.state.all(&call.owner, "webhook_endpoint"))
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let mut endpoint = call.get("webhook_endpoint")?.clone();
    fill(call, &mut endpoint)?;
    if let Some(url) = call.params.text("url") {
        endpoint["url"] = json!(check_url(url)?);
    }
    if call.params.has("disabled") {
        endpoint["status"] = json!(if call.params.flag("disabled")? { "disabled" } else { "enabled" });
    }
    call.state.put(&call.owner, &endpoint);
    Ok(endpoint)
}

fn remove(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let id = text(call.get("webhook_endpoint")?, "id").to_owned();
    call.state.change(Record::Removed { id: id.clone() });
    Ok(json!({"id": id, "object": "webhook_endpoint", "deleted": true}))
}
