//! Minimum guarantees: what a payee earns at least per month or per event. Sales are split as always; the difference is
//! made up when the period is closed, and won back later where the agreement says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Payee;

/// Over what a minimum is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A calendar month in the co-op's time zone.
    Month,
    /// One market, from its opening to its close.
    Event,
}

/// At least `minimum` for `to` in each period, paid by `borne_by`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guarantee {
    /// Who is guaranteed it.
    pub to: Payee,
    /// In which period.
    pub per: Period,
    /// Minor units of the agreement's currency.
    pub minimum: i64,
    /// Who pays the difference.
    pub borne_by: Payee,
    /// Whether the difference is an advance on later periods.
    #[serde(default)]
    pub recouped: bool,
}

/// What `borne_by` pays to `to` at the close of a period in which `to` earned this much: the difference to the minimum,
/// nothing when it was reached. All in minor units.
pub fn top_up(guarantee: &Guarantee, earned_minor: i64) -> i64 {
    guarantee.minimum.saturating_sub(earned_minor).max(0)
}

/// What `to` gives back to `borne_by` at the close of a period, of earlier top-ups that are still outstanding: what it
/// earned above the minimum, never more than is outstanding; nothing when the guarantee is not recouped.
pub fn recouped(guarantee: &Guarantee, earned_minor: i64, outstanding_minor: i64) -> i64 {
    if guarantee.recouped { earned_minor.saturating_sub(guarantee.minimum).clamp(0, outstanding_minor.max(0)) } else { 0 }
}
