//! The state of one allocation while its steps run.

use kernel::{Money, PartyId};

use super::share_to;
use crate::{
    AllocateError, Base, Facts, FeeBearer, Leg, MAX_MINOR, Note, Owner, Placed, Rate, Recipient, Rounding, Stack, Step, TraceStep,
    rate::MILLION,
};

/// One allocation under way. Invariant: `takes` and `remaining` sum to `price`.
pub(super) struct Run<'a> {
    pub(super) stack: &'a Stack,
    pub(super) facts: &'a Facts,
    /// What the steps share out: the gross, and the discount where somebody bears it.
    pub(super) price: i64,
    /// What the steps so far have left.
    pub(super) remaining: i64,
    /// Tax and fee that steps still to come must take.
    pub(super) reserved: i64,
    /// The owners' units by party and terms, sorted, each once.
    pub(super) owners: Vec<Owner>,
    /// What each owner got for its lots, sorted by party.
    pub(super) owned: Vec<(PartyId, i64)>,
    pub(super) takes: Vec<Leg>,
    pub(super) trace: Vec<TraceStep>,
    /// A fee to be charged to its bearer after all steps.
    pub(super) fee_to_charge: Option<(&'a Placed, FeeBearer)>,
}

/// What a rule asks for, before it is known whether so much is left.
pub(super) struct Asked {
    pub(super) base: i64,
    pub(super) amount: i128,
    pub(super) rounding: Option<Rounding>,
    pub(super) notes: Vec<Note>,
}

impl<'a> Run<'a> {
    pub(super) fn new(stack: &'a Stack, facts: &'a Facts) -> Self {
        let price = if stack.discount.is_some() { facts.gross + facts.discount } else { facts.gross };
        let off_the_top = |placed: &Placed| matches!(&placed.step, Step::ProcessorFee(fee) if comes_off_the_top(fee.borne_by, facts));
        let reserved_fee = if stack.steps.iter().any(off_the_top) { facts.processor_fee } else { 0 };
        Self {
            stack,
            facts,
            price,
            remaining: price,
            reserved: facts.tax + reserved_fee,
            owners: each_once(&facts.owners),
            owned: Vec::new(),
            takes: Vec::with_capacity(stack.steps.len() + facts.owners.len() + 4),
            trace: Vec::with_capacity(stack.steps.len() + 1),
            fee_to_charge: None,
        }
    }

    /// The amount a percentage is of, never negative.
    pub(super) fn base(&self, of: Base) -> i64 {
        match of {
            Base::Gross => self.price,
            Base::Net => (self.price - self.facts.tax - self.facts.processor_fee).max(0),
            Base::Remaining => self.remaining,
        }
    }

    /// A percentage of a base, to the nearest unit; half a unit stays with what remains.
    pub(super) fn portion(&self, rate: Rate, of: Base) -> Asked {
        let base = self.base(of);
        Asked::rounded(base, i128::from(base) * i128::from(rate.ppm()))
    }

    /// Takes what was asked out of what remains, or as much as is left; a bearer of shortfalls pays the difference.
    pub(super) fn take(&mut self, placed: &Placed, asked: &mut Asked) -> Result<i64, AllocateError> {
        let room = (self.remaining - self.reserved).max(0);
        let given = self.give_within(room, placed, asked)?;
        self.remaining -= given.min(room);
        Ok(given)
    }

    /// What is given of what was asked where there is `room` for so much: no more than that, unless a bearer pays on.
    pub(super) fn give_within(&mut self, room: i64, placed: &Placed, asked: &mut Asked) -> Result<i64, AllocateError> {
        if asked.amount == i128::from(room) + 1 && matches!(asked.rounding, Some(Rounding(up)) if up > 0) {
            // No room for the rounding unit: round down instead.
            asked.amount -= 1;
            asked.rounding = asked.rounding.map(|Rounding(up)| Rounding(up - MILLION.cast_signed()));
        }
        if asked.amount <= i128::from(room) {
            return Ok(i64::try_from(asked.amount).expect("no rule asks for less than nothing, and there is room"));
        }
        asked.rounding = None;
        let short = asked.amount - i128::from(room);
        let Some(bearer) = self.shortfall_bearer() else {
            asked.notes.push(Note::ShortBy(i64::try_from(short).unwrap_or(i64::MAX)));
            return Ok(room);
        };
        if asked.amount > i128::from(MAX_MINOR) {
            return Err(AllocateError::TooLarge { step: placed.text.to_string(), asked: asked.amount });
        }
        let short = i64::try_from(short).expect("it is no more than what was asked");
        asked.notes.push(Note::Borne(short));
        self.takes.push(share_to(bearer, -short));
        Ok(room + short)
    }

