//! How a stand-in is set up.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use kernel::Currency;

/// The settings of one stand-in. `SimConfig::default()` listens on a free port of this machine, keeps nothing on disk and
/// runs on the machine's clock.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the journal is kept; `None` forgets everything at the end.
    pub state_dir: Option<PathBuf>,
    /// Where the stand-in's clock starts. It then stands still until `/_sim/clock` moves it. `None` follows the machine's clock.
    /// A journal's clock wins over this.
    pub start_clock: Option<DateTime<Utc>>,
    /// The platform's own country, two letters.
    pub country: String,
    /// The currency the platform's balance is kept in; charges in others are converted.
    pub currency: Currency,
    /// Currencies that are kept as they are instead of being converted.
    pub also_keeps: Vec<Currency>,
    /// Stripe's fee on a charge.
    pub fee: Fee,
    /// What a dispute costs, in minor units of the platform's currency.
    pub dispute_fee: i64,
    /// Whether the dispute fee comes back when a dispute is won.
    pub dispute_fee_returned: bool,
    /// How long after a charge its money is available.
    pub available_after: Duration,
    /// By the stand-in's clock: how long after the answer the asynchronous part follows (balance transaction, refund outcome,
    /// dispute). Zero does it right after the answer.
    pub asynchronous_after: Duration,
    /// Millionths of a euro for one major unit, by currency; lays over the built-in rates.
    pub rates: BTreeMap<Currency3, i64>,
    /// Whether connected accounts can be paid as soon as they exist. Otherwise they must follow their account link.
    pub onboard_at_once: bool,
    /// Webhook endpoints that exist from the start.
    pub endpoints: Vec<EndpointConfig>,
    /// How many webhooks are sent at a time. One keeps them in order.
    pub webhook_connections: usize,
    /// How often a webhook is tried before it is given up.
    pub webhook_attempts: u32,
    /// The wait after a failed try: the first one; it doubles up to [`SimConfig::webhook_backoff_most`].
    pub webhook_backoff: Duration,
    /// The longest wait between two tries.
    pub webhook_backoff_most: Duration,
    /// Requests a second that each endpoint takes before it answers 429; `None` takes all.
    pub requests_per_second: Option<u32>,
}

/// An upper-case ISO code as a key of [`SimConfig::rates`].
pub type Currency3 = String;

/// Stripe's fee: a share of the amount, rounded half up, and a fixed part in minor units of the balance's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Hundredths of a percent: 150 is 1.5 %.
    pub basis_points: i64,
    /// Minor units added to each charge.
    pub fixed: i64,
}

/// A webhook endpoint that exists from the start.
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// Where events are posted; `http` only.
    pub url: String,
    /// True for events of connected accounts, false for the platform's own.
    pub connect: bool,
    /// The signing secret, `whsec_…`.
    pub secret: String,
    /// Event types, or `*` for all.
    pub enabled_events: Vec<String>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            state_dir: None,
            start_clock: None,
            country: "DE".to_owned(),
            currency: "EUR".parse().expect("the euro is a known currency"),
            also_keeps: Vec::new(),
            fee: Fee { basis_points: 150, fixed: 25 },
            dispute_fee: 1_500,
            dispute_fee_returned: false,
            available_after: Duration::from_hours(48),
            asynchronous_after: Duration::ZERO,
            rates: BTreeMap::new(),
            onboard_at_once: false,
            endpoints: Vec::new(),
            webhook_connections: 4,
            webhook_attempts: 400,
            webhook_backoff: Duration::from_millis(25),
            webhook_backoff_most: Duration::from_secs(1),
            requests_per_second: None,
        }
    }
}
