//! The tree of categories.

use serde_json::{Value, json};

use super::stage::makers;
use crate::graph::app::{Answer, App, Client};

const CREATE: &str =
    "mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { category { id handle depth } problems { code message } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: UpdateCategoryInput!) { updateCategory(id: $id, input: $input) {
    category { id name depth parent { name } } problems { code message } } }";
const DELETE: &str = "mutation ($id: ID!) { deleteCategory(id: $id) { deleted { id } problems { code message } } }";

impl Client {
    async fn creates_category(&self, name: &str, parent: &Value) -> Answer {
        self.ask(CREATE, json!({"input": {"name": name, "parent": parent}})).await
    }

    async fn moves(&self, id: &Value, parent: &Value) -> Answer {
        self.ask(UPDATE, json!({"id": id, "input": {"parent": parent}})).await
    }
}

async fn tree(app: &App) -> Vec<(String, i64)> {
    let all = app.member.ask("{ categories { name depth } }", json!({})).await.at("/categories");
    all.as_array().unwrap().iter().map(|one| (one["name"].as_str().unwrap().to_owned(), one["depth"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn a_category_moves_with_everything_below_it_and_never_below_itself() {
    let app = App::open().await;
    let create = async |name: &str, parent: &Value| app.admin.creates_category(name, parent).await.at("/createCategory/category/id");
    let home = create("Home", &Value::Null).await;
    let kitchen = create("Kitchen", &home).await;
    let cups = create("Cups", &kitchen).await;
    let garden = create("Garden", &Value::Null).await;
    assert_eq!(app.admin.moves(&kitchen, &garden).await.at("/updateCategory/category/parent/name"), "Garden");
    let expected = [("Garden", 1), ("Home", 1), ("Kitchen", 2), ("Cups", 3)].map(|(name, depth)| (name.to_owned(), depth));
    assert_eq!(tree(&app).await, expected);
    assert_eq!(app.admin.moves(&garden, &cups).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.admin.moves(&garden, &garden).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.admin.moves(&kitchen, &Value::Null).await.at("/updateCategory/category/depth"), 1);
    assert_eq!(tree(&app).await.last().unwrap(), &("Cups".to_owned(), 2));
    // Eight floors, and none below
    let mut lowest = cups.clone();
    for floor in 3..=8 {
        lowest = create(&format!("Floor {floor}"), &lowest).await;
    }
    assert_eq!(app.admin.creates_category("Cellar", &lowest).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.admin.moves(&kitchen, &home).await.codes(), ["INVALID_INPUT"], "what hangs below counts");
    app.api.stop().await;
}

#[tokio::test]
async fn categories_are_named_once_beside_each_other_and_deleted_when_nothing_is_in_them() {
    let app = App::open().await;
    let home = app.admin.creates_category("Home", &Value::Null).await.at("/createCategory/category/id");
    assert_eq!(app.admin.creates_category("home", &Value::Null).await.codes(), ["CONFLICT"]);
    assert_eq!(app.admin.creates_category(" ", &Value::Null).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.admin.creates_category("Cups", &json!("nonsense")).await.codes(), ["NOT_FOUND"]);
    let delete = async |client: &Client| client.ask(DELETE, json!({"id": home})).await;
    let cup = json!({"texts": [{"language": "en", "title": "Cup"}], "category": home});
    let made = app.admin.creates(&cup).await;
    assert_eq!(delete(&app.admin).await.codes(), ["NOT_NOW"]);
    for client in [&app.member, &app.treasurer] {
        assert_eq!(delete(client).await.codes(), ["FORBIDDEN"]);
        assert_eq!(client.creates_category("Mine", &Value::Null).await.codes(), ["FORBIDDEN"]);
        assert_eq!(client.moves(&home, &Value::Null).await.codes(), ["FORBIDDEN"]);
    }
    assert_eq!(delete(&app.neighbour).await.codes(), ["NOT_FOUND"]);
    assert_eq!(app.neighbour.moves(&home, &Value::Null).await.codes(), ["NOT_FOUND"]);
    assert_eq!(app.neighbour.creates_category("Below", &home).await.codes(), ["NOT_FOUND"]);
    assert_eq!(makers(&app).await.len(), 3);
    app.admin.updates(&made.at("/createProduct/product/id"), &json!({"category": null})).await.data();
    assert_eq!(delete(&app.admin).await.at("/deleteCategory/deleted/id"), home);
    assert_eq!(delete(&app.admin).await.codes(), ["NOT_FOUND"]);
    app.api.stop().await;
}
