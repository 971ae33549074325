//! Events as Stripe words them.

use kernel::{CoopId, SaleId};
use serde_json::{Value, json};

/// The sale's objects share its number.
pub(super) struct Stripe {
    pub(super) coop: CoopId,
    pub(super) sale: SaleId,
    pub(super) amount: i64,
}

const AT: i64 = 1_793_880_000; // 2026-11-05 12:00:00 UTC

impl Stripe {
    fn name(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.sale.0.simple())
    }

    fn event(&self, kind: &str, nth: u32, object: &Value) -> String {
        json!({"id": format!("evt_{}_{kind}_{nth}", self.sale.0.simple()), "object": "event", "type": kind, "created": AT + i64::from(nth),
            "livemode": false, "api_version": "2026-10-28.endive", "data": {"object": object}})
        .to_string()
    }

    fn metadata(&self) -> Value {
        json!({"guildhall_coop": self.coop.to_string(), "guildhall_sale": self.sale.to_string()})
    }

    fn charge(&self, balance_transaction: &Value) -> Value {
        json!({"id": self.name("ch"), "object": "charge", "amount": self.amount, "amount_captured": self.amount, "currency": "eur", "paid": true,
            "captured": true, "payment_intent": self.name("pi"), "balance_transaction": balance_transaction, "metadata": self.metadata(), "created": AT})
    }

    pub(super) fn intent_succeeded(&self) -> String {
        let object = json!({"id": self.name("pi"), "object": "payment_intent", "amount": self.amount, "amount_received": self.amount, "currency": "eur",
            "latest_charge": self.name("ch"), "metadata": self.metadata(), "status": "succeeded"});
        self.event("payment_intent.succeeded", 0, &object)
    }

    pub(super) fn charge_succeeded(&self) -> String {
        self.event("charge.succeeded", 1, &self.charge(&Value::Null))
    }

    /// The fee comes along, expanded.
    pub(super) fn charge_updated(&self, fee: i64) -> String {
        self.event("charge.updated", 2, &self.charge(&self.balance_transaction(fee)))
    }

    /// The fee is only named.
    pub(super) fn charge_updated_naming(&self) -> String {
        self.event("charge.updated", 2, &self.charge(&json!(self.name("txn"))))
    }

    pub(super) fn balance_transaction(&self, fee: i64) -> Value {
        json!({"id": self.name("txn"), "object": "balance_transaction", "amount": self.amount, "fee": fee, "net": self.amount - fee, "currency": "eur",
            "available_on": AT + 2 * 86_400, "created": AT + 1, "reporting_category": "charge", "source": self.name("ch"), "exchange_rate": null})
    }

    pub(super) fn in_dollars(&self, gross: i64, fee: i64, rate: f64) -> String {
        let mut transaction = self.balance_transaction(fee);
        transaction["currency"] = json!("usd");
        (transaction["amount"], transaction["net"], transaction["exchange_rate"]) = (json!(gross), json!(gross - fee), json!(rate));
        self.event("charge.updated", 2, &self.charge(&transaction))
    }

    pub(super) fn refund(&self, nth: u32, amount: i64, status: &str, lines: Option<Value>) -> String {
        let metadata = lines.map_or_else(|| json!({}), |lines| json!({"guildhall_lines": lines.to_string()}));
        let object = json!({"id": format!("{}_{nth}", self.name("re")), "object": "refund", "amount": amount, "currency": "eur", "status": status,
            "charge": self.name("ch"), "payment_intent": self.name("pi"), "metadata": metadata, "created": AT + 100 + i64::from(nth)});
        let kind = match status {
            "failed" => "refund.failed",
            "pending" => "refund.created",
            _ => "refund.updated",
        };
        self.event(kind, 10 + nth, &object)
    }

    pub(super) fn dispute(&self, kind: &str, status: &str, movements: &[(&str, i64, i64)]) -> String {
        let movements: Vec<Value> = movements
            .iter()
            .map(|(name, amount, fee)| {
                json!({"id": format!("{}_{name}", self.name("txn")), "object": "balance_transaction", "amount": amount, "fee": fee, "net": amount - fee,
                    "currency": "eur", "available_on": AT + 300, "created": AT + 300})
            })
            .collect();
        let object = json!({"id": self.name("dp"), "object": "dispute", "amount": self.amount, "currency": "eur", "charge": self.name("ch"),
            "payment_intent": self.name("pi"), "reason": "fraudulent", "status": status, "balance_transactions": movements, "metadata": {}, "created": AT + 200});
        self.event(&format!("charge.dispute.{kind}"), 30, &object)
    }

    /// Opened, withdrawn, and closed as told.
    pub(super) fn whole_dispute(&self, won: bool) -> Vec<String> {
        let out = ("out", -self.amount, 1500);
        let back = ("back", self.amount, 0);
        let mut events = vec![self.dispute("created", "needs_response", &[]), self.dispute("funds_withdrawn", "needs_response", &[out])];
        if won {
            events.push(self.dispute("funds_reinstated", "won", &[out, back]));
            events.push(self.dispute("closed", "won", &[out, back]));
        } else {
            events.push(self.dispute("closed", "lost", &[out]));
        }
        events
    }

    pub(super) fn paid_and_settled(&self, fee: i64) -> Vec<String> {
        vec![self.intent_succeeded(), self.charge_succeeded(), self.charge_updated(fee)]
    }
}
