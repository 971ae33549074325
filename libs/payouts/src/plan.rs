//! Who is paid how much, and why not: decided from what is owed, without looking anywhere else.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use identity::Party;
use kernel::{Currency, Money, PartyId};

/// What a co-op owes a party, in minor units of the run's currency. Only sums that are blocked net of what was taken
/// back from them since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub party: PartyId,
    /// The balance of the payable account: what is owed now; negative when the party owes the co-op.
    pub owed: i64,
    /// The part of it that was earned at or after the cutoff.
    pub late: i64,
    /// The part of it that was earned before, but whose money is not available yet.
    pub pending: i64,
    /// When the last of `pending` is available.
    pub pending_until: Option<DateTime<Utc>>,
    /// What other approved runs have on its way to the party; no part of `owed` any more.
    pub on_its_way: i64,
}

/// What a run pays by.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The run's currency.
    pub currency: Currency,
    /// It pays what was earned before this moment.
    pub cutoff: DateTime<Utc>,
    /// Whether the parties' minimums are in this currency: they are kept in the co-op's own.
    pub minimums: bool,
    /// Where the dates in the reasons are local.
    pub zone: Tz,
}

/// What a run does for one party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// For whom.
    pub party: PartyId,
    /// What is owed, as of the plan.
    pub owed: i64,
    /// What is decided.
    pub verdict: Planned,
}

/// Paid or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// To be paid.
    Pay {
        /// How much: positive, a multiple of the payout quantum, no more than is owed.
        amount: i64,
        /// To which connected account.
        destination: String,
        /// Why less than is owed, if it is.
        rest: Option<String>,
    },
    /// Not paid.
    Skip {
        /// A sentence that somebody can act on.
        reason: String,
    },
}

/// Decides for every standing, in the order given. Standings of unknown parties are left out.
pub fn plan(parties: &[Party], standings: &[Standing], terms: &Terms) -> Vec<Line> {
    let by_id: std::collections::HashMap<PartyId, &Party> = parties.iter().map(|party| (party.id, party)).collect();
    standings
        .iter()
        .filter_map(|standing| {
            let party = by_id.get(&standing.party)?;
            let verdict = decide(party, standing, terms).unwrap_or_else(|reason| Planned::Skip { reason });
            Some(Line { party: standing.party, owed: standing.owed, verdict })
        })
        .collect()
}

fn decide(party: &Party, standing: &Standing, terms: &Terms) -> Result<Planned, String> {
    let money = |minor: i64| Money::new(minor, terms.currency);
    if standing.owed < 0 {
        return Err(format!("owes the co-op {}; later sales are kept until it is covered", money(standing.owed.saturating_neg())));
    }
    if standing.owed == 0 {
        return Err(match standing.on_its_way {
            0 => "nothing is owed".to_owned(),
            sent => format!("nothing is owed; {} of an earlier run is on its way", money(sent)),
        });
    }
    let destination = payable_to(party)?;
    let due = standing.owed - standing.late - standing.pending;
    if due <= 0 {
        return Err(format!("{} is owed, but not yet due: {}", money(standing.owed), blocked(standing, terms)));
    }
    let quantum = terms.currency.payout_quantum();
    let amount = due - due % quantum;
    if terms.minimums && amount < party.minimum_payout {
        let minimum = money(party.minimum_payout);
        return Err(format!("{} is due, less than the minimum payout of {minimum}; it is paid when more has come together", money(due)));
    }
    if amount == 0 {
        return Err(format!("{} is due, less than the smallest payout of {}", money(due), money(quantum)));
    }
    Ok(Planned::Pay { amount, destination, rest: rest(standing, due - amount, terms) })
}

/// Where the party's money goes, or what is in its way.
fn payable_to(party: &Party) -> Result<String, String> {
    if let Some(reason) = &party.held_reason {
        return Err(format!("held by the co-op: {reason}"));
    }
    let Some(account) = &party.account.stripe_account else {
        return Err("has no payout account; it is paid after connecting one with Stripe".to_owned());
    };
    match (party.account.payouts_enabled, &party.account.reason) {
        (Some(true), _) => Ok(account.clone()),
        (Some(false), Some(reason)) => Err(format!("Stripe does not pay out to its account: {reason}")),
        (Some(false), None) => Err("Stripe does not pay out to its account and gave no reason; its Stripe dashboard tells more".to_owned()),
        (None, _) => {
            Err("Stripe has not said yet that its account can be paid; it does when the account's onboarding is finished".to_owned())
        }
    }
}

fn rest(standing: &Standing, crumbs: i64, terms: &Terms) -> Option<String> {
    let mut parts = blocked(standing, terms);
    if crumbs > 0 {
        let step = Money::new(terms.currency.payout_quantum(), terms.currency);
        let comma = if parts.is_empty() { "" } else { ", " };
        parts = format!("{parts}{comma}{} is less than the step of {step} in which payouts go", Money::new(crumbs, terms.currency));
    }
    (!parts.is_empty()).then(|| format!("of {} owed, {parts}", Money::new(standing.owed, terms.currency)))
}

fn blocked(standing: &Standing, terms: &Terms) -> String {
    let day = |at: DateTime<Utc>| at.with_timezone(&terms.zone).format("%-d %B %Y");
    let mut parts = Vec::new();
    if standing.late > 0 {
        parts.push(format!("{} was earned after the cutoff of {}", Money::new(standing.late, terms.currency), day(terms.cutoff)));
    }
    if standing.pending > 0 {
        let until = standing.pending_until.map(|at| format!(" before {}", day(at))).unwrap_or_default();
        parts.push(format!("{} is not available{until}", Money::new(standing.pending, terms.currency)));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests;
