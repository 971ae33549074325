//! From a sale to the facts of its lines, and from those to who gets what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{CoopId, PartyId, SaleId, largest_remainder};
use splits::{Advance, Allocation, Bindings, Facts, Recipient, Remitter, SalePart, SoFar, Stack, allocate};

use crate::{OrdersError, Sale, TermsId, agreements::Stacks, sale::FeeKnown};

/// What allocation needs to know besides the sale itself: the stacks of agreements, the co-op's own party, and, only where
/// an agreement looks at them, running totals and outstanding advances. Those two are carried forward from line to line.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    pub(crate) stacks: Stacks,
    pub(crate) own_parties: HashMap<CoopId, PartyId>,
    /// By co-op, terms, party and the first day of the month: the base of the tiers so far.
    pub(crate) totals: BTreeMap<(CoopId, TermsId, PartyId, chrono::NaiveDate), i64>,
    pub(crate) touched_totals: BTreeSet<(CoopId, TermsId, PartyId, chrono::NaiveDate)>,
    /// By co-op and name: who owes the advance, and how much is left.
    pub(crate) advances: BTreeMap<(CoopId, String), (PartyId, i64)>,
}

/// The part of a [`Standing`] that moves from line to line.
#[derive(Clone, Debug)]
pub struct Carried {
    totals: BTreeMap<(CoopId, TermsId, PartyId, chrono::NaiveDate), i64>,
    touched_totals: BTreeSet<(CoopId, TermsId, PartyId, chrono::NaiveDate)>,
    advances: BTreeMap<(CoopId, String), (PartyId, i64)>,
}

impl Standing {
    /// What was carried forward up to here; both maps are empty for most agreements.
    pub fn carried(&self) -> Carried {
        Carried { totals: self.totals.clone(), touched_totals: self.touched_totals.clone(), advances: self.advances.clone() }
    }

    /// Goes back to what was carried before a sale that could not be booked.
    pub fn restore(&mut self, before: Carried) {
        Carried { totals: self.totals, touched_totals: self.touched_totals, advances: self.advances } = before;
    }

    pub(crate) fn own_party(&self, sale: &Sale) -> Result<PartyId, OrdersError> {
        self.own_parties.get(&sale.coop).copied().ok_or(OrdersError::NoTerms(sale.id))
    }

    /// Allocates every line of a sale whose fee is known.
    pub(crate) fn allocate(&mut self, sale: &Sale, fee: &FeeKnown) -> Result<BTreeMap<i16, Allocation>, OrdersError> {
        let weights: Vec<i64> = sale.lines.iter().map(|line| line.amount).collect();
        // Nothing was paid for anything: nothing is shared
        let (Some(gross), Some(fees)) = (largest_remainder(fee.gross, &weights), largest_remainder(fee.fee, &weights)) else {
            return Ok(BTreeMap::new());
        };
        let mut allocations = BTreeMap::new();
        let mut before = 0;
        for (index, line) in sale.lines.iter().enumerate() {
            let stack = self.stacks.get(&(sale.coop, line.terms)).cloned().ok_or(OrdersError::NoTerms(sale.id))?;
            let in_balance_currency = |minor: i64| scaled(minor, gross[index], line.amount);
            let facts = Facts {
                currency: fee.currency,
                gross: gross[index],
                tax: in_balance_currency(line.tax),
                tax_remitter: Remitter::Seller,
                processor_fee: fees[index],
                discount: in_balance_currency(line.discount),
                quantity: i64::from(line.quantity),
                sold_at: sale.sold_at,
                owners: line.owners.clone(),
                bindings: Bindings { co_op: self.own_party(sale)?, venue: sale.venue, affiliate: sale.affiliate },
                sale: Some(SalePart { before, total: fee.gross }),
                so_far: self.so_far(sale, line.terms, &stack),
                advances: self.advances_of(sale.coop, &stack),
            };
            before += gross[index];
            let allocation = allocate(&stack, &facts).map_err(|source| OrdersError::Allocate { sale: sale.id, source })?;
            self.carry(sale, line.terms, &facts, (&stack, &allocation));
            allocations.insert(line.number, allocation);
        }
        Ok(allocations)
    }

    fn so_far(&self, sale: &Sale, terms: TermsId, stack: &Stack) -> Vec<SoFar> {
        let month = kernel::Month::of(sale.sold_at, &chrono::Utc).first_day();
        let key = |party| (sale.coop, terms, party, month);
        let Some(own) = self.own_parties.get(&sale.coop) else { return Vec::new() };
        let bindings = Bindings { co_op: *own, venue: sale.venue, affiliate: sale.affiliate };
        let payees = stack.needs().so_far.into_iter().filter_map(|payee| bindings.resolve(payee));
        payees.map(|party| SoFar { party, amount: self.totals.get(&key(party)).copied().unwrap_or(0) }).collect()
    }

    fn advances_of(&self, coop: CoopId, stack: &Stack) -> Vec<Advance> {
        let names = stack.needs().advances.into_iter();
        names
            .filter_map(|name| {
                let outstanding = self.advances.get(&(coop, name.clone()))?.1;
                Some(Advance { name, outstanding })
            })
            .collect()
    }

    /// The next line sees what this one added.
    fn carry(&mut self, sale: &Sale, terms: TermsId, facts: &Facts, (stack, allocation): (&Stack, &Allocation)) {
        let month = kernel::Month::of(sale.sold_at, &chrono::Utc).first_day();
        for payee in stack.needs().so_far {
            let Some(party) = facts.bindings.resolve(payee) else { continue };
            let tiers = allocation.trace.iter().find(|step| {
                step.parts.iter().any(|part| part.to == Recipient::Party(party))
                    && step.notes.iter().any(|note| matches!(note, splits::Note::SoFar(_)))
            });
            let key = (sale.coop, terms, party, month);
            *self.totals.entry(key).or_default() += tiers.map_or(0, |step| step.base);
            self.touched_totals.insert(key);
        }
        for leg in &allocation.legs {
            if let splits::Purpose::Recoup(name) = &leg.purpose
                && let Some((_, outstanding)) = self.advances.get_mut(&(sale.coop, name.to_string()))
            {
                *outstanding -= leg.amount;
            }
        }
    }

    /// Who owes the advance of that name.
    pub(crate) fn debtor(&self, sale: SaleId, coop: CoopId, name: &str) -> Result<PartyId, OrdersError> {
        self.advances.get(&(coop, name.to_owned())).map(|(party, _)| *party).ok_or(OrdersError::NoTerms(sale))
    }
}

/// `minor` of `of` units, in proportion of `whole`; exact when both are the same.
pub(crate) fn scaled(minor: i64, whole: i64, of: i64) -> i64 {
    if of == 0 || whole == of {
        return minor;
    }
    i64::try_from(i128::from(minor) * i128::from(whole) / i128::from(of)).expect("a part is no larger than the whole")
}
