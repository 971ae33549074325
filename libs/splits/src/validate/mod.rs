//! Whether agreements make sense, asked when they are written: all that is wrong at once, each with its step and its cure.

mod fault;
mod steps;
mod whole;

use kernel::{Code, Refusal};

pub use fault::Fault;

use crate::{Agreement, Layer, MAX_STEPS, Placed, Stack, layers::place};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The layer of the agreement.
    pub layer: Layer,
    /// The number of the step, from 1; `None` when it is not about one step.
    pub step: Option<u16>,
    /// The step as people read it; empty when it is not about one step.
    pub text: String,
    /// The culprit and the cure.
    pub fault: Fault,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.layer)?;
        if let Some(step) = self.step {
            write!(f, ", step {step} ({})", self.text)?;
        }
        write!(f, ": {}", self.fault)
    }
}

/// All that is wrong with an agreement or a stack; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// What the client is told.
    pub fn refusal(&self) -> Refusal {
        Refusal::new(Code::InvalidInput, self.to_string())
    }

    fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl Agreement {
    /// Checks the agreement for the layer it is written for. A rest is asked for in the co-op's default only, on which
    /// the others lie; what depends on several layers is checked by [`Stack::of`].
    pub fn validate(&self, layer: Layer) -> Result<(), Problems> {
        let mut problems = alone(layer, self);
        if problems.is_empty() && layer == Layer::CoOp {
            let placed: Vec<Placed> = place(layer, self).collect();
            problems.extend(whole::rest(layer, &placed));
        }
        Problems::unless_none(problems)
    }
}

/// Each agreement by itself, and whether they may lie together.
pub(crate) fn layers(layers: &[(Layer, Agreement)]) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for (at, (layer, agreement)) in layers.iter().enumerate() {
        problems.extend(alone(*layer, agreement));
        let about_layer = |fault| Problem { layer: *layer, step: None, text: String::new(), fault };
        if layers[..at].iter().any(|(other, _)| other == layer) {
            problems.push(about_layer(Fault::LayerTwice));
        }
        let others = layers[..at].iter().find_map(|(outer, other)| other.currency.map(|currency| (*outer, currency)));
        if let (Some(currency), Some((outer, other))) = (agreement.currency, others)
            && currency != other
        {
            problems.push(about_layer(Fault::CurrencyOfLayer { currency, outer, other }));
        }
    }
    Problems::unless_none(problems)
}

/// The layers together.
pub(crate) fn stack(stack: &Stack) -> Result<(), Problems> {
    let mut problems = whole::shares_of_the_same_base(&stack.steps);
    problems.extend(whole::rest(Layer::CoOp, &stack.steps));
    problems.extend(whole::owners_who_bear(stack));
    Problems::unless_none(problems)
}

fn alone(layer: Layer, agreement: &Agreement) -> Vec<Problem> {
    let about_all = |fault| Problem { layer, step: None, text: String::new(), fault };
    let mut problems = Vec::new();
    if agreement.name.trim().is_empty() {
        problems.push(about_all(Fault::NoName));
    }
    if agreement.steps.len() > MAX_STEPS {
        problems.push(about_all(Fault::TooMany { what: "steps", count: agreement.steps.len(), most: MAX_STEPS }));
        return problems;
    }
    let placed: Vec<Placed> = place(layer, agreement).collect();
    for step in &placed {
        problems.extend(steps::faults(&step.step, agreement.currency).into_iter().map(|fault| about(step, fault)));
    }
    problems.extend(whole::steps_twice(&placed));
    problems.extend(whole::after_the_rest(&placed));
    problems.extend(whole::shares_of_the_same_base(&placed));
    problems.extend(whole::guarantees(agreement).into_iter().map(about_all));
    problems
}

fn about(placed: &Placed, fault: Fault) -> Problem {
    let step = (placed.number > 0).then_some(placed.number);
    Problem { layer: placed.layer, step, text: placed.text.to_string(), fault }
}
