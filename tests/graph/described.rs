//! The schema: committed, described, and changed only as it is declared.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

use super::app::App;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the root")
}

#[test]
fn the_committed_schema_is_the_one_of_the_code() {
    let committed = fs::read_to_string(root().join("schema.graphql")).expect("schema.graphql is there");
    assert!(committed == ::api::sdl(), "schema.graphql is not what the code says; run `make generate`");
}

const SCHEMA: &str = "{ __schema { types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason args { name description } }
    inputFields { name description } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } } } }";

async fn types() -> Vec<Value> {
    let app = App::open().await;
    let types = app.stranger.ask(SCHEMA, json!({})).await.at("/__schema/types");
    app.api.stop().await;
    types.as_array().unwrap().iter().filter(|one| !one["name"].as_str().unwrap().starts_with("__")).cloned().collect()
}

fn each<'a>(of: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    of[list].as_array().into_iter().flatten()
}

#[tokio::test]
async fn every_type_field_argument_and_value_has_a_description() {
    let mut silent = BTreeSet::new();
    let mut look = |place: String, one: &Value| {
        if one["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            silent.insert(place);
        }
    };
    for one in types().await {
        let name = one["name"].as_str().unwrap().to_owned();
        // The library gives connections no words of their own, and ID is the language's
        if !name.ends_with("Connection") && name != "ID" {
            look(name.clone(), &one);
        }
        for field in each(&one, "fields") {
            let field_name = format!("{name}.{}", field["name"].as_str().unwrap());
            look(field_name.clone(), field);
            for argument in each(field, "args") {
                look(format!("{field_name}({})", argument["name"].as_str().unwrap()), argument);
            }
        }
        for part in each(&one, "inputFields").chain(each(&one, "enumValues")) {
            look(format!("{name}.{}", part["name"].as_str().unwrap()), part);
        }
    }
    assert_eq!(silent, BTreeSet::new());
}

#[tokio::test]
async fn j10_a_deprecation_says_until_when() {
    for one in types().await {
        for part in each(&one, "fields").chain(each(&one, "enumValues")).filter(|part| part["isDeprecated"] == true) {
            let reason = part["deprecationReason"].as_str().unwrap_or_default();
            let dated =
                reason.split_whitespace().any(|word| word.trim_matches(|c: char| !c.is_ascii_digit()).parse::<chrono::NaiveDate>().is_ok());
            assert!(dated, "{}.{}: {reason:?} names no day such as 2027-06-30", one["name"], part["name"]);
        }
    }
}
