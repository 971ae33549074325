//! What can be wrong with one step by itself.

use kernel::Currency;

use super::Fault;
use crate::{Brackets, MAX_MINOR, MAX_PARTIES, Percent, Rate, Share, Step, Tiers, Weighted};

/// Everything wrong with a step, given the currency of its agreement.
pub(super) fn faults(step: &Step, currency: Option<Currency>) -> Vec<Fault> {
    let mut faults = match step {
        Step::Percent(percent) => percent_faults(percent),
        Step::Fixed(fixed) => amount("amount", fixed.amount, 1).into_iter().collect(),
        Step::Tiers(tiers) => tiers_faults(tiers),
        Step::Recoup(recoup) => {
            let unnamed = recoup.advance.trim().is_empty().then_some(Fault::NoAdvance);
            unnamed.into_iter().chain(zero(recoup.rate)).collect()
        }
        Step::Tax(_) | Step::ProcessorFee(_) | Step::Owners(_) => Vec::new(),
        Step::Named(named) => weights(&named.parties, true),
        Step::Pool(pool) => weights(&pool.within, false),
    };
    if let Some(Share::Percent { rate, .. }) = step.share() {
        faults.extend(zero(rate));
    }
    if currency.is_none() && has_amounts(step) {
        faults.push(Fault::NoCurrency);
    }
    faults
}

fn has_amounts(step: &Step) -> bool {
    match step {
        Step::Percent(percent) => percent.floor.is_some() || percent.cap.is_some(),
        Step::Fixed(_) => true,
        Step::Tiers(tiers) => matches!(tiers.by, Brackets::Amount(_)),
        Step::Tax(_) | Step::ProcessorFee(_) | Step::Recoup(_) | Step::Owners(_) | Step::Named(_) | Step::Pool(_) => false,
    }
}

fn zero(rate: Rate) -> Option<Fault> {
    (rate.ppm() == 0).then_some(Fault::ZeroRate)
}

/// The fault of an amount below `least` or above what any sale comes to.
pub(super) fn amount(what: &'static str, amount: i64, least: i64) -> Option<Fault> {
    (amount < least || amount > MAX_MINOR).then_some(Fault::Amount { what, amount, least })
}

fn percent_faults(percent: &Percent) -> Vec<Fault> {
    let floor = percent.floor.and_then(|floor| amount("floor", floor, 0));
    let cap = percent.cap.and_then(|cap| amount("cap", cap, 1));
    let crossed = match (percent.floor, percent.cap) {
        (Some(floor), Some(cap)) if floor > cap => Some(Fault::FloorAboveCap { floor, cap }),
        _ => None,
    };
    // With a floor, 0 % is a plain minimum.
    let rate = if percent.floor.is_none() { zero(percent.rate) } else { None };
    [rate, floor, cap, crossed].into_iter().flatten().collect()
}

fn tiers_faults(tiers: &Tiers) -> Vec<Fault> {
    let (count, rates, unsorted): (usize, Vec<Rate>, Option<usize>) = match &tiers.by {
        Brackets::Amount(brackets) => (
            brackets.len(),
            brackets.iter().map(|bracket| bracket.rate).collect(),
            brackets.windows(2).position(|pair| pair[1].from <= pair[0].from),
        ),
        Brackets::Date(brackets) => (
            brackets.len(),
            brackets.iter().map(|bracket| bracket.rate).collect(),
            brackets.windows(2).position(|pair| pair[1].from <= pair[0].from),
        ),
    };
    let mut faults = Vec::new();
    if count == 0 {
        return vec![Fault::NoBrackets];
    }
    if count > MAX_PARTIES {
        faults.push(Fault::TooMany { what: "brackets", count, most: MAX_PARTIES });
    }
    if rates.iter().all(|rate| rate.ppm() == 0) {
        faults.push(Fault::ZeroRate);
    }
    faults.extend(unsorted.map(|at| Fault::Unsorted { at: at + 2 }));
    if let Brackets::Amount(brackets) = &tiers.by {
        faults.extend(brackets.first().filter(|first| first.from != 0).map(|first| Fault::FirstBracket { from: first.from }));
        faults.extend(brackets.iter().skip(1).find_map(|bracket| amount("start of a bracket", bracket.from, 1)));
    }
    faults
}

fn weights(parties: &[Weighted], needed: bool) -> Vec<Fault> {
    let mut faults = Vec::new();
    if needed && parties.is_empty() {
        faults.push(Fault::Nobody);
    }
    if parties.len() > MAX_PARTIES {
        return vec![Fault::TooMany { what: "parties", count: parties.len(), most: MAX_PARTIES }];
    }
    faults.extend(parties.iter().filter(|one| one.weight == 0).map(|one| Fault::ZeroWeight(one.to)));
    let mut sorted: Vec<_> = parties.iter().map(|one| one.to).collect();
    sorted.sort_unstable();
    let mut twice: Vec<_> = sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    twice.dedup();
    faults.extend(twice.into_iter().map(Fault::NamedTwice));
    faults
}
