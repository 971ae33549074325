//! What a sale means for the books. Pure: the same sale in the same state gives the same postings, and what is in the
//! books already is not worked out again.
//!
//! | posting | source | debit | credit |
//! |---|---|---|---|
//! | `payment` | the sale | clearing | unsettled |
//! | `settlement` | the sale | unsettled (or cash) | every share, and clearing for the processor's fee |
//! | `conversion` | the sale | unsettled, in the buyer's currency | clearing, in the buyer's currency |
//! | `refund` | the refund | every share, in part | clearing (or cash) |
//! | `refund_failed` | the refund | clearing | every share |
//! | `dispute_hold` | the dispute | payable | held |
//! | `dispute_movement` | the balance transaction | disputed, fees | clearing |
//! | `dispute_released` | the dispute | held | payable |
//! | `dispute_lost` | the dispute | every share, in part | disputed |

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{Currency, PartyId};
use ledger::{Account, AccountKind, Exchange, Posting, PostingHead};
use splits::{Allocation, Leg, Purpose, Recipient, ReversalError, refund_legs, returned_after};

use crate::{
    DisputeStatus, OrdersError, Payment, RefundStatus, RefundedLine, Sale, SaleStatus, Standing, allocate::scaled, dispute::Held,
    sale::FeeKnown,
};

/// Everything that has to be written because of what was seen.
#[derive(Clone, Debug, Default)]
pub struct Booking {
    /// New postings, in the order in which they follow from each other.
    pub postings: Vec<Posting>,
    /// Lines that were settled now.
    pub allocations: BTreeMap<i16, Allocation>,
}

impl Sale {
    /// Works out everything that follows from what was seen, and marks it as booked in `self`. On an error `self` must be
    /// dropped: nothing of it may be saved.
    pub fn book(&mut self, standing: &mut Standing) -> Result<Booking, OrdersError> {
        let mut booking = Booking::default();
        if self.seen.paid && self.status == SaleStatus::Placed {
            self.pay(&mut booking)?;
        }
        if let Some(fee) = self.seen.fee.take().filter(|_| self.status == SaleStatus::Paid) {
            self.settle(fee, standing, &mut booking)?;
        }
        self.move_disputed(&mut booking)?;
        if self.status == SaleStatus::Settled {
            self.book_refunds(standing, &mut booking)?;
            self.book_disputes(standing, &mut booking)?;
        }
        Ok(booking)
    }

    fn head(&self, kind: &'static str, source: impl Into<String>, currency: Currency, at: DateTime<Utc>) -> PostingHead {
        PostingHead {
            coop: self.coop,
            kind,
            source: source.into(),
            currency,
            effective_at: at,
            available_at: at,
            sale: Some(self.id),
            reverses: None,
            exchange: None,
        }
    }

    /// Where the buyer's money lies until it is shared.
    const fn purse(&self) -> AccountKind {
        match self.payment {
            Payment::Stripe => AccountKind::Clearing,
            Payment::Cash | Payment::Outside => AccountKind::Cash,
        }
    }

    fn pay(&mut self, booking: &mut Booking) -> Result<(), OrdersError> {
        let head = self.head("payment", self.id.to_string(), self.currency, self.sold_at);
        let legs = [(Account::own(self.purse()), self.gross), (Account::own(AccountKind::Unsettled), -self.gross)];
        booking.postings.extend(Posting::try_new(head, legs)?);
        (self.paid, self.status) = (self.gross, SaleStatus::Paid);
        Ok(())
    }

    fn settle(&mut self, fee: FeeKnown, standing: &mut Standing, booking: &mut Booking) -> Result<(), OrdersError> {
        let allocations = standing.allocate(self, &fee)?;
        let mut head = self.head("settlement", self.id.to_string(), fee.currency, fee.at);
        head.available_at = fee.available_at;
        let mut legs = vec![(Account::own(AccountKind::Unsettled), fee.gross)];
        if fee.currency != self.currency {
            // The buyer's currency leaves the books as it came; the balance's currency comes in its place.
            let leave = [(Account::own(AccountKind::Unsettled), self.gross), (Account::own(AccountKind::Clearing), -self.gross)];
            booking.postings.extend(Posting::try_new(self.head("conversion", self.id.to_string(), self.currency, fee.at), leave)?);
            head.exchange = Some(Exchange { from: self.currency, amount: self.gross, rate: fee.exchange_rate.clone().unwrap_or_default() });
            legs = vec![(Account::own(AccountKind::Clearing), fee.gross)];
        }
        for leg in allocations.values().flat_map(|allocation| &allocation.legs) {
            legs.push((self.account(leg, standing)?, -leg.amount));
        }
        booking.postings.extend(Posting::try_new(head, legs)?);
        booking.allocations.clone_from(&allocations);
        (self.allocations, self.fee, self.status) = (allocations, Some(fee), SaleStatus::Settled);
        Ok(())
    }

