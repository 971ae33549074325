//! Agreements laid over each other in a fixed, visible order.

use std::{fmt, sync::Arc};

use kernel::Currency;
use serde::{Deserialize, Serialize};

use crate::{
    Agreement, Bearer, Brackets, DiscountBearer, FeeBearer, Guarantee, Payee, Problems, ProcessorFee, Step, Tax, render, validate,
};

/// Where an agreement lies, from the outermost to the innermost. Steps run in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The co-op's default agreement; the only layer that must be there unless an inner one says who gets the rest.
    CoOp,
    /// The micro-contract of the market where the sale was made.
    Market,
    /// The agreement of the affiliate code.
    Affiliate,
    /// The product's contributors.
    Product,
    /// The terms of the lot.
    Lot,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CoOp => "co-op default",
            Self::Market => "market contract",
            Self::Affiliate => "affiliate code",
            Self::Product => "product contributors",
            Self::Lot => "lot terms",
        })
    }
}

/// A step in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The layer that brought it.
    pub layer: Layer,
    /// Its number in that layer's agreement, from 1; 0 for the two that hold where no layer says otherwise.
    pub number: u16,
    /// The step.
    pub step: Step,
    /// The step as people read it.
    pub text: Arc<str>,
}

/// What a sale's facts must bring because of a stack, so that callers look up no more than that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Payees whose base so far must be known.
    pub so_far: Vec<Payee>,
    /// Names of advances whose outstanding amounts must be known.
    pub advances: Vec<String>,
}

/// Agreements in their order, checked and ready to run. Build it once per set of versions and keep it: it never changes.
///
/// Steps run layer by layer. "The rest" is taken from the innermost layer that has it and runs last. Tax, the processor's
/// fee and the policies exist once: the innermost layer decides, and the step stands where the outermost had it. Where no
/// layer mentions them, tax comes first and the fee comes off the top. Guarantees add up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    pub(crate) steps: Vec<Placed>,
    pub(crate) currency: Option<Currency>,
    pub(crate) discount: Option<(Layer, DiscountBearer, Arc<str>)>,
    pub(crate) shortfall: Option<Payee>,
    pub(crate) lost_fee: Bearer,
    pub(crate) guarantees: Vec<Guarantee>,
}

impl Stack {
    /// Lays agreements over each other, in whichever order they come; reports all that is wrong, layer by layer.
    pub fn of(layers: impl IntoIterator<Item = (Layer, Agreement)>) -> Result<Self, Problems> {
        let mut layers: Vec<(Layer, Agreement)> = layers.into_iter().collect();
        layers.sort_by_key(|(layer, _)| *layer);
        validate::layers(&layers)?;
        let innermost = |of: fn(&Agreement) -> bool| layers.iter().rev().find(|(_, agreement)| of(agreement));
        let discount = innermost(|agreement| agreement.discount.is_some())
            .and_then(|(layer, agreement)| agreement.discount.map(|bearer| (*layer, bearer, render::discount_text(bearer).into())));
        let stack = Self {
            steps: lay(&layers),
            currency: layers.iter().find_map(|(_, agreement)| agreement.currency),
            discount,
            shortfall: innermost(|agreement| agreement.shortfall.is_some()).and_then(|(_, agreement)| agreement.shortfall),
            lost_fee: innermost(|agreement| agreement.lost_fee.is_some())
                .and_then(|(_, agreement)| agreement.lost_fee)
                .unwrap_or(Bearer::Payees),
            guarantees: layers.iter().flat_map(|(_, agreement)| agreement.guarantees.iter().copied()).collect(),
        };
        validate::stack(&stack)?;
        Ok(stack)
    }

    /// The steps as they run.
    pub fn steps(&self) -> &[Placed] {
        &self.steps
    }

    /// The currency of its amounts, when it has any.
    pub const fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// The minimum guarantees of all layers.
    pub fn guarantees(&self) -> &[Guarantee] {
        &self.guarantees
    }

    /// What the facts of a sale must bring because of it.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for placed in &self.steps {
            match &placed.step {
                Step::Tiers(tiers) if matches!(tiers.by, Brackets::Amount(_)) => needs.so_far.push(tiers.to),
                Step::Recoup(recoup) => needs.advances.push(recoup.advance.clone()),
                Step::Tax(_)
                | Step::ProcessorFee(_)
                | Step::Percent(_)
                | Step::Fixed(_)
                | Step::Tiers(_)
                | Step::Owners(_)
                | Step::Named(_)
                | Step::Pool(_) => {}
            }
        }
        needs
    }
}

/// The effective agreement in one sentence.
impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render::sentence(self.steps.iter().map(|placed| &placed.step), self.currency, &|party| format!("party {party}")))
    }
}

/// A step of which a stack has one: the innermost layer's holds.
#[derive(PartialEq)]
enum Once {
    Tax,
    Fee,
    Rest,
}

const fn once(step: &Step) -> Option<Once> {
    match step {
        Step::Tax(_) => Some(Once::Tax),
        Step::ProcessorFee(_) => Some(Once::Fee),
        Step::Owners(_) | Step::Named(_) | Step::Pool(_) if step.takes_the_rest() => Some(Once::Rest),
        Step::Percent(_) | Step::Fixed(_) | Step::Tiers(_) | Step::Recoup(_) | Step::Owners(_) | Step::Named(_) | Step::Pool(_) => None,
    }
}

fn lay(layers: &[(Layer, Agreement)]) -> Vec<Placed> {
    let placed = layers.iter().flat_map(|(layer, agreement)| place(*layer, agreement));
    let mut steps: Vec<Placed> = Vec::new();
    let mut rest = None;
    for step in placed {
        match once(&step.step) {
            Some(Once::Rest) => rest = Some(step),
            None => steps.push(step),
            kind => match steps.iter_mut().find(|other| once(&other.step) == kind) {
                Some(outer) => *outer = step,
                None => steps.push(step),
            },
        }
    }
    let has = |steps: &[Placed], kind: &Once| steps.iter().any(|placed| once(&placed.step).as_ref() == Some(kind));
    if !has(&steps, &Once::Fee) {
        steps.insert(0, implied(Step::ProcessorFee(ProcessorFee { borne_by: FeeBearer::OffTheTop })));
    }
    if !has(&steps, &Once::Tax) {
        steps.insert(0, implied(Step::Tax(Tax {})));
    }
    steps.extend(rest);
    steps
}

fn implied(step: Step) -> Placed {
    Placed { layer: Layer::CoOp, number: 0, text: render::step_text(&step, None).into(), step }
}

/// An agreement's steps, numbered and put into words.
pub(crate) fn place(layer: Layer, agreement: &Agreement) -> impl Iterator<Item = Placed> {
    (1..).zip(&agreement.steps).map(move |(number, step)| Placed {
        layer,
        number,
        step: step.clone(),
        text: render::step_text(step, agreement.currency).into(),
    })
}
