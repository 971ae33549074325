//! Nobody gets in who does not belong: every root field and every walled table, tried from outside.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::{
    app::{Answer, App, Client},
    cases::{Case, Ids, Takes, all},
};

const ROOTS: &str = "{ __schema { queryType { fields { name } } mutationType { fields { name } } subscriptionType { fields { name } } } }";

/// Root fields that no case tries, one a line.
const UNTRIED: &str = include_str!("untried.txt");

async fn root_fields(client: &Client) -> BTreeSet<String> {
    let schema = client.ask(ROOTS, json!({})).await.data();
    let roots = ["queryType", "mutationType", "subscriptionType"].map(|root| schema["__schema"][root]["fields"].clone());
    let fields = roots.iter().filter_map(Value::as_array).flatten();
    fields.map(|field| field["name"].as_str().expect("a field has a name").to_owned()).collect()
}

#[tokio::test]
async fn a17_every_root_field_has_a_case_or_is_on_the_committed_list() {
    let app = App::open().await;
    let fields = root_fields(&app.admin).await;
    let ids = Ids::of(&app).await;
    let mut tried: BTreeSet<String> = all(&ids).iter().map(|case| case.field.to_owned()).collect();
    let untried: BTreeSet<String> = UNTRIED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(tried.intersection(&untried).collect::<Vec<_>>(), Vec::<&String>::new(), "what is tried comes off the list");
    tried.extend(untried);
    // Tried over a socket, by the test of the same name in socket.rs
    tried.extend(super::socket::TRIED.map(str::to_owned));
    assert_eq!(tried, fields, "a new root field takes a case in tests/graph/cases.rs");
    app.api.stop().await;
}

/// Whether nothing came: no data, or nothing but nulls in it.
fn is_empty(answer: &Answer) -> bool {
    fn empty(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Object(fields) => fields.iter().all(|(name, value)| name == "problems" || empty(value)),
            Value::Array(items) => items.iter().all(empty),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
    }
    empty(&answer.json()["data"])
}

#[tokio::test]
async fn a17_a_stranger_an_outsider_and_a_member_without_the_permission_get_nothing_from_any_root_field() {
    let app = App::open().await;
    let ids = Ids::of(&app).await;
    let mut wrong = Vec::new();
    for Case { field, takes, ask, variables } in all(&ids) {
        let mut expect = async |who: &str, client: &Client, code: &str| {
            let answer = client.ask(ask, variables.clone()).await;
            if answer.codes() != [code] || !is_empty(&answer) {
                wrong.push(format!("{field} asked by {who}: {} instead of {code}", answer.body));
            }
        };
        if takes != Takes::Nothing {
            expect("a stranger", &app.stranger, "SIGN_IN_NEEDED").await;
        }
        if matches!(takes, Takes::Member | Takes::Permission) {
            expect("an outsider", &app.outsider, "NOT_FOUND").await;
        }
        if takes == Takes::Permission {
            expect("a guest", &app.guest, "FORBIDDEN").await;
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    app.api.stop().await;
}

#[tokio::test]
async fn a1_a_neighbour_who_knows_every_id_gets_no_row_of_another_coop() {
    let app = App::open().await;
    let ids = Ids::of(&app).await;
    let mut wrong = Vec::new();
    for Case { field, ask, variables, .. } in all(&ids) {
        let answer = app.neighbour.ask(ask, variables.clone()).await;
        let mut data = answer.json()["data"].clone();
        for payload in data.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
            // A problem may name the id that was asked for
            payload.as_object_mut().map(|payload| payload.remove("problems"));
        }
        let told = data.to_string();
        let leaks = ids.all().into_iter().any(|id| told.contains(id)) || told.contains("harbour");
        let broken = answer.codes().iter().any(|code| ["INTERNAL", "BAD_REQUEST", "SIGN_IN_NEEDED"].contains(&code.as_str()));
        if leaks || broken {
            wrong.push(format!("{field}: {}", answer.body));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    app.api.stop().await;
}

#[tokio::test]
async fn a17_every_case_is_one_that_an_admin_may_ask() {
    let app = App::open().await;
    let ids = Ids::of(&app).await;
    let mut wrong = Vec::new();
    for Case { field, ask, variables, .. } in all(&ids) {
        let answer = app.admin.ask(ask, variables).await;
        let no = ["INTERNAL", "BAD_REQUEST", "SIGN_IN_NEEDED", "FORBIDDEN", "NOT_FOUND", "INVALID_INPUT"];
        if answer.codes().iter().any(|code| no.contains(&code.as_str())) {
            wrong.push(format!("{field}: {}", answer.body));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    app.api.stop().await;
}

#[tokio::test]
async fn a1_every_table_of_a_coop_is_walled_and_shows_a_neighbour_nothing() {
    let app = App::open().await;
    let owner = app.db.owner().await;
    let tables = "
        select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as walled,
               has_table_privilege('guildhall_app', c.oid, 'select') as readable,
               (select count(*) from pg_policy where polrelid = c.oid) as policies
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'coop_id' and not a.attisdropped
        where n.nspname = 'public' and c.relkind in ('r', 'p') order by 1";
    let rows = sqlx::query(tables).fetch_all(&owner).await.unwrap();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for row in &rows {
        let name: String = row.get("name");
        // Global, and named as such in their migrations: they say whose something is before anybody acts in a co-op
        if ["coop", "stripe_event", "stripe_ref"].contains(&name.as_str()) {
            continue;
        }
        if !row.get::<bool, _>("walled") || row.get::<i64, _>("policies") == 0 {
            wrong.push(format!("{name} has no wall"));
        }
        if !row.get::<bool, _>("readable") {
            continue;
        }
        let count = |coop: i32| format!("select count(*) from {name} where coop_id = {coop}");
        let (harbour, quarry) = (app.harbour.coop.id.0, app.quarry.coop.id.0);
        let own: i64 = sqlx::query(AssertSqlSafe(count(harbour))).fetch_one(&owner).await.unwrap().get(0);
        seen += usize::from(own > 0);
        let mut tx = app.db.pools.sqlx.begin().await.unwrap();
        let foreign: i64 = {
            sqlx::query(AssertSqlSafe(format!("set local guildhall.coops = '{quarry}'"))).execute(&mut *tx).await.unwrap();
            sqlx::query(AssertSqlSafe(count(harbour))).fetch_one(&mut *tx).await.unwrap().get(0)
        };
        if foreign != 0 {
            wrong.push(format!("{name} shows {foreign} rows of Harbour in Quarry's name"));
        }
    }
    owner.close().await;
    assert_eq!(wrong, Vec::<String>::new());
    assert!(rows.len() > 25 && seen > 15, "{} tables were walked, {seen} of them with rows", rows.len());
    app.api.stop().await;
}
