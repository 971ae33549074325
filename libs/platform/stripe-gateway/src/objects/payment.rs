//! What a buyer pays: the intent, the charge that fulfils it, and the customer.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{BalanceTransaction, Expandable, Metadata, Transfer, nullable, open_enum::open_enum};
use crate::Secret;

open_enum! {
    /// How far a payment intent has come.
    PaymentIntentStatus {
        /// Waits for a payment method.
        RequiresPaymentMethod = "requires_payment_method",
        /// Waits to be confirmed.
        RequiresConfirmation = "requires_confirmation",
        /// Waits for the buyer, for example 3-D Secure.
        RequiresAction = "requires_action",
        /// On its way.
        Processing = "processing",
        /// Authorised, not captured.
        RequiresCapture = "requires_capture",
        /// Given up.
        Canceled = "canceled",
        /// Paid.
        Succeeded = "succeeded",
    }
}

open_enum! {
    /// How a charge ended.
    ChargeStatus {
        /// Paid, or authorised.
        Succeeded = "succeeded",
        /// On its way.
        Pending = "pending",
        /// Refused.
        Failed = "failed",
    }
}

/// The intent to collect one payment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// What is to be paid.
    pub amount: i64,
    /// What has been paid.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_received: i64,
    /// The currency of both.
    pub currency: String,
    /// How far it has come.
    pub status: Option<PaymentIntentStatus>,
    /// The charge that paid it, or the last that tried to.
    pub latest_charge: Option<Expandable<Charge>>,
    /// The customer it belongs to.
    pub customer: Option<Expandable<Customer>>,
    /// Our name for the sale, shared by its charge and its transfers.
    pub transfer_group: Option<String>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// What the buyer's browser needs to confirm it.
    pub client_secret: Option<Secret>,
    /// Why the last try failed.
    pub last_payment_error: Option<PaymentError>,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    /// False for test mode.
    #[serde(default)]
    pub livemode: bool,
}

/// Why a try to pay failed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PaymentError {
    /// Stripe's code, such as `card_declined`.
    pub code: Option<String>,
    /// The issuer's code, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// A sentence for people.
    pub message: Option<String>,
}

/// One movement of money from a buyer to the platform.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "Stripe's object has them")]
pub struct Charge {
    /// `ch_…`, or `py_…` for other methods than cards.
    pub id: String,
    /// What was authorised.
    pub amount: i64,
    /// What was captured.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_captured: i64,
    /// What has been given back so far.
    #[serde(default, deserialize_with = "nullable")]
    pub amount_refunded: i64,
    /// The currency of all three.
    pub currency: String,
    /// How it ended.
    pub status: Option<ChargeStatus>,
    /// The intent it pays.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// Fee, net and availability; null until capture has settled.
    pub balance_transaction: Option<Expandable<BalanceTransaction>>,
    /// The customer it belongs to.
    pub customer: Option<Expandable<Customer>>,
    /// Our name for the sale.
    pub transfer_group: Option<String>,
    /// Set when the charge is the arrival of a transfer: not a sale.
    pub source_transfer: Option<Expandable<Transfer>>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Whether it was paid, or authorised to be.
    #[serde(default)]
    pub paid: bool,
    /// Whether it was captured.
    #[serde(default)]
    pub captured: bool,
    /// Whether it was given back in full.
    #[serde(default)]
    pub refunded: bool,
    /// Whether it was ever disputed.
    #[serde(default, deserialize_with = "nullable")]
    pub disputed: bool,
    /// Stripe's code for a failure.
    pub failure_code: Option<String>,
    /// The failure in a sentence for people.
    pub failure_message: Option<String>,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    /// False for test mode.
    #[serde(default)]
    pub livemode: bool,
}

/// A buyer, as Stripe remembers them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
    /// The mail address, if given.
    pub email: Option<String>,
    /// The name, if given.
    pub name: Option<String>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
}
