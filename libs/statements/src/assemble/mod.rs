//! From movements and what they speak of to lines. Pure: the same books give the same lines.

mod words;

use chrono_tz::Tz;
use kernel::{Currency, Money, PartyId};
use splits::{Allocation, Purpose, Recipient};

use crate::{
    Kind, Line, PayoutNote, SaleRef,
    gather::{Facts, LineFact, Movement, SaleFact, VersionFact, patronage_of, payout_of},
};

/// The lines of one party in one currency, and where its payouts went. Movements come in the order of time.
pub(crate) fn lines_of(moved: &[Movement], facts: &Facts, zone: Tz) -> (Vec<Line>, Vec<PayoutNote>) {
    let mut lines = Vec::with_capacity(moved.len());
    let mut payouts = Vec::new();
    for movement in moved {
        let desk = Desk { movement, facts, zone };
        match desk.shares() {
            Some(shares) => lines.extend(shares),
            None => lines.push(desk.whole()),
        }
        payouts.extend(desk.payout());
    }
    (lines, payouts)
}

/// What of an allocation stands on a party's payable account. What pays an advance back goes to the advance instead.
pub(crate) fn payable_part(allocation: &Allocation, party: PartyId) -> i64 {
    let legs = allocation.legs.iter().filter(|leg| leg.to == Recipient::Party(party));
    legs.filter(|leg| !matches!(leg.purpose, Purpose::Recoup(_))).map(|leg| leg.amount).sum()
}

