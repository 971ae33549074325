//! A question for each root field of the catalogue, for the walk over the graph.

use serde_json::{Value, json};

use super::stage::{makers, mug};
use crate::graph::app::App;

/// What of Harbour the questions about its catalogue are about.
#[derive(Clone, Debug)]
pub(crate) struct Goods {
    pub(crate) product: String,
    pub(crate) variant: String,
    pub(crate) offer: String,
    pub(crate) category: String,
    /// One that nothing is in.
    pub(crate) empty_category: String,
    pub(crate) medium: String,
    maker: String,
}

impl Goods {
    /// All ids.
    pub(crate) fn all(&self) -> [&str; 6] {
        let Self { product, variant, offer, category, empty_category, medium, maker: _ } = self;
        [product, variant, offer, category, empty_category, medium].map(String::as_str)
    }

    /// Puts a mug with a picture into Harbour's catalogue.
    pub(crate) async fn of(app: &App) -> Self {
        let makers = makers(app).await;
        let category = async |name: &str| {
            let ask = "mutation ($name: String!) { createCategory(input: {name: $name}) { category { id } problems { code } } }";
            app.admin.ask(ask, json!({"name": name})).await.text("/createCategory/category/id")
        };
        let (full, empty) = (category("Ceramics").await, category("Nothing yet").await);
        let mut input = mug(&makers);
        input["category"] = json!(full);
        let made = app.admin.creates(&input).await;
        let text = |path: &str| made.text(&format!("/createProduct/product{path}"));
        let product = text("/id");
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0";
        let path = format!("/files/media?product={product}");
        let sent = app.admin.send_as(("POST", &path), "image/png", &[], png).await.json();
        Self {
            variant: text("/variants/0/id"),
            offer: text("/variants/0/offers/0/id"),
            category: full,
            empty_category: empty,
            medium: sent["id"].as_str().expect("a picture has an id").to_owned(),
            maker: makers[0].as_str().expect("a maker has an id").to_owned(),
            product,
        }
    }
}

/// Root field, whether it takes a permission, the question, its variables. What ends something comes last.
#[expect(clippy::too_many_lines, reason = "a table: a row for each root field")]
pub(crate) fn cases(goods: &Goods) -> Vec<(&'static str, bool, &'static str, Value)> {
    let Goods { product, variant, offer, category, empty_category, medium, maker } = goods;
    vec![
        (
            "products",
            true,
            "{ products { nodes { id handle variants { id offers { id maker { id } } } media { id url } category { id } } } }",
            json!({}),
        ),
        ("product", true, "query ($id: ID!) { product(id: $id) { id texts { title } attributes { value } } }", json!({"id": product})),
        ("variant", true, "query ($id: ID!) { variant(by: {id: $id}) { id sku product { id } } }", json!({"id": variant})),
        ("categories", true, "{ categories { id name parent { id } } }", json!({})),
        ("myOffers", false, "{ myOffers { nodes { id variant { id } } } }", json!({})),
        (
            "createProduct",
            true,
            "mutation ($maker: ID!) { createProduct(input: {texts: [{language: \"en\", title: \"Walk\"}], variants: [{sku: \"WALK\", offers: [{maker: $maker}]}]}) { product { id } problems { code } } }",
            json!({"maker": maker}),
        ),
        (
            "updateProduct",
            true,
            "mutation ($id: ID!) { updateProduct(id: $id, input: {status: ARCHIVED}) { product { id status } problems { code } } }",
            json!({"id": product}),
        ),
        (
            "saveProducts",
            true,
            "mutation ($id: ID!) { saveProducts(rows: [{id: $id, status: ACTIVE}]) { rows { product { id } problems { code } } problems { code } } }",
            json!({"id": product}),
        ),
        (
            "setPrices",
            true,
            "mutation ($id: ID!) { setPrices(rows: [{offer: $id, currency: \"EUR\", amount: \"5\"}]) { rows { offer { id } } problems { code } } }",
            json!({"id": offer}),
        ),
        (
            "offerVariant",
            true,
            "mutation ($variant: ID!, $maker: ID!) { offerVariant(input: {variant: $variant, maker: $maker}) { offer { id } problems { code } } }",
            json!({"variant": variant, "maker": maker}),
        ),
        (
            "withdrawOffer",
            true,
            "mutation ($id: ID!) { withdrawOffer(id: $id) { offer { id withdrawnAt } problems { code } } }",
            json!({"id": offer}),
        ),
        (
            "createCategory",
            true,
            "mutation ($parent: ID!) { createCategory(input: {name: \"Walk\", parent: $parent}) { category { id } problems { code } } }",
            json!({"parent": category}),
        ),
        (
            "updateCategory",
            true,
            "mutation ($id: ID!) { updateCategory(id: $id, input: {position: 3}) { category { id } problems { code } } }",
            json!({"id": category}),
        ),
        (
            "deleteCategory",
            true,
            "mutation ($id: ID!) { deleteCategory(id: $id) { deleted { id } problems { code } } }",
            json!({"id": empty_category}),
        ),
        (
            "updateMedium",
            true,
            "mutation ($id: ID!) { updateMedium(id: $id, alt: \"Walk\") { medium { id } problems { code } } }",
            json!({"id": medium}),
        ),
        ("removeMedium", true, "mutation ($id: ID!) { removeMedium(id: $id) { medium { id } problems { code } } }", json!({"id": medium})),
    ]
}
