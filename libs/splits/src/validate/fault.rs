//! What can be wrong with an agreement, each with its cure.

use kernel::Currency;

use crate::{Layer, MAX_MINOR, Payee, rate::write_percent};

/// What is wrong, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The agreement has no name.
    #[error("the agreement has no name; give it one that members will recognise")]
    NoName,
    /// More steps, parties or brackets than allowed.
    #[error("{count} {what} are too many; use at most {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many may be.
        most: usize,
    },
    /// A rate of 0 %.
    #[error("a rate of 0 % gives nothing; write the rate or remove the step")]
    ZeroRate,
    /// An amount without a currency.
    #[error("its amounts are in no currency; set the agreement's currency")]
    NoCurrency,
    /// An amount that is negative, zero where it must not be, or absurdly large.
    #[error("the {what} is {amount} minor units; write an amount from {least} to {MAX_MINOR}")]
    Amount {
        /// Which.
        what: &'static str,
        /// What it is.
        amount: i64,
        /// The least it may be.
        least: i64,
    },
    /// A floor above the cap.
    #[error("the floor {floor} is above the cap {cap} (minor units); lower the floor or raise the cap")]
    FloorAboveCap {
        /// The floor.
        floor: i64,
        /// The cap.
        cap: i64,
    },
    /// Tiers without brackets.
    #[error("there are no brackets; write at least one")]
    NoBrackets,
    /// Brackets that do not rise.
    #[error("bracket {at} does not begin after the one before it; sort the brackets and let each begin once")]
    Unsorted {
        /// The bracket, from 1.
        at: usize,
    },
    /// The first bracket by amount leaves a gap.
    #[error("the first bracket begins at {from} minor units; let it begin at 0, with 0 % if nothing is due there")]
    FirstBracket {
        /// Where it begins.
        from: i64,
    },
    /// An advance without a name.
    #[error("the advance has no name; write the one it has in the books")]
    NoAdvance,
    /// Nobody to share with.
    #[error("nobody is named; name at least one party")]
    Nobody,
    /// A weight of 0.
    #[error("{0} has the weight 0; give it a weight or remove it")]
    ZeroWeight(Payee),
    /// Somebody named twice in one step.
    #[error("{0} is named twice; add its weights together")]
    NamedTwice(Payee),
    /// The same thing said twice.
    #[error("step {earlier} already says {what}; keep one of the two")]
    SaidTwice {
        /// The earlier step.
        earlier: u16,
        /// What both say.
        what: &'static str,
    },
    /// A step that can never get anything.
    #[error("step {rest} of the {layer} leaves nothing; move this step before it or remove it")]
    AfterTheRest {
        /// The step that takes all.
        rest: u16,
        /// Its layer.
        layer: Layer,
    },
    /// More than the whole.
    #[error("with it the steps give {} of {base}, more than the whole; lower a rate", percent(*.ppm))]
    AboveTheWhole {
        /// The sum of the rates, in parts per million.
        ppm: u64,
        /// Of what.
        base: &'static str,
    },
    /// Nothing says who gets the rest.
    #[error("no step takes the rest; end with the rest to the makers, to named parties or to a pool")]
    NoRest,
    /// The owners carry something but are paid by no step.
    #[error("{what} is borne by the makers, but no step pays them; add a step to the makers or name another bearer")]
    OwnersBearUnpaid {
        /// What they carry.
        what: &'static str,
    },
    /// A guarantee whose payer is its payee.
    #[error("the guarantee to {0} is borne by {0} itself; name somebody else")]
    GuaranteesItself(Payee),
    /// Two guarantees of the same kind to one payee.
    #[error("{0} has two guarantees for the same kind of period; keep the higher one")]
    GuaranteedTwice(Payee),
    /// Two agreements in one layer.
    #[error("there are two agreements in this layer; keep one, or merge them")]
    LayerTwice,
    /// Layers in different currencies.
    #[error("its amounts are in {currency}, those of the {outer} in {other}; write both in one currency")]
    CurrencyOfLayer {
        /// This layer's.
        currency: Currency,
        /// The outer layer.
        outer: Layer,
        /// The outer layer's currency.
        other: Currency,
    },
}

fn percent(ppm: u64) -> String {
    let mut text = String::new();
    write_percent(&mut text, ppm).expect("a String takes any text");
    text
}