    /// Takes tax or fee, for which `reserved` was kept back.
    pub(super) fn take_reserved(&mut self, placed: &Placed, amount: i64) -> Result<Vec<Note>, AllocateError> {
        self.reserved -= amount;
        let short = amount - self.remaining.min(amount);
        self.remaining -= amount - short;
        self.cover(&placed.text, short)
    }

    /// Has the bearer of shortfalls pay what is missing; refuses where there is none.
    pub(super) fn cover(&mut self, step: &str, short: i64) -> Result<Vec<Note>, AllocateError> {
        if short == 0 {
            return Ok(Vec::new());
        }
        let Some(bearer) = self.shortfall_bearer() else {
            return Err(AllocateError::Short { step: step.to_owned(), by: Money::new(short, self.facts.currency) });
        };
        self.takes.push(share_to(bearer, -short));
        Ok(vec![Note::Borne(short)])
    }

    fn shortfall_bearer(&self) -> Option<PartyId> {
        self.stack.shortfall.and_then(|payee| self.facts.bindings.resolve(payee))
    }

    pub(super) fn note(&mut self, placed: &Placed, base: i64, note: Note) {
        let step = TraceStep { notes: vec![note], ..traced(placed, base, 0) };
        self.trace.push(step);
    }

    pub(super) fn no_owners(step: &str) -> AllocateError {
        AllocateError::NoOwners { step: step.to_owned() }
    }

    /// Owners weighed by their units, one entry per party.
    pub(super) fn by_quantity(&self) -> Vec<(Recipient, i64)> {
        let mut weights: Vec<(Recipient, i64)> = self.owners.iter().map(|owner| (Recipient::Party(owner.party), owner.quantity)).collect();
        weights.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        weights
    }
}

impl Asked {
    /// Exactly this amount.
    pub(super) const fn exactly(base: i64, amount: i128) -> Self {
        Self { base, amount, rounding: None, notes: Vec::new() }
    }

    /// This many millionths, to the nearest unit, half down.
    pub(super) fn rounded(base: i64, millionths: i128) -> Self {
        let million = i128::from(MILLION);
        let over = i32::try_from(millionths.rem_euclid(million)).expect("a remainder is less than a million");
        let whole = millionths.div_euclid(million);
        let (amount, rounding) = match over {
            0 => (whole, None),
            over if over > MILLION.cast_signed() / 2 => (whole + 1, Some(Rounding(MILLION.cast_signed() - over))),
            over => (whole, Some(Rounding(-over))),
        };
        Self { base, amount, rounding, notes: Vec::new() }
    }
}

/// A trace step without parts and notes.
pub(super) fn traced(placed: &Placed, base: i64, result: i64) -> TraceStep {
    TraceStep {
        layer: placed.layer,
        number: placed.number,
        text: placed.text.clone(),
        base,
        result,
        parts: Vec::new(),
        rounding: None,
        notes: Vec::new(),
    }
}

/// Whether the fee comes off the top: so the agreement says, or its bearer has no part in this sale.
pub(super) fn comes_off_the_top(bearer: FeeBearer, facts: &Facts) -> bool {
    match bearer {
        FeeBearer::OffTheTop => true,
        FeeBearer::Payee(payee) => facts.bindings.resolve(payee).is_none(),
        FeeBearer::Payees | FeeBearer::Owners => false,
    }
}

fn each_once(owners: &[Owner]) -> Vec<Owner> {
    let mut sorted: Vec<Owner> = owners.to_vec();
    sorted.sort_unstable();
    sorted.dedup_by(|later, kept| {
        let same = (later.party, later.terms) == (kept.party, kept.terms);
        if same {
            kept.quantity += later.quantity;
        }
        same
    });
    sorted.retain(|owner| owner.quantity > 0);
    sorted
}