    /// The account that a leg is owed on.
    fn account(&self, leg: &Leg, standing: &Standing) -> Result<Account, OrdersError> {
        let own = standing.own_party(self)?;
        Ok(match (leg.to, &leg.purpose) {
            (Recipient::Processor, _) => Account::own(self.purse()),
            (Recipient::Tax, _) => Account::own(AccountKind::TaxPayable),
            (Recipient::Party(_), Purpose::Recoup(name)) => Account::of(AccountKind::Advance, standing.debtor(self.id, self.coop, name)?),
            (Recipient::Party(party), Purpose::LostFee) if party == own => Account::own(AccountKind::Fees),
            (Recipient::Party(party), _) if party == own => Account::own(AccountKind::CoopIncome),
            (Recipient::Party(party), _) => Account::of(AccountKind::MemberPayable, party),
        })
    }

    fn book_refunds(&mut self, standing: &Standing, booking: &mut Booking) -> Result<(), OrdersError> {
        let mut order: Vec<(DateTime<Utc>, String)> = self.refunds.values().map(|refund| (refund.refunded_at, refund.id.clone())).collect();
        order.sort();
        for (at, id) in order {
            let refund = &self.refunds[&id];
            match (refund.status, &refund.applied) {
                (RefundStatus::Succeeded, None) => {
                    let lines = self.lay_out(refund.amount, refund.lines.as_deref())?;
                    self.give_back(&lines, (self.head("refund", id.clone(), self.book_currency(), at), self.purse()), standing, booking)?;
                    self.count_returned(&lines, 1);
                    self.refund_mut(&id).applied = Some(lines);
                }
                (RefundStatus::Failed, Some(lines)) => {
                    let lines = self.lay_back(lines)?;
                    self.count_returned(&lines, -1);
                    self.undo(&lines, self.head("refund_failed", id.clone(), self.book_currency(), at), standing, booking)?;
                    self.refund_mut(&id).applied = None;
                }
                (RefundStatus::Pending | RefundStatus::Failed, None) | (RefundStatus::Pending | RefundStatus::Succeeded, Some(_)) => {}
            }
        }
        Ok(())
    }

    fn refund_mut(&mut self, id: &str) -> &mut crate::Refund {
        self.refunds.get_mut(id).expect("the id was just read from the same map")
    }

    fn book_currency(&self) -> Currency {
        self.fee.as_ref().map_or(self.currency, |fee| fee.currency)
    }

    /// Remembers how much more (or less) of each line has gone back.
    fn count_returned(&mut self, lines: &[RefundedLine], sign: i64) {
        for part in lines {
            *self.returned.entry(part.line).or_default() += sign * part.amount;
        }
        self.returned.retain(|_, amount| *amount != 0);
        self.refunded += sign * total(lines);
    }

    /// How much of each line would have gone back if `amount` of the whole sale had, and no refund had named its lines.
    fn evenly(&self, amount: i64) -> Result<Vec<i64>, OrdersError> {
        let amounts: Vec<i64> = self.lines.iter().map(|line| line.amount).collect();
        returned_after(&amounts, amount).map_err(|source| self.cannot_reverse(source))
    }

    fn is_even(&self) -> Result<bool, OrdersError> {
        Ok(self.lines.iter().zip(self.evenly(self.refunded)?).all(|(line, even)| self.back(line.number) == even))
    }

    fn back(&self, line: i16) -> i64 {
        self.returned.get(&line).copied().unwrap_or(0)
    }

    const fn cannot_reverse(&self, source: ReversalError) -> OrdersError {
        OrdersError::Reverse { sale: self.id, source }
    }

    fn parts(&self, shares: impl IntoIterator<Item = i64>) -> Vec<RefundedLine> {
        let parts = self.lines.iter().zip(shares).filter(|(_, amount)| *amount > 0);
        parts.map(|(line, amount)| RefundedLine { line: line.number, amount }).collect()
    }

