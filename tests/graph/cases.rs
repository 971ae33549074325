//! One case for each root field of the graph: a question that an admin of Harbour may ask, and what it takes to ask it.

use serde_json::{Value, json};

use super::{
    app::App,
    joining::{self, Joining},
};
use crate::{catalogue::Goods, drops::Promised, imports::Imported, stock::Shelf};

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
    pub(super) sale: String,
    pub(super) agreement: String,
    pub(super) version: String,
    pub(super) statement: String,
    pub(super) event: String,
    pub(super) joining: Joining,
    pub(super) goods: Goods,
    pub(super) promised: Promised,
    pub(super) shelf: Shelf,
    pub(super) imported: Imported,
    pub(super) cost_pool: String,
    pub(super) api_key: String,
}

impl Ids {
    /// As Harbour's admin sees them.
    pub(super) async fn of(app: &App) -> Self {
        let ask = "{ coOp { id } parties(first: 1) { nodes { id } } payoutRuns { nodes { id } } sales(first: 1) { nodes { id } }
            agreements { nodes { id versions { id } } } statements(first: 1) { nodes { id } } parkedEvents { nodes { id } } }";
        let found = app.admin.ask(ask, json!({})).await;
        let party = found.text("/parties/nodes/0/id");
        let goods = Goods::of(app).await;
        Self {
            cost_pool: crate::costs::pool(app, &party).await,
            coop: found.text("/coOp/id"),
            party: found.text("/parties/nodes/0/id"),
            run: found.text("/payoutRuns/nodes/0/id"),
            joining: Joining::of(app).await,
            shelf: Shelf::of(app, &goods.variant, &party).await,
            goods,
            imported: Imported::of(app).await,
            promised: Promised::of(app).await,
            sale: found.text("/sales/nodes/0/id"),
            agreement: found.text("/agreements/nodes/0/id"),
            version: found.text("/agreements/nodes/0/versions/0/id"),
            statement: found.text("/statements/nodes/0/id"),
            event: found.text("/parkedEvents/nodes/0/id"),
            api_key: app.admin.ask(CREATE_KEY, json!({"name": "Walk"})).await.text("/createApiKey/made/key/id"),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<&str> {
        let Self {
            coop,
            party,
            run,
            sale,
            agreement,
            version,
            statement,
            event,
            api_key,
            goods,
            promised,
            shelf,
            imported,
            cost_pool,
            joining: _,
        } = self;
        let own = [coop, party, run, sale, agreement, version, statement, event, api_key, cost_pool].map(String::as_str);
        own.into_iter().chain(goods.all()).chain(promised.all()).chain(shelf.all()).chain(imported.all()).collect()
    }
}

/// An agreement to try out.
pub(super) fn draft() -> Value {
    json!({"layer": "CO_OP", "body": {"name": "Co-op default", "shortfall": "co_op", "steps": [
        {"step": "percent", "to": "venue", "of": "gross", "rate": "12 %"},
        {"step": "percent", "to": "co_op", "of": "gross", "rate": "10 %"},
        {"step": "owners", "share": "rest"},
    ]}})
}

const CREATE_KEY: &str = "mutation ($name: String!) {
    createApiKey(input: {name: $name, permissions: [\"sales.read\"], expiresAt: \"2027-06-01T00:00:00Z\"}) { made { token key { id } } problems { code } } }";

/// Every case. Mutations that end something come last.
pub(super) fn all(ids: &Ids) -> Vec<Case> {
    books(ids)
        .into_iter()
        .chain(goods(&ids.goods))
        .chain(promised(&ids.promised))
        .chain(shelf(&ids.shelf))
        .chain(imported(&ids.imported))
        .chain(costs(ids))
        .chain(found())
        .chain(joining::cases(&ids.joining))
        .chain(door())
        .collect()
}

/// Those of the catalogue.
fn goods(goods: &Goods) -> impl Iterator<Item = Case> {
    let takes = |is_permission: bool| if is_permission { Takes::Permission } else { Takes::Member };
    crate::catalogue::cases(goods).into_iter().map(move |(field, is_permission, ask, variables)| Case {
        field,
        takes: takes(is_permission),
        ask,
        variables,
    })
}

/// Those of the stock.
fn shelf(shelf: &Shelf) -> impl Iterator<Item = Case> {
    let takes = |is_permission: bool| if is_permission { Takes::Permission } else { Takes::Member };
    crate::stock::cases(shelf).into_iter().map(move |(field, is_permission, ask, variables)| Case {
        field,
        takes: takes(is_permission),
        ask,
        variables,
    })
}

/// Those of product imports.
fn imported(imported: &Imported) -> impl Iterator<Item = Case> {
    let takes = |is_permission: bool| if is_permission { Takes::Permission } else { Takes::Member };
    crate::imports::cases(imported).into_iter().map(move |(field, is_permission, ask, variables)| Case {
        field,
        takes: takes(is_permission),
        ask,
        variables,
    })
}

/// Those of promises of stock.
fn promised(promised: &Promised) -> impl Iterator<Item = Case> {
    let takes = |is_permission: bool| if is_permission { Takes::Permission } else { Takes::Member };
    crate::drops::cases(promised).into_iter().map(move |(field, is_permission, ask, variables)| Case {
        field,
        takes: takes(is_permission),
        ask,
        variables,
    })
}

/// Those of the feed, the search and the discovery.
fn found() -> impl Iterator<Item = Case> {
    let takes = |is_permission: bool| if is_permission { Takes::Permission } else { Takes::Member };
    let open = crate::feed::open_cases().into_iter().map(|(field, ask, variables)| Case { field, takes: Takes::Nothing, ask, variables });
    let known = crate::feed::cases().into_iter();
    known.map(move |(field, is_permission, ask, variables)| Case { field, takes: takes(is_permission), ask, variables }).chain(open)
}

/// Those of shared costs.
fn costs(ids: &Ids) -> impl Iterator<Item = Case> {
    let takes = |is_permission: bool| if is_permission { Takes::Permission } else { Takes::Member };
    crate::costs::cases(&ids.cost_pool, &ids.party).into_iter().map(move |(field, is_permission, ask, variables)| Case {
        field,
        takes: takes(is_permission),
        ask,
        variables,
    })
}

/// Those of the door.
fn door() -> impl Iterator<Item = Case> {
    let takes = |is_signed: bool| if is_signed { Takes::Person } else { Takes::Nothing };
    crate::access::cases().into_iter().map(move |(field, is_signed, ask, variables)| Case {
        field,
        takes: takes(is_signed),
        ask,
        variables,
    })
}

#[expect(clippy::too_many_lines, reason = "a table: a row for each root field")]
fn books(ids: &Ids) -> Vec<Case> {
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
        case("apiKeys", Permission, "{ apiKeys { nodes { id name madeBy { name } secrets { number } } } }", json!({})),
        case("apiKey", Permission, "query ($id: ID!) { apiKey(id: $id) { id prefix permissions } }", json!({"id": ids.api_key})),
        case("fieldUses", Permission, "{ fieldUses { nodes { field uses apiKeyId } } }", json!({})),
        case("auditEntries", Permission, "{ auditEntries { nodes { id sentence changes { column before after } } } }", json!({})),
        case("createApiKey", Permission, CREATE_KEY, json!({"name": "Shop"})),
        case(
            "rotateApiKey",
            Permission,
            "mutation ($id: ID!) { rotateApiKey(id: $id, overlapHours: 1) { made { token key { id } } problems { code } } }",
            json!({"id": ids.api_key}),
        ),
        case(
            "revokeApiKey",
            Permission,
            "mutation ($id: ID!) { revokeApiKey(id: $id) { key { id status } problems { code } } }",
            json!({"id": ids.api_key}),
        ),
        case("sales", Permission, "{ sales { nodes { id gross { shown } venue { name } } } }", json!({})),
        case("mySales", Member, "{ mySales { nodes { id gross { shown } } } }", json!({})),
        case(
            "sale",
            Member,
            "query ($id: ID!) { sale(id: $id) { id explanation { text lines { shares { to amount { shown } } } } } }",
            json!({"id": ids.sale}),
        ),
        case("agreements", Permission, "{ agreements { nodes { id name versions { id number body } } } }", json!({})),
        case("agreement", Permission, "query ($id: ID!) { agreement(id: $id) { id layer } }", json!({"id": ids.agreement})),
        case(
            "validateAgreement",
            Permission,
            "query ($draft: AgreementDraftInput!) { validateAgreement(agreement: $draft) { code path } }",
            json!({"draft": draft()}),
        ),
        case(
            "previewAgreement",
            Permission,
            "query ($draft: AgreementDraftInput!, $line: SampleLineInput!) { previewAgreement(agreement: $draft, line: $line) { shares { to amount { minor } } problems { code } } }",
            json!({"draft": draft(), "line": {"gross": "1000", "owners": [ids.party]}}),
        ),
        case(
            "simulateAgreement",
            Permission,
            "query ($draft: AgreementDraftInput!) { simulateAgreement(agreement: $draft) { lines changes { party { name } change { minor } } problems { code } } }",
            json!({"draft": draft()}),
        ),
        case("balances", Permission, "{ balances { kind party { name } owed { shown } } }", json!({})),
        case("myBalance", Member, "{ myBalance { payable { shown } held { shown } } }", json!({})),
        case("ledgerChecks", Permission, "{ ledgerChecks { checkedAt difference postings } }", json!({})),
        case("statements", Permission, "{ statements { nodes { id number document files { pdf } } } }", json!({})),
        case("myStatements", Member, "{ myStatements { nodes { id number } } }", json!({})),
        case(
            "statement",
            Member,
            "query ($id: ID!) { statement(id: $id) { id party { name } closing { shown } } }",
            json!({"id": ids.statement}),
        ),
        case(
            "statementLine",
            Member,
            "query ($id: ID!) { statementLine(statement: $id, line: 1) { description amount { shown } } }",
            json!({"id": ids.statement}),
        ),
        case("settlementState", Permission, "{ settlementState { parked lastPostedAt } }", json!({})),
        case("parkedEvents", Permission, "{ parkedEvents { nodes { id eventId reason } } }", json!({})),
        case("myPayouts", Member, "{ myPayouts { nodes { id amount { shown } } } }", json!({})),
        case(
            "markStatementViewed",
            Member,
            "mutation ($id: ID!) { markStatementViewed(id: $id) { statement { id } problems { code } } }",
            json!({"id": ids.statement}),
        ),
        case(
            "replayParkedEvent",
            Permission,
            "mutation ($id: ID!) { replayParkedEvent(id: $id) { event { id } problems { code } } }",
            json!({"id": ids.event}),
        ),
        case(
            "adoptAgreement",
            Permission,
            "mutation ($key: String!, $input: AdoptAgreementInput!) { adoptAgreement(idempotencyKey: $key, input: $input) { version { id } problems { code } } }",
            json!({"key": key("adopt"), "input": {"agreement": draft()}}),
        ),
        case(
            "closeMonth",
            Permission,
            "mutation ($key: String!) { closeMonth(idempotencyKey: $key, month: \"2026-11\") { close { month issued } problems { code } } }",
            json!({"key": key("close")}),
        ),
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
