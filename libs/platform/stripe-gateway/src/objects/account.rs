//! A connected account: where a member's share goes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc, serde::ts_seconds_option};
use serde::Deserialize;

use super::{Metadata, nullable, open_enum::open_enum};

open_enum! {
    /// Whether an account may use a capability.
    CapabilityStatus {
        /// It may.
        Active = "active",
        /// Not without more information.
        Inactive = "inactive",
        /// Being looked at.
        Pending = "pending",
        /// Nobody asked for it.
        Unrequested = "unrequested",
    }
}

/// A connected account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// `acct_…`
    pub id: String,
    /// Whether it may take payments.
    #[serde(default, deserialize_with = "nullable")]
    pub charges_enabled: bool,
    /// Whether money may leave it for a bank.
    #[serde(default, deserialize_with = "nullable")]
    pub payouts_enabled: bool,
    /// Whether its owner finished onboarding.
    #[serde(default, deserialize_with = "nullable")]
    pub details_submitted: bool,
    /// What is missing, and why it is held back.
    pub requirements: Option<Requirements>,
    /// By name, such as `transfers`.
    #[serde(default, deserialize_with = "nullable")]
    pub capabilities: BTreeMap<String, CapabilityStatus>,
    /// Two letters.
    pub country: Option<String>,
    /// The currency it settles in.
    pub default_currency: Option<String>,
    /// The owner's mail address.
    pub email: Option<String>,
    /// Stripe's `type`: `express`, `standard`, `custom`, `none`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Our own keys.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// When it was made.
    #[serde(default, with = "ts_seconds_option")]
    pub created: Option<DateTime<Utc>>,
}

/// What Stripe wants to know before it lets money through. Entries are names of fields, such as `individual.verification.document`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Requirements {
    /// Needed by `current_deadline`.
    #[serde(default, deserialize_with = "nullable")]
    pub currently_due: Vec<String>,
    /// Needed at some time.
    #[serde(default, deserialize_with = "nullable")]
    pub eventually_due: Vec<String>,
    /// Needed already: the account is held back.
    #[serde(default, deserialize_with = "nullable")]
    pub past_due: Vec<String>,
    /// Given, and being looked at.
    #[serde(default, deserialize_with = "nullable")]
    pub pending_verification: Vec<String>,
    /// What was given and not accepted.
    #[serde(default, deserialize_with = "nullable")]
    pub errors: Vec<RequirementError>,
    /// When `currently_due` becomes `past_due`.
    #[serde(default, with = "ts_seconds_option")]
    pub current_deadline: Option<DateTime<Utc>>,
    /// Why the account is held back, such as `requirements.past_due`.
    pub disabled_reason: Option<String>,
}

/// Something that was given and not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RequirementError {
    /// Stripe's code.
    pub code: Option<String>,
    /// The reason in a sentence for people.
    pub reason: Option<String>,
    /// The field.
    pub requirement: Option<String>,
}

/// A page at Stripe where the owner of an account gives what is missing. Works once, for some minutes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountLink {
    /// Where to send them.
    pub url: String,
    /// Until when it works.
    #[serde(default, with = "ts_seconds_option")]
    pub expires_at: Option<DateTime<Utc>>,
}