    /// Lays an amount over the lines: as it says itself, or over the whole sale. While nothing named its lines, each
    /// line's total depends on the sale's total alone, so the order of refunds does not matter; after that, over what is left.
    fn lay_out(&self, amount: i64, named: Option<&[RefundedLine]>) -> Result<Vec<RefundedLine>, OrdersError> {
        if let Some(lines) = named {
            return self.as_named(amount, lines);
        }
        let shares = if self.is_even()? {
            let (before, after) = (self.evenly(self.refunded)?, self.evenly(self.refunded + amount)?);
            after.iter().zip(&before).map(|(after, before)| after - before).collect()
        } else {
            let left: Vec<i64> = self.lines.iter().map(|line| line.amount - self.back(line.number)).collect();
            returned_after(&left, amount).map_err(|source| self.cannot_reverse(source))?
        };
        Ok(self.parts(shares))
    }

    /// The lines that a refund names, if they exist, have that much left and sum to the refund.
    fn as_named(&self, amount: i64, lines: &[RefundedLine]) -> Result<Vec<RefundedLine>, OrdersError> {
        let mut by_line: BTreeMap<i16, i64> = BTreeMap::new();
        for part in lines {
            if !(0..=amount).contains(&part.amount) {
                return Err(self.cannot_reverse(ReversalError::OutOfRange { value: part.amount }));
            }
            *by_line.entry(part.line).or_default() += part.amount;
        }
        let lines: Vec<RefundedLine> = by_line.into_iter().map(|(line, amount)| RefundedLine { line, amount }).collect();
        for part in &lines {
            let line = self.lines.iter().find(|line| line.number == part.line);
            let left = line.ok_or(OrdersError::NoLine { sale: self.id, line: part.line })?.amount - self.back(part.line);
            if part.amount > left {
                return Err(self.cannot_reverse(ReversalError::TooMuch { refund: part.amount, left }));
            }
        }
        if total(&lines) != amount {
            return Err(self.cannot_reverse(ReversalError::TooMuch { refund: amount, left: total(&lines) }));
        }
        Ok(lines)
    }

    /// What a refund that failed takes back out of the lines: while no refund named its lines, the last units, so that
    /// what stays depends on its sum alone; else what it laid over them, or, where that is gone already, in proportion.
    fn lay_back(&self, lines: &[RefundedLine]) -> Result<Vec<RefundedLine>, OrdersError> {
        let amount = total(lines);
        if self.is_even()? {
            let (before, after) = (self.evenly(self.refunded)?, self.evenly(self.refunded - amount)?);
            return Ok(self.parts(before.iter().zip(&after).map(|(before, after)| before - after)));
        }
        if lines.iter().all(|part| part.amount <= self.back(part.line)) {
            return Ok(lines.to_vec());
        }
        let back: Vec<i64> = self.lines.iter().map(|line| self.back(line.number)).collect();
        Ok(self.parts(returned_after(&back, amount).map_err(|source| self.cannot_reverse(source))?))
    }

    /// The legs of giving back `lines` after what went back before.
    fn legs_of(&self, lines: &[RefundedLine]) -> Result<Vec<Leg>, OrdersError> {
        let mut legs = Vec::new();
        for part in lines {
            let (Some(allocation), Some(line)) =
                (self.allocations.get(&part.line), self.lines.iter().find(|line| line.number == part.line))
            else {
                continue; // nothing was paid for the line
            };
            let before = self.back(part.line);
            let (from, to) = (scaled(before, allocation.gross, line.amount), scaled(before + part.amount, allocation.gross, line.amount));
            legs.extend(refund_legs(allocation, from, to - from).map_err(|source| OrdersError::Reverse { sale: self.id, source })?);
        }
        Ok(legs)
    }

    fn give_back(
        &self,
        lines: &[RefundedLine],
        (head, from): (PostingHead, AccountKind),
        standing: &Standing,
        booking: &mut Booking,
    ) -> Result<(), OrdersError> {
        let legs = self.legs_of(lines)?;
        let sum: i64 = legs.iter().map(|leg| leg.amount).sum();
        let mut entries = vec![(Account::own(from), -sum)];
        for leg in &legs {
            entries.push((self.account(leg, standing)?, leg.amount));
        }
        booking.postings.extend(Posting::try_new(head, entries)?);
        Ok(())
    }

    /// Books that `lines`, which are no longer counted as returned, never went: the legs they would have now, turned round.
    fn undo(&self, lines: &[RefundedLine], head: PostingHead, standing: &Standing, booking: &mut Booking) -> Result<(), OrdersError> {
        let legs = self.legs_of(lines)?;
        let sum: i64 = legs.iter().map(|leg| leg.amount).sum();
        let mut entries = vec![(Account::own(self.purse()), sum)];
        for leg in &legs {
            entries.push((self.account(leg, standing)?, -leg.amount));
        }
        booking.postings.extend(Posting::try_new(head, entries)?);
        Ok(())
    }

