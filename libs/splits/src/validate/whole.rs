//! What can be wrong between steps, within one agreement and across layers.

use super::{Fault, Problem, about, steps};
use crate::{Agreement, Base, Bearer, Brackets, DiscountBearer, FeeBearer, Layer, Placed, Rate, Share, Stack, Step, rate::MILLION};

/// Steps that say what an earlier step of the same agreement says.
pub(super) fn steps_twice(placed: &[Placed]) -> Vec<Problem> {
    let repeats = |(at, later): (usize, &Placed)| {
        let found = placed[..at].iter().find_map(|earlier| same(&earlier.step, &later.step).map(|what| (earlier.number, what)));
        found.map(|(earlier, what)| about(later, Fault::SaidTwice { earlier, what }))
    };
    placed.iter().enumerate().filter_map(repeats).collect()
}

fn same(earlier: &Step, later: &Step) -> Option<&'static str> {
    match (earlier, later) {
        (Step::Tax(_), Step::Tax(_)) => Some("where the tax goes"),
        (Step::ProcessorFee(_), Step::ProcessorFee(_)) => Some("who bears the processor fee"),
        (Step::Percent(a), Step::Percent(b)) if (a.to, a.of) == (b.to, b.of) => Some("what part of this base the payee gets"),
        (Step::Tiers(a), Step::Tiers(b)) if (a.to, a.of) == (b.to, b.of) => Some("which tiers of this base the payee gets"),
        (Step::Fixed(a), Step::Fixed(b)) if (a.to, a.per) == (b.to, b.per) => Some("what fixed amount the payee gets"),
        (Step::Recoup(a), Step::Recoup(b)) if a.advance == b.advance => Some("how this advance is paid back"),
        (Step::Owners(a), Step::Owners(b)) if !matches!((a.share, b.share), (Share::Percent { .. }, Share::Rest)) => {
            Some("what the makers get")
        }
        _ => None,
    }
}

/// Steps behind one that takes everything.
pub(super) fn after_the_rest(placed: &[Placed]) -> Vec<Problem> {
    let Some(end) = placed.iter().position(|placed| takes_all(&placed.step)) else { return Vec::new() };
    let rest = &placed[end];
    let fault = Fault::AfterTheRest { rest: rest.number, layer: rest.layer };
    placed[end + 1..].iter().map(|later| about(later, fault.clone())).collect()
}

fn takes_all(step: &Step) -> bool {
    let whole = |rate: Rate, of: Base| rate == Rate::WHOLE && of == Base::Remaining;
    match step {
        Step::Percent(percent) => whole(percent.rate, percent.of) && percent.cap.is_none(),
        step => match step.share() {
            Some(Share::Rest) => true,
            Some(Share::Percent { rate, of }) => whole(rate, of),
            None => false,
        },
    }
}

/// Steps with which the rates of one base exceed the whole.
pub(super) fn shares_of_the_same_base(placed: &[Placed]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (base, name) in [(Base::Gross, "gross"), (Base::Net, "net")] {
        let mut ppm: u64 = 0;
        for step in placed {
            let rate = rate_of(&step.step, base);
            ppm += u64::from(rate);
            if rate > 0 && ppm > u64::from(MILLION) {
                problems.push(about(step, Fault::AboveTheWhole { ppm, base: name }));
            }
        }
    }
    problems
}

/// The most that a step takes of a base, in parts per million.
fn rate_of(step: &Step, base: Base) -> u32 {
    let highest = |rates: &mut dyn Iterator<Item = Rate>| rates.max().map(|rate| (rate, Base::Gross));
    let taken = match step {
        Step::Percent(percent) => Some((percent.rate, percent.of)),
        Step::Tiers(tiers) => match &tiers.by {
            Brackets::Amount(brackets) => highest(&mut brackets.iter().map(|bracket| bracket.rate)),
            Brackets::Date(brackets) => highest(&mut brackets.iter().map(|bracket| bracket.rate)),
        }
        .map(|(rate, _)| (rate, tiers.of)),
        step => match step.share() {
            Some(Share::Percent { rate, of }) => Some((rate, of)),
            Some(Share::Rest) | None => None,
        },
    };
    taken.filter(|(_, of)| *of == base).map_or(0, |(rate, _)| rate.ppm())
}

/// The lack of a rest.
pub(super) fn rest(layer: Layer, placed: &[Placed]) -> Option<Problem> {
    let found = placed.iter().any(|placed| placed.step.takes_the_rest());
    (!found).then(|| Problem { layer, step: None, text: String::new(), fault: Fault::NoRest })
}

/// Owners who carry what no step pays them for.
pub(super) fn owners_who_bear(stack: &Stack) -> Vec<Problem> {
    if stack.steps.iter().any(|placed| matches!(placed.step, Step::Owners(_))) {
        return Vec::new();
    }
    let fee = |placed: &&Placed| matches!(&placed.step, Step::ProcessorFee(fee) if fee.borne_by == FeeBearer::Owners);
    let mut problems: Vec<Problem> =
        stack.steps.iter().filter(fee).map(|placed| about(placed, Fault::OwnersBearUnpaid { what: "the processor fee" })).collect();
    let about_policy = |layer, what| Problem { layer, step: None, text: String::new(), fault: Fault::OwnersBearUnpaid { what } };
    if let Some((layer, DiscountBearer::Seller | DiscountBearer::Shared { .. }, _)) = &stack.discount {
        problems.push(about_policy(*layer, "the discount"));
    }
    if stack.lost_fee == Bearer::Owners {
        problems.push(about_policy(Layer::CoOp, "the processor fee lost in a refund"));
    }
    problems
}

/// What is wrong with the guarantees of an agreement.
pub(super) fn guarantees(agreement: &Agreement) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, guarantee) in agreement.guarantees.iter().enumerate() {
        faults.extend(steps::amount("guaranteed minimum", guarantee.minimum, 1));
        if guarantee.to == guarantee.borne_by {
            faults.push(Fault::GuaranteesItself(guarantee.to));
        }
        if agreement.guarantees[..at].iter().any(|other| (other.to, other.per) == (guarantee.to, guarantee.per)) {
            faults.push(Fault::GuaranteedTwice(guarantee.to));
        }
    }
    if agreement.currency.is_none() && !agreement.guarantees.is_empty() {
        faults.push(Fault::NoCurrency);
    }
    faults
}
