//! Stripe's own payment page.

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{AnyObject, Customer, Expandable, Metadata, PaymentIntent, nullable, open_enum::open_enum};

open_enum! {
    /// What a session is for.
    CheckoutMode {
        /// One payment.
        Payment = "payment",
        /// To keep a payment method.
        Setup = "setup",
        /// A subscription.
        Subscription = "subscription",
    }
}

open_enum! {
    /// Whether a session's money has come. A session can be complete and unpaid: delayed methods.
    CheckoutPaymentStatus {
        /// It has.
        Paid = "paid",
        /// It has not.
        Unpaid = "unpaid",
        /// There is nothing to pay.
        NoPaymentRequired = "no_payment_required",
    }
}

open_enum! {
    /// Where the buyer stands.
    CheckoutStatus {
        /// Still there.
        Open = "open",
        /// Done; the money may come later.
        Complete = "complete",
        /// Gone: what was reserved is free again.
        Expired = "expired",
    }
}

/// One visit to the payment page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CheckoutSession {
    /// `cs_…`
    pub id: String,
    /// Our own name for the basket.
    pub client_reference_id: Option<String>,
    /// What it is for.
    pub mode: Option<CheckoutMode>,
    /// Whether the money has come.
    pub payment_status: Option<CheckoutPaymentStatus>,
    /// Where the buyer stands.
    pub status: Option<CheckoutStatus>,
    /// The intent it collects.
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    /// The subscription it starts.
    pub subscription: Option<Expandable<AnyObject>>,
    /// The customer it belongs to.
    pub customer: Option<Expandable<Customer>>,
    /// All that is to be paid.
    pub amount_total: Option<i64>,
    /// In which currency.
    pub currency: Option<String>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// Where to send the buyer.
    pub url: Option<String>,
    /// Until when it is open.
    #[serde(default, with = "ts_seconds_option")]
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
    /// False for test mode.
    #[serde(default)]
    pub livemode: bool,
}
