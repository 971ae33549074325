//! Customers.

use serde_json::{Value, json};

use super::{Call, Route, delete, get, post};
use crate::{error::ApiError, list, state::text};

const FIELDS: &[&str] =
    &["email", "name", "phone", "description", "metadata", "address", "shipping", "preferred_locales", "invoice_settings", "tax_exempt"];

pub(super) const ROUTES: &[Route] = &[
    post("/v1/customers", FIELDS, create),
    get("/v1/customers", &["limit", "starting_after", "ending_before", "email", "created"], list_all),
    get("/v1/customers/{id}", &[], retrieve),
    post("/v1/customers/{id}", FIELDS, update),
    delete("/v1/customers/{id}", remove),
];

fn create(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let mut customer = json!({
        "id": call.state.new_id("cus"),
        "object": "customer",
        "address": null,
        "balance": 0,
        "created": call.state.now(),
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": null,
        "invoice_prefix": "SIM",
        "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null},
        "livemode": false,
        "metadata": {},
        "name": null,
        "next_invoice_sequence": 1,
        "phone": null,
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    });
    fill(call, &mut customer)?;
    call.state.put(&call.owner, &customer);
    call.state.emit(&call.owner, "customer.created", &customer, None);
    Ok(customer)
}

fn fill(call: &Call<'_>, customer: &mut Value) -> Result<(), ApiError> {
    for field in ["email", "name", "phone", "description", "address", "shipping", "preferred_locales", "tax_exempt"] {
        customer[field] = call.params.json_or(field, &customer[field]);
    }
    customer["metadata"] = call.params.metadata(&customer["metadata"])?;
    Ok(())
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, ApiError> {
    call.get("customer").cloned()
}

fn list_all(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let created = call.params.range("created")?;
    let rows = call.state.all(&call.owner, "customer");
    let rows = rows.filter(|row| created.holds(&row["created"]) && list::matches(&call.params, &["email"], row));
    list::page(call.state, &call.params, "/v1/customers", rows)
}

fn update(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let before = call.get("customer")?.clone();
    let mut customer = before.clone();
    fill(call, &mut customer)?;
    call.state.put(&call.owner, &customer);
    call.state.emit(&call.owner, "customer.updated", &customer, Some(super::events::previous(&before, &customer)));
    Ok(customer)
}

fn remove(call: &mut Call<'_>) -> Result<Value, ApiError> {
    let customer = call.get("customer")?.clone();
    let id = text(&customer, "id");
    call.state.change(crate::journal::Record::Removed { id: id.to_owned() });
    call.state.emit(&call.owner, "customer.deleted", &customer, None);
    Ok(json!({"id": id, "object": "customer", "deleted": true}))
}
