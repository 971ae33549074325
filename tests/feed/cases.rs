//! A question for each root field of the feed, the search and the discovery, for the walk over the graph.

use serde_json::{Value, json};

/// Root field, whether it takes a permission, the question, its variables.
pub(crate) fn cases() -> Vec<(&'static str, bool, &'static str, Value)> {
    vec![
        (
            "catalogueChanges",
            true,
            "{ catalogueChanges(since: \"0\") { version until changes { id version now { ... on Product { id title } ... on Category { id } } } } }",
            json!({}),
        ),
        (
            "searchProducts",
            false,
            "{ searchProducts(input: {text: \"mug\"}) { almost products { nodes { id title } } facets { total makers { maker { id } products } categories { category { id } } } } }",
            json!({}),
        ),
        ("coOpListing", true, "{ coOpListing { listed about places { location maker { id } } } }", json!({})),
        (
            "listCoOp",
            true,
            "mutation { listCoOp(input: {listed: false, about: \"By the water\", places: []}) { listing { about } problems { code } } }",
            json!({}),
        ),
    ]
}

/// What strangers may ask.
pub(crate) fn open_cases() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "nearbyMakers",
            "{ nearbyMakers(near: {latitude: 52.37, longitude: 4.9}) { nodes { name handle coOp { slug } place { name metres } } } }",
            json!({}),
        ),
        (
            "nearbyProducts",
            "{ nearbyProducts(near: {latitude: 52.37, longitude: 4.9}) { nodes { title handle from { shown } coOp { slug } place { name metres } } } }",
            json!({}),
        ),
    ]
}
