//! Our requests and the stand-in's answers against Stripe's OpenAPI description, as far as it still applies.
//!
//! The description is of 2023 and not part of this repository: `GUILDHALL_SHARED_DATA` or `../shared/data` beside the project
//! holds it, and without it the test says so and passes. Newer fields are allowed; fields and values it knows must fit.

use std::path::{Path, PathBuf};

use hyper::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::{Desk, text};

const FILE: &str = "stripe/spec3-2023-08-16.lowered.json";

fn description() -> Option<Value> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let dir = std::env::var_os("GUILDHALL_SHARED_DATA").map_or(beside, PathBuf::from);
    let file = std::fs::File::open(dir.join(FILE)).ok()?;
    serde_json::from_reader(std::io::BufReader::new(file)).ok()
}

/// A schema of the description that can look up the objects it refers to.
fn validator(description: &Value, schema: &Value) -> Validator {
    let mut root = schema.as_object().cloned().unwrap_or_default();
    root.insert("components".to_owned(), description["components"].clone());
    root.insert("$schema".to_owned(), description["$schema"].clone());
    jsonschema::validator_for(&Value::Object(root)).unwrap()
}

#[track_caller]
fn fits(validator: &Validator, value: &Value, what: &str) {
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error.to_string().chars().take(300).collect::<String>(), error.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

/// JSON parameters in Stripe's bracket syntax.
fn form(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| form(&inner(key), value, pairs)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, value)| form(&inner(&i.to_string()), value, pairs)),
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        other => pairs.push((name.to_owned(), other.to_string())),
    }
}

struct Checked {
    desk: Desk,
    description: Value,
    seen: Vec<String>,
}

impl Checked {
    /// Sends a request whose parameters the description knows, and its answer fits the description.
    async fn ask(&mut self, method: Method, template: &str, id: &str, params: Value) -> Value {
        let verb = method.as_str().to_lowercase();
        let operation = self.description["paths"][template][&verb].clone();
        assert!(operation.is_object(), "the description knows no {method} {template}");
        let mut pairs = Vec::new();
        form("", &params, &mut pairs);
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let start = template.find('{').unwrap_or(template.len());
        let end = template.find('}').map_or(template.len(), |end| end + 1);
        let path = format!("{}{id}{}", &template[..start], &template[end..]);
        let what = format!("{method} {template}");
        let reply = if method == Method::POST {
            let schema = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
            fits(&validator(&self.description, schema), &params, &what);
            self.desk.post(&path, &encoded).await.ok()
        } else {
            let known: Vec<&str> = operation["parameters"].as_array().into_iter().flatten().map(|known| text(known, "name")).collect();
            assert!(params.as_object().unwrap().keys().all(|name| known.contains(&name.as_str())), "{what} knows {known:?}");
            self.desk.get(&format!("{path}?{encoded}")).await.ok()
        };
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let validator = validator(&self.description, schema);
        fits(&validator, &reply, &what);
        assert!(!validator.is_valid(&json!({"object": "something else"})), "{what}: the description would take anything");
        self.seen.push(what);
        reply
    }

    async fn post(&mut self, template: &str, id: &str, params: Value) -> Value {
        self.ask(Method::POST, template, id, params).await
    }

    async fn get(&mut self, template: &str, id: &str, params: Value) -> Value {
        self.ask(Method::GET, template, id, params).await
    }
}

#[tokio::test]
async fn our_requests_and_the_answers_fit_stripes_description() {
    let Some(description) = description() else {
        println!("SKIPPED: {FILE} is neither in GUILDHALL_SHARED_DATA nor in ../shared/data");
        return;
    };
    let mut checked = Checked { desk: Desk::open().await, description, seen: Vec::new() };
    money_in(&mut checked).await;
    money_out(&mut checked).await;
    assert!(checked.seen.len() >= 20, "{:?}", checked.seen);
}

async fn money_in(checked: &mut Checked) {
    let customer = checked.post("/v1/customers", "", json!({"email": "ana@example.org", "metadata": {"person": "1"}})).await;
    let pay = json!({
        "amount": 4200, "currency": "eur", "customer": customer["id"], "payment_method": "pm_card_bypassPending", "confirm": true,
        "metadata": {"sale": "7"}, "transfer_group": "sale-7", "payment_method_types": ["card"], "description": "two mugs",
    });
    let intent = checked.post("/v1/payment_intents", "", pay).await;
    checked.get("/v1/payment_intents/{intent}", text(&intent, "id"), json!({})).await;
    let charge = checked.get("/v1/charges/{charge}", text(&intent, "latest_charge"), json!({"expand": ["balance_transaction"]})).await;
    checked.get("/v1/charges", "", json!({"transfer_group": "sale-7", "limit": 3})).await;
    let refund = checked.post("/v1/refunds", "", json!({"charge": charge["id"], "amount": 200, "metadata": {"line": "1"}})).await;
    checked.get("/v1/refunds/{refund}", text(&refund, "id"), json!({})).await;
    checked.get("/v1/balance_transactions", "", json!({"type": "charge", "limit": 5, "created": {"gte": 1}})).await;
    checked.get("/v1/balance", "", json!({})).await;

    let pay = json!({"amount": 900, "currency": "eur", "payment_method": "pm_card_createDispute", "confirm": true});
    let disputed = checked.post("/v1/payment_intents", "", pay).await;
    let list = checked.get("/v1/disputes", "", json!({"charge": disputed["latest_charge"]})).await;
    let answer = json!({"evidence": {"uncategorized_text": "winning_evidence"}, "submit": true});
    checked.post("/v1/disputes/{dispute}", text(&list["data"][0], "id"), answer).await;
    checked.get("/v1/events", "", json!({"types": ["charge.updated", "refund.created"], "limit": 4})).await;
}

async fn money_out(checked: &mut Checked) {
    let account = json!({
        "type": "express", "country": "DE", "email": "ben@example.org", "metadata": {"party": "4"},
        "capabilities": {"transfers": {"requested": true}},
    });
    let account = checked.post("/v1/accounts", "", account).await;
    let id = text(&account, "id").to_owned();
    let link = json!({
        "account": id, "type": "account_onboarding", "return_url": "http://localhost/back", "refresh_url": "http://localhost/again",
    });
    checked.post("/v1/account_links", "", link).await;
    checked.desk.control(&format!("/accounts/{id}/onboard"), Value::Null).await.ok();
    checked.get("/v1/accounts/{account}", &id, json!({})).await;
    let send = json!({"amount": 1000, "currency": "eur", "destination": id, "transfer_group": "run-1", "metadata": {"line": "9"}});
    let transfer = checked.post("/v1/transfers", "", send).await;
    checked.post("/v1/transfers/{id}/reversals", text(&transfer, "id"), json!({"amount": 400, "metadata": {"why": "refund"}})).await;
    checked.get("/v1/transfers/{transfer}", text(&transfer, "id"), json!({})).await;
    checked.get("/v1/transfers", "", json!({"transfer_group": "run-1", "destination": id})).await;
    checked.post("/v1/payouts", "", json!({"amount": 500, "currency": "eur", "metadata": {"to": "bank"}})).await;
    let hook = json!({"url": "http://localhost/hook", "enabled_events": ["charge.updated", "transfer.created"], "connect": true});
    checked.post("/v1/webhook_endpoints", "", hook).await;
}
