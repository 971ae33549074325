//! Steps that pay several at once.

use kernel::{PartyId, largest_remainder};

use super::{
    run::{Asked, Run, traced},
    share_to,
};
use crate::{AllocateError, Leg, Note, Part, Placed, Pool, Purpose, Recipient, Remitter, Share, Terms, TraceStep, Weighted};

impl Run<'_> {
    pub(super) fn tax(&mut self, placed: &Placed) -> Result<(), AllocateError> {
        let tax = self.facts.tax;
        if tax == 0 {
            return Ok(());
        }
        let base = self.remaining;
        let notes = self.take_reserved(placed, tax)?;
        let parts = match self.facts.tax_remitter {
            Remitter::Platform => vec![Part { to: Recipient::Tax, amount: tax, rounded_up: false }],
            Remitter::Seller => share(tax, &self.by_quantity()).ok_or_else(|| Self::no_owners(&placed.text))?,
        };
        self.takes.extend(parts.iter().map(|part| Leg { to: part.to, purpose: Purpose::Tax, amount: part.amount }));
        self.trace.push(TraceStep { parts, notes, ..traced(placed, base, tax) });
        Ok(())
    }

    pub(super) fn named(&mut self, placed: &Placed, parties: &[Weighted], how_much: Share) -> Result<(), AllocateError> {
        let (weights, absent) = self.bound(parties);
        if weights.is_empty() {
            return self.nobody(placed, how_much, &absent);
        }
        let (amount, mut asked) = self.take_share(placed, how_much)?;
        let parts = share(amount, &weights).unwrap_or_default();
        asked.notes.extend(absent);
        self.give(placed, amount, asked, parts);
        Ok(())
    }

    pub(super) fn pool(&mut self, placed: &Placed, pool: &Pool) -> Result<(), AllocateError> {
        let alone = [Weighted { to: pool.pool, weight: 1 }];
        if pool.within.is_empty() || self.bound(&pool.within).0.is_empty() {
            self.named(placed, &alone, pool.share)
        } else {
            self.named(placed, &pool.within, pool.share)
        }
    }

    pub(super) fn owners(&mut self, placed: &Placed, how_much: Share) -> Result<(), AllocateError> {
        let (amount, mut asked) = self.take_share(placed, how_much)?;
        let weights: Vec<(Recipient, i64)> = self.owners.iter().map(|owner| (Recipient::Party(owner.party), owner.quantity)).collect();
        let mut parts = match share(amount, &weights) {
            Some(parts) => parts,
            None if amount == 0 => Vec::new(),
            None => return Err(Self::no_owners(&placed.text)),
        };
        let mut margin = 0;
        let terms: Vec<(Terms, i64)> = self.owners.iter().map(|owner| (owner.terms, owner.quantity)).collect();
        for (part, (terms, quantity)) in parts.iter_mut().zip(terms) {
            let Terms::FixedPrice(price) = terms else { continue };
            let (given, note) = self.fixed_price(placed, part.amount, i128::from(price) * i128::from(quantity))?;
            margin += (part.amount - given).max(0);
            *part = Part { amount: given, rounded_up: false, ..*part };
            asked.notes.extend(note);
        }
        self.owned.extend(parts.iter().filter_map(|part| part.to.party().map(|party| (party, part.amount))));
        if margin > 0 {
            asked.notes.push(Note::Margin(margin));
            parts.push(Part { to: Recipient::Party(self.facts.bindings.co_op), amount: margin, rounded_up: false });
        }
        self.give(placed, amount, asked, parts);
        Ok(())
    }

    /// What an owner with a fixed price gets of the share by quantity of its lot.
    fn fixed_price(&mut self, placed: &Placed, by_quantity: i64, price: i128) -> Result<(i64, Option<Note>), AllocateError> {
        if price <= i128::from(by_quantity) {
            return Ok((i64::try_from(price).expect("it is no more than a share"), None));
        }
        // Above the share: as in every step, the bearer of shortfalls pays the difference, or nobody does.
        let mut asked = Asked::exactly(by_quantity, price);
        let given = self.give_within(by_quantity, placed, &mut asked)?;
        Ok((given, asked.notes.pop()))
    }

    /// Takes a share out of what remains, before it is known who gets it.
    fn take_share(&mut self, placed: &Placed, how_much: Share) -> Result<(i64, Asked), AllocateError> {
        match how_much {
            Share::Rest => {
                let rest = std::mem::take(&mut self.remaining);
                Ok((rest, Asked::exactly(rest, i128::from(rest))))
            }
            Share::Percent { rate, of } => {
                let mut asked = self.portion(rate, of);
                Ok((self.take(placed, &mut asked)?, asked))
            }
        }
    }

    /// Nobody named has a part in this sale: a rest stays with the co-op, anything else is skipped.
    fn nobody(&mut self, placed: &Placed, how_much: Share, absent: &[Note]) -> Result<(), AllocateError> {
        if how_much != Share::Rest {
            let step = TraceStep { notes: absent.to_vec(), ..traced(placed, self.remaining, 0) };
            self.trace.push(step);
            return Ok(());
        }
        let (amount, mut asked) = self.take_share(placed, how_much)?;
        asked.notes.extend_from_slice(absent);
        asked.notes.push(Note::KeptByCoOp);
        let co_op = Recipient::Party(self.facts.bindings.co_op);
        self.give(placed, amount, asked, vec![Part { to: co_op, amount, rounded_up: false }]);
        Ok(())
    }

    fn give(&mut self, placed: &Placed, amount: i64, asked: Asked, parts: Vec<Part>) {
        let to_party = |part: &Part| part.to.party().map(|party| share_to(party, part.amount));
        self.takes.extend(parts.iter().filter_map(to_party));
        self.trace.push(TraceStep { parts, rounding: asked.rounding, notes: asked.notes, ..traced(placed, asked.base, amount) });
    }

    /// The weights of those who have a part in this sale, sorted by party and each once; notes for the others.
    fn bound(&self, parties: &[Weighted]) -> (Vec<(Recipient, i64)>, Vec<Note>) {
        let mut weights: Vec<(PartyId, i64)> = Vec::with_capacity(parties.len());
        let mut absent = Vec::new();
        for one in parties {
            match self.facts.bindings.resolve(one.to) {
                Some(party) => weights.push((party, i64::from(one.weight))),
                None => absent.push(one.to),
            }
        }
        weights.sort_unstable();
        weights.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        absent.sort_unstable();
        (
            weights.into_iter().map(|(party, weight)| (Recipient::Party(party), weight)).collect(),
            absent.into_iter().map(Note::Absent).collect(),
        )
    }
}

/// Shares an amount by weights, largest remainder first, ties to the earlier; `None` when nobody has a weight.
pub(super) fn share(amount: i64, weights: &[(Recipient, i64)]) -> Option<Vec<Part>> {
    let plain: Vec<i64> = weights.iter().map(|(_, weight)| *weight).collect();
    let whole: i128 = plain.iter().map(|weight| i128::from(*weight)).sum();
    let shares = largest_remainder(amount, &plain)?;
    let part = |(share, (to, weight)): (i64, &(Recipient, i64))| {
        let floor = i128::from(amount) * i128::from(*weight) / whole;
        Part { to: *to, amount: share, rounded_up: i128::from(share) != floor }
    };
    Some(shares.into_iter().zip(weights).map(part).collect())
}
