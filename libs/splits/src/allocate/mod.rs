//! Running a stack over the facts of one line.
//!
//! The steps share out the price: what was paid, or the list price where a discount has a bearer. Each takes at most what
//! is left less the tax and fee still to come, unless somebody bears shortfalls. The rest takes everything, so the takes sum
//! to the price; charges afterwards (a fee that somebody bears, a discount) move amounts between legs, and the discount
//! brings their sum down to what was paid. A payee, or the owners, named as bearers carry a charge even below zero; the
//! payees in proportion stop at zero, and a charge they cannot carry is refused.

mod charges;
mod run;
mod shared;
mod single;

use std::sync::Arc;

use kernel::PartyId;

use crate::{AllocateError, Allocation, Bearer, Bearing, Facts, Leg, Placed, Purpose, Recipient, Stack, Step, allocation::by_party};
use run::Run;

/// Shares out one sale line: legs that sum to `facts.gross` exactly, and the trace of how they came about.
///
/// Deterministic; the order of owners, parties, advances and amounts so far changes nothing. Takes a few microseconds.
pub fn allocate(stack: &Stack, facts: &Facts) -> Result<Allocation, AllocateError> {
    facts.check()?;
    if let Some(currency) = stack.currency
        && currency != facts.currency
    {
        return Err(AllocateError::Currency { agreement: currency, sale: facts.currency });
    }
    let mut run = Run::new(stack, facts);
    for placed in &stack.steps {
        run.step(placed)?;
    }
    run.charge_fee()?;
    run.charge_discount()?;
    let (legs, trace) = (merged(std::mem::take(&mut run.takes)), std::mem::take(&mut run.trace));
    let mut allocation = Allocation { currency: facts.currency, gross: facts.gross, legs, trace, lost_fee: Vec::new() };
    allocation.lost_fee = lost_fee(&run, &allocation);
    Ok(allocation)
}

impl<'a> Run<'a> {
    fn step(&mut self, placed: &'a Placed) -> Result<(), AllocateError> {
        match &placed.step {
            Step::Tax(_) => self.tax(placed),
            Step::ProcessorFee(fee) => self.processor_fee(placed, fee.borne_by),
            Step::Percent(percent) => self.percent(placed, percent),
            Step::Fixed(fixed) => self.fixed(placed, fixed),
            Step::Tiers(tiers) => self.tiers(placed, tiers),
            Step::Recoup(recoup) => self.recoup(placed, recoup),
            Step::Owners(owners) => self.owners(placed, owners.share),
            Step::Named(named) => self.named(placed, &named.parties, named.share),
            Step::Pool(pool) => self.pool(placed, pool),
        }
    }
}

/// One leg per recipient and purpose, sorted, without zeros.
fn merged(mut takes: Vec<Leg>) -> Vec<Leg> {
    takes.sort_by(|a, b| (a.to, &a.purpose).cmp(&(b.to, &b.purpose)));
    takes.dedup_by(|later, kept| {
        let same = (later.to, &later.purpose) == (kept.to, &kept.purpose);
        if same {
            kept.amount += later.amount;
        }
        same
    });
    takes.retain(|leg| leg.amount != 0);
    takes
}

/// Who carries the fee in a refund, decided now so that a refund needs nothing but the allocation. The payees in proportion
/// stand in the legs already; where nobody was paid, the co-op carries it.
fn lost_fee(run: &Run, allocation: &Allocation) -> Vec<Bearing> {
    if run.facts.processor_fee == 0 {
        return Vec::new();
    }
    let co_op = || vec![Bearing { party: run.facts.bindings.co_op, weight: 1 }];
    match run.stack.lost_fee {
        Bearer::Payee(payee) => run.facts.bindings.resolve(payee).map_or_else(co_op, |party| vec![Bearing { party, weight: 1 }]),
        Bearer::Payees if allocation.lost_fee_bearers().is_empty() => co_op(),
        Bearer::Payees => Vec::new(),
        Bearer::Owners => {
            let owners = by_party(run.owned.iter().map(|(party, weight)| Bearing { party: *party, weight: *weight }));
            if owners.is_empty() { co_op() } else { owners }
        }
    }
}

fn share_to(party: PartyId, amount: i64) -> Leg {
    Leg { to: Recipient::Party(party), purpose: Purpose::Share, amount }
}

fn recoup_of(advance: &str) -> Purpose {
    Purpose::Recoup(Arc::from(advance))
}
