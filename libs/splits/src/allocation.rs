//! What allocating a line gives: the legs, the trace, and who will carry a lost fee. Stored with the sale; refunds,
//! receipts, statements and "why did I get 7.31?" read it and nothing else.

use std::{fmt, sync::Arc};

use kernel::{Currency, Money, PartyId};
use serde::{Deserialize, Serialize};

use crate::{Recipient, TraceStep};

/// One line, shared out. The legs sum to `gross`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The currency of all amounts.
    pub currency: Currency,
    /// What the buyer paid for the line, in minor units.
    pub gross: i64,
    /// Who gets what: one leg per recipient and purpose, none zero, sorted by recipient and purpose.
    pub legs: Vec<Leg>,
    /// The steps, in order, and the charges after them.
    pub trace: Vec<TraceStep>,
    /// Who carries the processor's fee in a refund, sorted by party; empty for the payees in proportion to their legs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost_fee: Vec<Bearing>,
}

/// A part of the line for one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Who.
    pub to: Recipient,
    /// What for.
    #[serde(default, skip_serializing_if = "Purpose::is_share")]
    pub purpose: Purpose,
    /// Minor units; negative only for a bearer which the agreement names.
    pub amount: i64,
}

/// What a leg is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A share of the sale, less the charges the recipient carries.
    #[default]
    Share,
    /// Tax, for whoever remits it.
    Tax,
    /// The processor's fee.
    ProcessorFee,
    /// Payment of the advance of this name.
    Recoup(Arc<str>),
    /// In a refund: the processor's fee that does not come back.
    LostFee,
}

impl Purpose {
    fn is_share(&self) -> bool {
        *self == Self::Share
    }
}

/// A party's weight among those who carry a lost fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearing {
    /// Who.
    pub party: PartyId,
    /// Its weight: what the line paid it.
    pub weight: i64,
}

impl Allocation {
    /// All that a recipient gets, over all purposes, in minor units.
    pub fn amount_to(&self, to: Recipient) -> i64 {
        self.legs.iter().filter(|leg| leg.to == to).map(|leg| leg.amount).sum()
    }

    /// Who carries the processor's fee in a refund, with their weights, sorted by party.
    pub fn lost_fee_bearers(&self) -> Vec<Bearing> {
        if self.lost_fee.is_empty() { by_party(self.paid()) } else { self.lost_fee.clone() }
    }

    /// What parties were paid, tax apart.
    fn paid(&self) -> impl Iterator<Item = Bearing> {
        let paid = self.legs.iter().filter(|leg| leg.purpose != Purpose::Tax);
        paid.filter_map(|leg| leg.to.party().map(|party| Bearing { party, weight: leg.amount }))
    }

    /// All that a party gets, in minor units.
    pub fn amount_to_party(&self, party: PartyId) -> i64 {
        self.amount_to(Recipient::Party(party))
    }
}

/// Weights by party, each party once, those above zero only.
pub(crate) fn by_party(weights: impl Iterator<Item = Bearing>) -> Vec<Bearing> {
    let mut bearers: Vec<Bearing> = weights.collect();
    bearers.sort_by_key(|bearing| bearing.party);
    bearers.dedup_by(|later, kept| {
        let same = later.party == kept.party;
        if same {
            kept.weight += later.weight;
        }
        same
    });
    bearers.retain(|bearing| bearing.weight > 0);
    bearers
}

/// The trace as people read it, one line per step.
impl fmt::Display for Allocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} paid", Money::new(self.gross, self.currency))?;
        for step in &self.trace {
            write!(f, "\n{}", step.explained(self.currency))?;
        }
        Ok(())
    }
}