    /// Money that a bank withdrew or gave back, and the fee for it, as Stripe's balance says.
    fn move_disputed(&self, booking: &mut Booking) -> Result<(), OrdersError> {
        for (id, movement) in self.disputes.values().flat_map(|dispute| &dispute.movements) {
            let legs = [
                (Account::own(AccountKind::Clearing), movement.amount - movement.fee),
                (Account::own(AccountKind::Disputed), -movement.amount),
                (Account::own(AccountKind::Fees), movement.fee),
            ];
            booking.postings.extend(Posting::try_new(self.head("dispute_movement", id, movement.currency, movement.at), legs)?);
        }
        Ok(())
    }

    fn book_disputes(&mut self, standing: &Standing, booking: &mut Booking) -> Result<(), OrdersError> {
        let ids: Vec<String> = self.disputes.keys().cloned().collect();
        for id in ids {
            let dispute = &self.disputes[&id];
            let closed_at = dispute.closed_at.unwrap_or(dispute.opened_at);
            match dispute.status {
                DisputeStatus::Open if dispute.held.is_none() => self.hold(&id, standing, booking)?,
                DisputeStatus::Open => {}
                DisputeStatus::Won => self.release(&id, closed_at, booking)?,
                DisputeStatus::Lost => {
                    self.release(&id, closed_at, booking)?;
                    self.lose(&id, closed_at, standing, booking)?;
                }
            }
        }
        Ok(())
    }

    /// Sets aside what each party would have to give back.
    fn hold(&mut self, id: &str, standing: &Standing, booking: &mut Booking) -> Result<(), OrdersError> {
        let dispute = &self.disputes[id];
        let left = self.lines.iter().map(|line| line.amount).sum::<i64>() - self.refunded;
        let lines = self.lay_out(dispute.amount.min(left), None)?;
        let own = standing.own_party(self)?;
        let mut by_party: BTreeMap<PartyId, i64> = BTreeMap::new();
        for leg in self.legs_of(&lines)? {
            if let Some(party) = leg.to.party().filter(|party| *party != own && !matches!(leg.purpose, Purpose::Recoup(_))) {
                *by_party.entry(party).or_default() += leg.amount;
            }
        }
        let shares: Vec<Held> =
            by_party.into_iter().filter(|(_, amount)| *amount > 0).map(|(party, amount)| Held { party, amount }).collect();
        let head = self.head("dispute_hold", id, self.book_currency(), dispute.opened_at);
        booking.postings.extend(Posting::try_new(head, between(&shares, AccountKind::MemberPayable, AccountKind::Held))?);
        self.dispute_mut(id).held = Some(shares);
        Ok(())
    }

    fn release(&mut self, id: &str, at: DateTime<Utc>, booking: &mut Booking) -> Result<(), OrdersError> {
        let Some(shares) = self.disputes[id].held.as_ref().filter(|shares| !shares.is_empty()) else { return Ok(()) };
        let head = self.head("dispute_released", id, self.book_currency(), at);
        booking.postings.extend(Posting::try_new(head, between(shares, AccountKind::Held, AccountKind::MemberPayable))?);
        self.dispute_mut(id).held = Some(Vec::new());
        Ok(())
    }

    fn lose(&mut self, id: &str, at: DateTime<Utc>, standing: &Standing, booking: &mut Booking) -> Result<(), OrdersError> {
        let dispute = &self.disputes[id];
        if dispute.applied.is_some() {
            return Ok(());
        }
        let lines = self.lay_out(dispute.amount, None)?;
        self.give_back(&lines, (self.head("dispute_lost", id, self.book_currency(), at), AccountKind::Disputed), standing, booking)?;
        self.count_returned(&lines, 1);
        self.dispute_mut(id).applied = Some(lines);
        Ok(())
    }

    fn dispute_mut(&mut self, id: &str) -> &mut crate::Dispute {
        self.disputes.get_mut(id).expect("the id was just read from the same map")
    }
}

fn total(lines: &[RefundedLine]) -> i64 {
    lines.iter().map(|part| part.amount).sum()
}

/// Moves each party's amount from one of its accounts to another.
fn between(held: &[Held], from: AccountKind, to: AccountKind) -> Vec<(Account, i64)> {
    held.iter().flat_map(|held| [(Account::of(from, held.party), held.amount), (Account::of(to, held.party), -held.amount)]).collect()
}
