//! One case for each root field of the graph: a question that an admin of Harbour may ask, and what it takes to ask it.

use serde_json::{Value, json};

use super::app::App;

/// What a root field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing: whoever is not signed in yet asks it.
    Nothing,
    /// Somebody who signed in, in whichever co-op.
    Person,
    /// A member of the co-op; shows what is open to all of them, or their own.
    Member,
    /// A permission.
    Permission,
}

/// A question.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) field: &'static str,
    pub(super) takes: Takes,
    pub(super) ask: &'static str,
    pub(super) variables: Value,
}

/// What of Harbour the questions are about.
pub(super) struct Ids {
    pub(super) coop: String,
    pub(super) party: String,
    pub(super) run: String,
}

impl Ids {
    /// As Harbour's admin sees them.
    pub(super) async fn of(app: &App) -> Self {
        let found = app.admin.ask("{ coOp { id } parties(first: 1) { nodes { id } } payoutRuns { nodes { id } } }", json!({})).await;
        Self { coop: found.text("/coOp/id"), party: found.text("/parties/nodes/0/id"), run: found.text("/payoutRuns/nodes/0/id") }
    }
}

/// Every case. Mutations that end something come last.
pub(super) fn all(ids: &Ids) -> Vec<Case> {
    use Takes::{Member, Permission};
    let case = |field, takes, ask, variables| Case { field, takes, ask, variables };
    let key = |name: &str| format!("walk-{name}");
    vec![
        case("node", Member, "query ($id: ID!) { node(id: $id) { __typename id } }", json!({"id": ids.run})),
        case(
            "nodes",
            Member,
            "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }",
            json!({"ids": [ids.coop, ids.party, ids.run]}),
        ),
        case("coOp", Member, "{ coOp { id slug name currency timeZone } }", json!({})),
        case("viewer", Member, "{ viewer { permissions party { id name } coOp { slug } } }", json!({})),
        case(
            "parties",
            Member,
            "{ parties { nodes { id handle name email heldReason minimumPayout { shown } payoutAccount { connected } } } }",
            json!({}),
        ),
        case("payoutRuns", Permission, "{ payoutRuns { nodes { id status draftedBy { name } totals { status count } } } }", json!({})),
        case(
            "payoutRun",
            Permission,
            "query ($id: ID!) { payoutRun(id: $id) { id payouts { nodes { id party { name } reason } } } }",
            json!({"id": ids.run}),
        ),
        case("myPayouts", Member, "{ myPayouts { nodes { id amount { shown } } } }", json!({})),
        case(
            "holdPayoutRun",
            Permission,
            "mutation ($id: ID!) { holdPayoutRun(id: $id, reason: \"walk\") { run { id } problems { code } } }",
            json!({"id": ids.run}),
        ),
        case(
            "releasePayoutRun",
            Permission,
            "mutation ($id: ID!) { releasePayoutRun(id: $id) { run { id } problems { code } } }",
            json!({"id": ids.run}),
        ),
        case(
            "approvePayoutRun",
            Permission,
            "mutation ($id: ID!, $key: String!) { approvePayoutRun(id: $id, idempotencyKey: $key) { run { id } problems { code } } }",
            json!({"id": ids.run, "key": key("approve")}),
        ),
        case(
            "cancelPayoutRun",
            Permission,
            "mutation ($id: ID!, $key: String!) { cancelPayoutRun(id: $id, reason: \"walk\", idempotencyKey: $key) { run { id } problems { code } } }",
            json!({"id": ids.run, "key": key("cancel")}),
        ),
        case(
            "draftPayoutRun",
            Permission,
            "mutation ($key: String!) { draftPayoutRun(idempotencyKey: $key, input: {cutoff: \"2026-12-01T00:00:00Z\"}) { run { id } problems { code } } }",
            json!({"key": key("draft")}),
        ),
    ]
}
