//! The steps an agreement is made of. Each takes from what remains of one sale line, in the order written.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FeeBearer, Payee, Rate};

/// One step. In JSON an object with the tag `step`: `{"step": "percent", "to": "venue", "of": "gross", "rate": "12 %"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Takes out the line's tax.
    Tax(Tax),
    /// Says who carries the processor's fee.
    ProcessorFee(ProcessorFee),
    /// A percentage to one payee.
    Percent(Percent),
    /// A fixed amount to one payee.
    Fixed(Fixed),
    /// A percentage that changes with the amount so far or with the date.
    Tiers(Tiers),
    /// Pays an advance back.
    Recoup(Recoup),
    /// To the owners of the lots sold.
    Owners(Owners),
    /// To several payees by weight.
    Named(Named),
    /// Into a pool.
    Pool(Pool),
}

/// What a percentage is a percentage of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// The price of the line, tax included: what was paid, or the list price where a discount has a bearer.
    Gross,
    /// The gross less the line's tax and its part of the processor's fee.
    Net,
    /// What the steps before have left.
    Remaining,
}

/// How much a step shares out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Share {
    /// All that remains. Ends the agreement.
    Rest,
    /// A part of the base.
    Percent {
        /// How much of it.
        rate: Rate,
        /// Of what.
        of: Base,
    },
}

/// The line's tax goes to whoever remits it: the owners (by quantity), or the tax account when the platform remits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tax {}

/// The processor keeps its fee; somebody carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessorFee {
    /// Who carries it.
    pub borne_by: FeeBearer,
}

/// A percentage to one payee, rounded to the nearest minor unit; half a unit stays with what remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Percent {
    /// Who gets it; skipped where the payee is absent.
    pub to: Payee,
    /// Of what.
    pub of: Base,
    /// How much.
    pub rate: Rate,
    /// At least this per line, in minor units of the agreement's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<i64>,
    /// At most this per line, in minor units of the agreement's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<i64>,
}

/// What a fixed amount is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Once per sale, spread over its lines by what was paid for each.
    Sale,
    /// For each unit sold.
    Unit,
    /// Once per line.
    Line,
}

/// A fixed amount to one payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// Who gets it; skipped where the payee is absent.
    pub to: Payee,
    /// Minor units of the agreement's currency.
    pub amount: i64,
    /// Per sale, unit or line.
    pub per: Per,
}

/// A percentage that changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// Who gets it; skipped where the payee is absent.
    pub to: Payee,
    /// Of what.
    pub of: Base,
    /// The brackets.
    pub by: Brackets,
}

/// What the rate of a tier depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Brackets {
    /// By the payee's base accumulated so far: each part of the line is rated by the bracket into which it falls.
    Amount(Vec<AmountBracket>),
    /// By the moment of the sale: the last bracket that has begun rates the whole line.
    Date(Vec<DateBracket>),
}

/// From this accumulated amount on, this rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountBracket {
    /// Minor units of the agreement's currency; the first bracket begins at 0.
    pub from: i64,
    /// The rate of what lies above `from` and below the next bracket.
    pub rate: Rate,
}

/// From this moment on, this rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateBracket {
    /// The first moment at which the rate holds.
    pub from: DateTime<Utc>,
    /// The rate of the whole line.
    pub rate: Rate,
}

/// Pays an advance back: a part of what remains, never more than is outstanding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recoup {
    /// The name of the advance, as in the facts.
    pub advance: String,
    /// Who gave it.
    pub to: Payee,
    /// The part of what remains.
    pub rate: Rate,
}

/// To the owners of the lots sold, by quantity, under the terms of each lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owners {
    /// How much the owners share.
    pub share: Share,
}

/// A payee and its weight among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weighted {
    /// Who.
    pub to: Payee,
    /// How many parts.
    pub weight: u32,
}

/// To several payees by weight; those absent from the sale leave their part to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Who, with which weights.
    pub parties: Vec<Weighted>,
    /// How much they share.
    pub share: Share,
}

/// Into a pool, which keeps it or splits it again at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The pool.
    pub pool: Payee,
    /// How much it gets.
    pub share: Share,
    /// Who shares the pool; empty when the pool keeps it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Weighted>,
}

impl Step {
    /// Whether the step takes all that remains.
    pub(crate) const fn takes_the_rest(&self) -> bool {
        matches!(self.share(), Some(Share::Rest))
    }

    /// How much the step shares out, for the steps that share.
    pub(crate) const fn share(&self) -> Option<Share> {
        match self {
            Self::Owners(owners) => Some(owners.share),
            Self::Named(named) => Some(named.share),
            Self::Pool(pool) => Some(pool.share),
            Self::Tax(_) | Self::ProcessorFee(_) | Self::Percent(_) | Self::Fixed(_) | Self::Tiers(_) | Self::Recoup(_) => None,
        }
    }
}
