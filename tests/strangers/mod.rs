//! The door and the books, driven by what strangers wrote: Stripe's package signs, Stripe's examples and hostile bodies
//! arrive, and the stand-in delivers what its own objects did.

mod fixtures;
mod hostile;
mod house;
mod npm;
mod signed;
mod stand_in;

use chrono::{DateTime, Utc};

/// What time it is in these tests: noon of the fifth of November 2026.
const NOW: DateTime<Utc> = DateTime::from_timestamp(1_793_880_000, 0).expect("the moment is in the calendar");
/// The secret of the platform's endpoint.
const SECRET: &str = "whsec_platform";
/// The secret of the endpoint for connected accounts.
const CONNECT_SECRET: &str = "whsec_connect";
