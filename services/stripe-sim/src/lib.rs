//! A stand-in for the part of Stripe that Guildhall uses. **It is not Stripe**: it moves no money, knows no cards, belongs to
//! `guildhall up`, tests and benches, and never into production. It refuses live keys.
//!
//! It keeps state and behaves as Stripe's documentation says where that matters to books: charges are captured asynchronously
//! (`charge.succeeded` has no balance transaction, `charge.updated` brings it), refunds can fail later, disputes withdraw and
//! reinstate, transfers need a balance or a source, reversals reach as far as the connected account's balance, idempotency keys
//! keep the first answer, and webhooks are signed and sent until they are taken. Objects are those of [`API_VERSION`].
//!
//! # Starting one
//!
//! ```no_run
//! # async fn example() -> Result<(), stripe_sim::SimError> {
//! let sim = stripe_sim::Sim::start(stripe_sim::SimConfig::default()).await?;
//! println!("POST {}/v1/payment_intents with 'Authorization: Bearer sk_test_any'", sim.url());
//! sim.stop().await;
//! # Ok(()) }
//! ```
//!
//! Several can run in one process. With [`SimConfig::state_dir`] the state survives a restart and a kill.
//!
//! # Test payment methods
//!
//! | `payment_method` | what follows |
//! |---|---|
//! | `pm_card_visa`, other `pm_card_…` | pays; available after two days |
//! | `pm_card_bypassPending` | pays; available at once |
//! | `pm_card_createDispute` | pays, then is disputed; evidence `uncategorized_text` = `winning_evidence` or `losing_evidence` decides |
//! | `pm_card_refundFail` | refunds succeed, then fail |
//! | `pm_card_pendingRefund` | refunds wait, then succeed |
//! | `pm_card_chargeDeclined…` | 402 |
//! | `pm_card_authenticationRequired` | `requires_action` |
//!
//! # The control API
//!
//! JSON in and out, no key.
//!
//! | request | body | effect |
//! |---|---|---|
//! | `GET /_sim` | | what this is |
//! | `GET /_sim/clock`, `POST /_sim/clock` | `{set?: RFC 3339, advance_secs?, running?: bool}` | looks at or turns the clock; never back. Money becomes available, payouts arrive |
//! | `POST /_sim/faults` | `{kind, method?, path?, count?, skip?, probability?: percent, seed?}` | the next matching request meets it; `path` may be the route with `{id}` |
//! | `GET`, `DELETE /_sim/faults` | | shows, clears them |
//! | `POST /_sim/rate_limit` | `{per_second: number or null}` | 429 beyond that, per endpoint |
//! | `GET`, `POST /_sim/webhooks` | `{hold?: bool, shuffle_seed?: number (0 ends it), duplicate?: extra copies, delay_ms?}` | how deliveries are made from now on; shuffling applies to what is queued too |
//! | `GET /_sim/webhooks/idle?timeout_ms=` | | answers when all is delivered; 409 while held, 504 when it takes too long |
//! | `POST /_sim/events/{id}/resend` | | delivers an event again |
//! | `POST /_sim/accounts/{id}/onboard` | | all requirements met; `GET /_sim/onboarding/{id}?return_url=` is the same behind an account link |
//! | `POST /_sim/accounts/{id}/disable_payouts` | `{currently_due?: [], disabled_reason?}` | payouts and transfers stop |
//! | `POST /_sim/accounts/{id}/deauthorize` | | `account.application.deauthorized`; the account is out of reach |
//! | `POST /_sim/accounts/{id}/pay_out` | | an automatic payout of the available balance |
//! | `POST /_sim/payouts/{id}/pay` | | it arrives now |
//! | `POST /_sim/payouts/{id}/fail` | `{code?, message?}` | it fails, even after it was paid |
//! | `POST /_sim/disputes/{id}/close` | `{won: bool}` | the bank decides |
//! | `GET /_sim/counters` | | requests by method, route and status; deliveries |
//! | `GET /_sim/transfers` | | every transfer, oldest first, unpaged |
//!
//! Kinds of faults: `rate_limit` and `lock_timeout` (429), `error500` (no work), `error500_after_success` (work, then 500),
//! `balance_insufficient` (400), `timeout_before` and `timeout_after_success` (the connection is cut before or after the work).
//! The 500s, the 400 and the answer behind `timeout_after_success` are kept for the request's idempotency key; the 429s are not.
//!
//! # Where it differs from Stripe
//!
//! Balance transactions exist right after the answer instead of minutes later ([`SimConfig::asynchronous_after`] makes them
//! later). There is no smallest amount, no tax, no radar, no destination charges. Webhooks go over plain http and are retried
//! within seconds. `Stripe-Version` headers are read by nobody: there is one version.

#![recursion_limit = "256"] // the JSON of a charge has more fields than the macro's usual depth

mod api;
mod clock;
mod config;
mod control;
mod counters;
mod due;
mod error;
mod expand;
mod faults;
mod form;
mod funds;
mod http;
mod idempotency;
mod journal;
mod list;
mod money;
mod outbox;
mod params;
mod random;
mod running;
mod shared;
mod state;
mod webhooks;

pub use config::{Currency3, EndpointConfig, Fee, SimConfig};
pub use error::SimError;
pub use running::{Running, Sim};
pub use state::API_VERSION;
pub use webhooks::sign;

/// What the stand-in says of itself wherever it can.
pub const NOTICE: &str = "This is a stand-in for Stripe, NOT Stripe: no money moves, nothing here is real";
