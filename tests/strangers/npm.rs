//! Stripe's package from npm: installed once by the lock file of the stand-in's tests, asked through a script.

use std::path::Path;

use serde_json::{Value, json};

use super::{NOW, SECRET};
use crate::node::Node;

const SCRIPT: &str = include_str!("stripe.mjs");

/// The installed package.
pub(super) struct StripePackage(Node);

impl StripePackage {
    /// `None`, after saying why, where node, npm or the registry is missing.
    pub(super) async fn get() -> Option<Self> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../services/stripe-sim/tests/node");
        Node::with_packages("strangers-node", &sources, SCRIPT).await.map(Self)
    }

    /// The `Stripe-Signature` headers that it makes for bodies, now.
    pub(super) async fn sign(&self, bodies: &[String]) -> Vec<String> {
        self.ask(&json!({"sign": bodies, "secret": SECRET, "at": NOW.timestamp()})).await
    }

    /// Its verdict on deliveries, each a header and a body: `believed`, or why not.
    pub(super) async fn judge(&self, deliveries: &[(String, String)]) -> Vec<String> {
        let deliveries: Vec<Value> = deliveries.iter().map(|(header, body)| json!({"header": header, "body": body})).collect();
        self.ask(&json!({"judge": deliveries, "secret": SECRET, "at": NOW.timestamp()})).await
    }

    async fn ask(&self, question: &Value) -> Vec<String> {
        serde_json::from_value(self.0.ask(question).await).expect("the script answers with a list of texts")
    }
}
