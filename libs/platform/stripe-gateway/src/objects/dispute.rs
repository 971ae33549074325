//! A buyer asks their bank for the money back.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{BalanceTransaction, Charge, Expandable, Metadata, PaymentIntent, nullable, open_enum::open_enum};

open_enum! {
    /// How far a dispute has come. The `warning_…` ones are inquiries: no money has moved.
    DisputeStatus {
        /// An inquiry wants an answer.
        WarningNeedsResponse = "warning_needs_response",
        /// An inquiry is being looked at.
        WarningUnderReview = "warning_under_review",
        /// An inquiry ended without a dispute.
        WarningClosed = "warning_closed",
        /// Wants evidence.
        NeedsResponse = "needs_response",
        /// The bank decides.
        UnderReview = "under_review",
        /// The money comes back to us.
        Won = "won",
        /// The money stays with the buyer.
        Lost = "lost",
        /// Settled before it became a dispute.
        Prevented = "prevented",
    }
}

/// One dispute over a charge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Dispute {
    /// `dp_…` or `du_…`.
    pub id: String,
    /// What is disputed, in the currency of the charge.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
    /// The disputed charge.
    pub charge: Expandable<Charge>,
    /// The disputed intent.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// The buyer's reason, such as `product_not_received`.
    pub reason: Option<String>,
    /// How far it has come.
    pub status: DisputeStatus,
    /// Up to two: money withdrawn, and money reinstated. Each has a fee of its own.
    #[serde(default, deserialize_with = "nullable")]
    pub balance_transactions: Vec<BalanceTransaction>,
    /// Whether a refund would still end it.
    #[serde(default)]
    pub is_charge_refundable: bool,
    /// Until when evidence is heard, and whether there is any.
    pub evidence_details: Option<EvidenceDetails>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// When it was opened.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    /// False for test mode.
    #[serde(default)]
    pub livemode: bool,
}

/// How the evidence stands.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EvidenceDetails {
    /// Until when it is heard; none when it is too late or not needed.
    #[serde(default, with = "ts_seconds_option")]
    pub due_by: Option<DateTime<Utc>>,
    /// Whether some is staged.
    #[serde(default)]
    pub has_evidence: bool,
    /// Whether the date has passed.
    #[serde(default)]
    pub past_due: bool,
    /// How often it was handed in; mostly it can be once.
    #[serde(default, deserialize_with = "nullable")]
    pub submission_count: u32,
}
