//! A case for each root field about shared costs.

use serde_json::{Value, json};

use crate::graph::app::App;

/// A field, whether it takes a permission, a question and its variables.
pub(crate) type Case = (&'static str, bool, &'static str, Value);

const OPEN: &str = "mutation ($key: String!, $input: OpenCostPoolInput!) {
    openCostPool(idempotencyKey: $key, input: $input) { pool { id sharers { party { id } measure } } problems { code message } } }";
const CHARGE: &str =
    "mutation ($pool: ID!) { chargeCostPool(idempotencyKey: \"walk-rent\", input: {pool: $pool, month: \"2026-11\", amount: \"1001\"}) {
    charge { month amount { shown } shares { party { id } weight amount { minor } } } problems { code message } } }";

/// The id of a pool of Harbour that its first party shares with nobody.
pub(crate) async fn pool(app: &App, party: &str) -> String {
    app.admin.ask(OPEN, json!({"key": "walk-pool", "input": input(party)})).await.text("/openCostPool/pool/id")
}

fn input(party: &str) -> Value {
    json!({"name": "Rent of the hall", "rule": "MEASURE", "sharers": [{"party": party, "measure": "12"}]})
}

/// Every case.
pub(crate) fn cases(pool: &str, party: &str) -> Vec<Case> {
    vec![
        ("costPools", true, "{ costPools { nodes { id name currency rule sharers { party { id } measure } } } }", json!({})),
        ("openCostPool", true, OPEN, json!({"key": "walk-pool-2", "input": input(party)})),
        ("chargeCostPool", true, CHARGE, json!({"pool": pool})),
        (
            "costCharge",
            true,
            "query ($pool: ID!) { costCharge(pool: $pool, month: \"2026-11\") { amount { minor } shares { weight } } }",
            json!({"pool": pool}),
        ),
    ]
}
