//! Steps that pay one payee.

use super::{
    recoup_of,
    run::{Asked, Run, comes_off_the_top, traced},
};
use crate::{
    AllocateError, AmountBracket, Brackets, FeeBearer, Fixed, Leg, Note, Part, Payee, Per, Percent, Placed, Purpose, Recipient, Recoup,
    SalePart, Tiers, TraceStep,
};

impl<'a> Run<'a> {
    pub(super) fn processor_fee(&mut self, placed: &'a Placed, borne_by: FeeBearer) -> Result<(), AllocateError> {
        let fee = self.facts.processor_fee;
        if fee == 0 {
            return Ok(());
        }
        if !comes_off_the_top(borne_by, self.facts) {
            self.fee_to_charge = Some((placed, borne_by));
            return Ok(());
        }
        let base = self.remaining;
        let mut notes = self.take_reserved(placed, fee)?;
        if let FeeBearer::Payee(payee) = borne_by {
            notes.push(Note::Absent(payee));
        }
        self.takes.push(Leg { to: Recipient::Processor, purpose: Purpose::ProcessorFee, amount: fee });
        let parts = vec![Part { to: Recipient::Processor, amount: fee, rounded_up: false }];
        self.trace.push(TraceStep { parts, notes, ..traced(placed, base, fee) });
        Ok(())
    }

    pub(super) fn percent(&mut self, placed: &Placed, percent: &Percent) -> Result<(), AllocateError> {
        let mut asked = self.portion(percent.rate, percent.of);
        for (limit, note) in [(percent.floor, Note::Floor), (percent.cap, Note::Cap)] {
            let Some(limit) = limit.map(i128::from) else { continue };
            if (note == Note::Floor && asked.amount < limit) || (note == Note::Cap && asked.amount > limit) {
                asked.amount = limit;
                asked.rounding = None;
                asked.notes.push(note);
            }
        }
        self.pay(placed, percent.to, Purpose::Share, asked)
    }

    pub(super) fn fixed(&mut self, placed: &Placed, fixed: &Fixed) -> Result<(), AllocateError> {
        let each = i128::from(fixed.amount);
        let amount = match fixed.per {
            Per::Line => each,
            Per::Unit => each * i128::from(self.facts.quantity),
            Per::Sale => {
                let part = self.facts.sale.unwrap_or(SalePart { before: 0, total: self.facts.gross });
                // The difference of two running totals: over all lines they sum to the amount exactly.
                let until = |gross: i64| (2 * each * i128::from(gross) + i128::from(part.total)) / (2 * i128::from(part.total)).max(1);
                until(part.before + self.facts.gross) - until(part.before)
            }
        };
        let mut asked = Asked::exactly(self.remaining, amount);
        if fixed.per == Per::Unit {
            asked.notes.push(Note::Units(self.facts.quantity));
        }
        self.pay(placed, fixed.to, Purpose::Share, asked)
    }

    pub(super) fn tiers(&mut self, placed: &Placed, tiers: &Tiers) -> Result<(), AllocateError> {
        let asked = match &tiers.by {
            Brackets::Date(brackets) => match brackets.iter().rev().find(|bracket| bracket.from <= self.facts.sold_at) {
                Some(bracket) => self.portion(bracket.rate, tiers.of),
                None => Asked { notes: vec![Note::NotBegun], ..Asked::exactly(self.base(tiers.of), 0) },
            },
            Brackets::Amount(brackets) => {
                let base = self.base(tiers.of);
                let party = self.facts.bindings.resolve(tiers.to);
                let so_far =
                    self.facts.so_far.iter().filter(|so_far| Some(so_far.party) == party).map(|so_far| so_far.amount).max().unwrap_or(0);
                let mut asked = Asked::rounded(base, marginal(brackets, so_far, base));
                asked.notes.push(Note::SoFar(so_far));
                asked
            }
        };
        self.pay(placed, tiers.to, Purpose::Share, asked)
    }

    pub(super) fn recoup(&mut self, placed: &Placed, recoup: &Recoup) -> Result<(), AllocateError> {
        let advances = self.facts.advances.iter().filter(|advance| advance.name == recoup.advance);
        let purpose = recoup_of(&recoup.advance);
        // Another layer may have paid a part of it back already.
        let paid_back: i64 = self.takes.iter().filter(|leg| leg.purpose == purpose).map(|leg| leg.amount).sum();
        let outstanding = advances.map(|advance| advance.outstanding).max().unwrap_or(0) - paid_back;
        let mut asked = self.portion(recoup.rate, crate::Base::Remaining);
        if asked.amount > i128::from(outstanding) {
            asked.amount = i128::from(outstanding);
            asked.rounding = None;
        }
        asked.notes.push(Note::Outstanding(outstanding));
        self.pay(placed, recoup.to, purpose, asked)
    }

    fn pay(&mut self, placed: &Placed, to: Payee, purpose: Purpose, mut asked: Asked) -> Result<(), AllocateError> {
        let Some(to) = self.facts.bindings.resolve(to).map(Recipient::Party) else {
            self.note(placed, asked.base, Note::Absent(to));
            return Ok(());
        };
        let amount = self.take(placed, &mut asked)?;
        self.takes.push(Leg { to, purpose, amount });
        let parts = vec![Part { to, amount, rounded_up: false }];
        self.trace.push(TraceStep { parts, rounding: asked.rounding, notes: asked.notes, ..traced(placed, asked.base, amount) });
        Ok(())
    }
}

/// What brackets ask of the part of a running total from `so_far` to `so_far + base`, in millionths.
fn marginal(brackets: &[AmountBracket], so_far: i64, base: i64) -> i128 {
    let (from, to) = (i128::from(so_far), i128::from(so_far) + i128::from(base));
    let ends = brackets.iter().skip(1).map(|next| i128::from(next.from)).chain([i128::MAX]);
    let overlap = |(bracket, end): (&AmountBracket, i128)| {
        let inside = (to.min(end) - from.max(i128::from(bracket.from))).max(0);
        inside * i128::from(bracket.rate.ppm())
    };
    brackets.iter().zip(ends).map(overlap).sum()
}
