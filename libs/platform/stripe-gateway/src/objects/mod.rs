//! The dozen Stripe objects we read, each with the fields we use and no more.
//!
//! Unknown fields are ignored. A field is required only where nothing sensible can be done without it; a missing one is reported with its path.
//! Amounts are `i64` in Stripe's minor units of `currency` (three lower-case letters), times are whole seconds.
//! Values of enumerations that we do not know are kept as `Other`.

mod account;
mod balance;
mod checkout;
mod dispute;
mod expandable;
mod list;
mod open_enum;
mod payment;
mod payout;
mod refund;
mod transfer;
mod webhook_endpoint;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

pub use account::{Account, AccountLink, CapabilityStatus, RequirementError, Requirements};
pub use balance::{Balance, BalanceAmount, BalanceTransaction, FeeDetail};
pub use checkout::{CheckoutMode, CheckoutPaymentStatus, CheckoutSession, CheckoutStatus};
pub use dispute::{Dispute, DisputeStatus, EvidenceDetails};
pub use expandable::{AnyObject, Expandable, Identified};
pub use list::Page;
pub use payment::{Charge, ChargeStatus, Customer, PaymentError, PaymentIntent, PaymentIntentStatus};
pub use payout::{Payout, PayoutStatus};
pub use refund::{Refund, RefundStatus};
pub use transfer::{Transfer, TransferReversal};
pub use webhook_endpoint::WebhookEndpoint;

/// The key-value pairs we hang on Stripe's objects to find our own again.
pub type Metadata = BTreeMap<String, String>;

/// Reads `null` as the default, like a field that is not there.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