/// `Co-op default v3, Winter market v1`.
pub(crate) fn agreement_text(versions: &[VersionFact]) -> Option<String> {
    let names: Vec<String> = versions.iter().map(|version| format!("{} v{}", version.name, version.number)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// One movement and everything known of it.
struct Desk<'a> {
    movement: &'a Movement,
    facts: &'a Facts,
    zone: Tz,
}

impl Desk<'_> {
    fn blank(&self) -> Line {
        Line {
            number: 0,
            on: self.movement.at.with_timezone(&self.zone).date_naive(),
            kind: Kind::of_posting(&self.movement.kind, self.movement.amount),
            sale: None,
            description: String::new(),
            agreement: None,
            versions: Vec::new(),
            arithmetic: None,
            gross: None,
            fee: None,
            amount: self.movement.amount,
            held: self.movement.held,
            posting: self.movement.posting,
        }
    }

    fn sale(&self) -> Option<&SaleFact> {
        self.facts.sales.get(&self.movement.sale?)
    }

    fn sale_ref(&self, line: Option<i16>) -> Option<SaleRef> {
        let id = self.movement.sale?;
        Some(SaleRef { id, reference: self.sale().and_then(|sale| sale.reference.clone()), line })
    }

    fn versions(&self, line: &LineFact) -> &[VersionFact] {
        self.facts.terms.get(&line.terms).map_or(&[], Vec::as_slice)
    }

    /// A settled sale, line by line; `None` when it is not one, or its allocations do not make the sum that was booked.
    fn shares(&self) -> Option<Vec<Line>> {
        if self.movement.kind != "settlement" {
            return None;
        }
        let mut lines = Vec::new();
        for (number, line) in &self.sale()?.lines {
            let Some(allocation) = &line.allocation else { continue };
            let amount = payable_part(allocation, self.movement.party);
            if amount == 0 {
                continue;
            }
            let versions = self.versions(line);
            lines.push(Line {
                sale: self.sale_ref(Some(*number)),
                description: words::sold(line),
                agreement: agreement_text(versions),
                versions: versions.iter().map(|version| version.version).collect(),
                arithmetic: Some(words::share(allocation, self.movement.party)),
                gross: Some(allocation.gross),
                fee: Some(allocation.amount_to(Recipient::Processor)),
                amount,
                ..self.blank()
            });
        }
        let sum: i64 = lines.iter().map(|line| line.amount).sum();
        (!lines.is_empty() && sum == self.movement.amount).then_some(lines)
    }

    /// The movement as one line.
    fn whole(&self) -> Line {
        let line = match self.sale() {
            Some(sale) => self.of_sale(sale),
            None => self.blank(),
        };
        let source = self.movement.source.as_str();
        match line.kind {
            Kind::Guarantee => self.guarantee(line),
            Kind::Patronage => self.patronage(line),
            Kind::Payout => {
                let to = payout_of(source).and_then(|id| self.facts.payouts.get(&id)?.destination.clone());
                Line { description: to.map_or_else(|| "Payout".to_owned(), |account| format!("Payout to {account}")), ..line }
            }
            Kind::PayoutReturned => Line { description: "Payout that came back".to_owned(), ..line },
            Kind::Sale => line,
            Kind::Refund | Kind::RefundFailed => {
                let refund = self.facts.refunds.get(source).map(|refund| (refund.amount, refund.reason.as_deref()));
                self.returned(line, refund)
            }
            Kind::DisputeHold | Kind::DisputeReleased | Kind::DisputeLost => {
                let dispute = self.facts.disputes.get(source).map(|dispute| (dispute.amount, dispute.reason.as_deref()));
                self.returned(line, dispute)
            }
            Kind::Advance => Line { description: format!("Advance {source}"), ..line },
            Kind::Adjustment => Line { description: format!("{} {source}", self.movement.kind.replace('_', " ")), ..line },
        }
    }

    /// A movement that concerns all of a sale.
    fn of_sale(&self, sale: &SaleFact) -> Line {
        let mine: Vec<&LineFact> = sale.lines.values().filter(|line| self.concerns(line)).collect();
        let mut versions: Vec<VersionFact> = Vec::new();
        for version in mine.iter().flat_map(|line| self.versions(line)) {
            if !versions.contains(version) {
                versions.push(version.clone());
            }
        }
        let sold: Vec<String> = mine.iter().map(|line| words::sold(line)).collect();
        Line {
            sale: self.sale_ref(None),
            description: sold.join("; "),
            agreement: agreement_text(&versions),
            versions: versions.iter().map(|version| version.version).collect(),
            gross: (sale.currency == self.movement.currency).then_some(sale.gross),
            ..self.blank()
        }
    }

    fn concerns(&self, line: &LineFact) -> bool {
        line.allocation.as_ref().is_some_and(|allocation| payable_part(allocation, self.movement.party) != 0)
    }

    /// Money given back, held or won back, because of `asked` minor units of the sale and for a reason.
    fn returned(&self, line: Line, asked: Option<(i64, Option<&str>)>) -> Line {
        let description = words::happened(line.kind, &line.description, asked.and_then(|(_, reason)| reason), self.money(line.held.abs()));
        let share: Option<i64> = self.sale().map(|sale| {
            sale.lines.values().filter_map(|line| line.allocation.as_ref()).map(|part| payable_part(part, self.movement.party)).sum()
        });
        let arithmetic = self.sale().zip(asked).zip(share).map(|((sale, (amount, _)), share)| {
            let moved = if line.amount == 0 { line.held } else { line.amount };
            words::part(&Money::new(amount, sale.currency), &Money::new(sale.gross, sale.currency), &self.money(share), &self.money(moved))
        });
        Line { description, arithmetic, ..line }
    }

    fn guarantee(&self, line: Line) -> Line {
        let Some(fact) = self.facts.guarantees.get(&(self.movement.source.clone(), self.movement.party)) else {
            return Line { description: "Minimum guarantee".to_owned(), ..line };
        };
        let description = if fact.to != self.movement.party {
            "Minimum guarantee borne for others".to_owned()
        } else if line.amount < 0 {
            "Minimum guarantee of earlier months recouped".to_owned()
        } else {
            format!("Minimum guarantee topped up by {}", fact.bearer)
        };
        let arithmetic = (fact.to == self.movement.party).then(|| {
            words::guarantee(&self.money(fact.minimum), &self.money(fact.earned), &self.money(fact.outstanding), &self.money(line.amount))
        });
        let agreement = agreement_text(std::slice::from_ref(&fact.version));
        Line { description, arithmetic, agreement, versions: vec![fact.version.version], ..line }
    }

    fn patronage(&self, line: Line) -> Line {
        let key = patronage_of(&self.movement.source);
        let description = format!("Patronage {key}");
        let Some(fact) = self.facts.patronage.get(&(key.to_owned(), self.movement.party)) else {
            return Line { description, ..line };
        };
        let weight = |weight: i64| match fact.metric.as_str() {
            "hours" => format!("{weight} hours"),
            _ => self.money(weight).to_string(),
        };
        let (mine, all) = (weight(fact.weight), weight(fact.weights));
        let arithmetic = words::patronage(&mine, &all, &self.money(fact.surplus), &self.money(fact.amount), &self.money(fact.retained));
        Line { description, arithmetic: Some(arithmetic), ..line }
    }

    fn payout(&self) -> Option<PayoutNote> {
        let line = self.blank();
        if line.kind != Kind::Payout {
            return None;
        }
        let known = payout_of(&self.movement.source).and_then(|id| self.facts.payouts.get(&id));
        let status = known.and_then(|payout| payout.status.as_ref()).map_or_else(
            || "on its way".to_owned(),
            |(status, note)| note.as_ref().map_or_else(|| status.clone(), |note| format!("{status}: {note}")),
        );
        Some(PayoutNote { on: line.on, transfer: known.and_then(|payout| payout.transfer.clone()), amount: -line.amount, status })
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency())
    }

    const fn currency(&self) -> Currency {
        self.movement.currency
    }
}

#[cfg(test)]
mod tests;
