//! Lines in words.

use std::fmt::Write as _;

use kernel::{Money, PartyId};
use splits::{Allocation, Note, Purpose, Recipient};

use crate::{Kind, gather::LineFact};

/// `Blue mug (MUG-1) × 2`.
pub(super) fn sold(line: &LineFact) -> String {
    let LineFact { sku, description, quantity, .. } = line;
    if description.is_empty() || description == sku {
        format!("{sku} × {quantity}")
    } else {
        format!("{description} ({sku}) × {quantity}")
    }
}

/// How a party's share of a line came about, from the stored steps:
/// `10.00 paid, tax 1.67, fee 0.40; 85 % of net to party 7: 6.74 of 7.93, +0.01 of it rounding`.
pub(super) fn share(allocation: &Allocation, party: PartyId) -> String {
    let shown = |minor: i64| Money::new(minor, allocation.currency).shown();
    let mut text = format!("{} paid", shown(allocation.gross));
    let tax: i64 = allocation.legs.iter().filter(|leg| leg.purpose == Purpose::Tax).map(|leg| leg.amount).sum();
    for (what, amount) in [("tax", tax), ("fee", allocation.amount_to(Recipient::Processor))] {
        if amount != 0 {
            let _ = write!(text, ", {what} {}", shown(amount));
        }
    }
    let mut terms = Vec::new();
    for step in &allocation.trace {
        // What pays an advance back does not come to the party's account.
        if step.notes.iter().any(|note| matches!(note, Note::Outstanding(_))) {
            continue;
        }
        for part in step.parts.iter().filter(|part| part.to == Recipient::Party(party)) {
            terms.push(part.amount);
            let _ = write!(text, "; {}: {} of {}", step.text, shown(part.amount), shown(step.base));
            if part.rounded_up {
                let _ = write!(text, ", +{} of it rounding", shown(1));
            } else if let Some(rounding) = step.rounding {
                let _ = write!(text, ", rounded {}", if rounding.0 > 0 { "up" } else { "down" });
            }
        }
    }
    if terms.len() > 1 {
        let _ = write!(text, "; together {}", shown(terms.iter().sum()));
    }
    text
}

/// What happened to a sale after it was settled.
pub(super) fn happened(kind: Kind, sold: &str, reason: Option<&str>, held: Money) -> String {
    let what = match kind {
        Kind::RefundFailed => "Refund that did not reach the buyer".to_owned(),
        Kind::DisputeHold => format!("Disputed by the buyer's bank, {held} held"),
        Kind::DisputeReleased => format!("Dispute closed, {held} no longer held"),
        Kind::DisputeLost => "Dispute lost".to_owned(),
        Kind::Refund
        | Kind::Sale
        | Kind::Guarantee
        | Kind::Patronage
        | Kind::Advance
        | Kind::Adjustment
        | Kind::Payout
        | Kind::PayoutReturned => "Refund".to_owned(),
    };
    let reason = reason.map(|reason| format!(" ({})", reason.replace('_', " "))).unwrap_or_default();
    if sold.is_empty() { format!("{what}{reason}") } else { format!("{what}{reason}: {sold}") }
}

/// How much of what a sale gave is concerned when `amount` of its gross goes back, or may have to.
pub(super) fn part(amount: &Money, gross: &Money, share: &Money, moved: &Money) -> String {
    let moved = Money::new(moved.minor.saturating_abs(), moved.currency);
    format!(
        "{amount} of the {gross} paid; of the share of {share}, and of a fee that does not come back, that is {moved}, rounded over all refunds together"
    )
}

pub(super) fn guarantee(minimum: &Money, earned: &Money, outstanding: &Money, amount: &Money) -> String {
    let before = if outstanding.minor == 0 { String::new() } else { format!("; {outstanding} of earlier top-ups outstanding before") };
    if amount.minor < 0 {
        format!("earned {earned}, above the minimum of {minimum}{before}; {} given back", Money::new(-amount.minor, amount.currency))
    } else {
        format!("minimum {minimum} - earned {earned} = {amount}{before}")
    }
}

pub(super) fn patronage(mine: &str, all: &str, surplus: &Money, amount: &Money, retained: &Money) -> String {
    format!("{mine} of {all} x surplus {surplus} = {amount}, of which {retained} is retained as capital")
}
