//! Charges after the steps: a processor's fee that somebody bears, and a discount.

use kernel::PartyId;

use super::{
    merged,
    run::{Asked, Run, traced},
    share_to,
    shared::share,
};
use crate::{AllocateError, DiscountBearer, FeeBearer, Leg, Part, Purpose, Recipient, TraceStep};

impl Run<'_> {
    /// Charges the processor's fee to its bearer, where it did not come off the top.
    pub(super) fn charge_fee(&mut self) -> Result<(), AllocateError> {
        let Some((placed, borne_by)) = self.fee_to_charge.take() else { return Ok(()) };
        let fee = self.facts.processor_fee;
        let mut notes = Vec::new();
        let charges = match borne_by {
            FeeBearer::Payee(payee) => self.facts.bindings.resolve(payee).map(|party| share_to(party, -fee)).into_iter().collect(),
            FeeBearer::Owners => self.of_owners(&placed.text, fee)?,
            FeeBearer::Payees | FeeBearer::OffTheTop => {
                let (charges, uncovered) = self.of_payees(fee);
                notes = self.cover(&placed.text, uncovered)?;
                charges
            }
        };
        self.takes.push(Leg { to: Recipient::Processor, purpose: Purpose::ProcessorFee, amount: fee });
        let parts = charges.iter().map(|leg| Part { to: leg.to, amount: leg.amount, rounded_up: false }).collect();
        self.trace.push(TraceStep { parts, notes, ..traced(placed, fee, fee) });
        self.takes.extend(charges);
        Ok(())
    }

    /// Takes the discount, which the steps have shared out with the price, off its bearers.
    pub(super) fn charge_discount(&mut self) -> Result<(), AllocateError> {
        let discount = self.facts.discount;
        let Some((layer, bearer, text)) = self.stack.discount.as_ref().filter(|_| discount > 0) else { return Ok(()) };
        let of_co_op = match bearer {
            DiscountBearer::Seller => Asked::exactly(discount, 0),
            DiscountBearer::CoOp => Asked::exactly(discount, i128::from(discount)),
            DiscountBearer::Shared { co_op } => Asked::rounded(discount, i128::from(discount) * i128::from(co_op.ppm())),
        };
        let co_op_bears = i64::try_from(of_co_op.amount).expect("a part of the discount is no larger than it");
        let mut charges = Vec::new();
        if co_op_bears > 0 {
            charges.push(share_to(self.facts.bindings.co_op, -co_op_bears));
        }
        if discount > co_op_bears {
            charges.extend(self.of_owners(text, discount - co_op_bears)?);
        }
        self.trace.push(TraceStep {
            layer: *layer,
            number: 0,
            text: text.clone(),
            base: discount,
            result: discount,
            parts: charges.iter().map(|leg| Part { to: leg.to, amount: leg.amount, rounded_up: false }).collect(),
            rounding: of_co_op.rounding,
            notes: Vec::new(),
        });
        self.takes.extend(charges);
        Ok(())
    }

    /// Charges the owners in proportion to what their lots brought them; by quantity when that was nothing.
    fn of_owners(&self, text: &str, amount: i64) -> Result<Vec<Leg>, AllocateError> {
        let mut brought: Vec<(PartyId, i64)> = self.owned.clone();
        brought.sort_unstable();
        let weights: Vec<(Recipient, i64)> = brought.into_iter().map(|(party, amount)| (Recipient::Party(party), amount)).collect();
        let parts = share(amount, &weights).or_else(|| share(amount, &self.by_quantity())).ok_or_else(|| Self::no_owners(text))?;
        Ok(parts.into_iter().map(|part| Leg { to: part.to, purpose: Purpose::Share, amount: -part.amount }).collect())
    }

    /// Charges all that parties were paid, tax apart, in proportion and no further than to zero; and what is uncovered.
    fn of_payees(&self, amount: i64) -> (Vec<Leg>, i64) {
        let paid: Vec<Leg> = merged(self.takes.clone())
            .into_iter()
            .filter(|leg| leg.to.party().is_some() && leg.purpose != Purpose::Tax && leg.amount > 0)
            .collect();
        let weights: Vec<(Recipient, i64)> = paid.iter().map(|leg| (leg.to, leg.amount)).collect();
        let covered = amount.min(weights.iter().map(|(_, weight)| *weight).sum());
        let parts = share(covered, &weights).unwrap_or_default();
        let charges = paid.into_iter().zip(parts).map(|(leg, part)| Leg { amount: -part.amount, ..leg }).collect();
        (charges, amount - covered)
    }
}
