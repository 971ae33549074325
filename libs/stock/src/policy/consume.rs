//! Which units are taken: pure. What is decided depends on what is free and on nothing else, so it can be told afterwards.

use chrono::{DateTime, Utc};
use kernel::{LocationId, LotId, PartyId, largest_remainder};
use serde::{Deserialize, Serialize};

use super::rotation::in_turns;
use crate::AllocationId;

/// A co-op's way of choosing among lots of the same variant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consumption {
    /// What came in first goes first.
    #[default]
    Oldest,
    /// From each lot in proportion to what is free of it.
    ProRata,
    /// The owners take turns, a unit each; whoever waits longest is next.
    Rotation,
}

/// Units of a lot at a location that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Of which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// Out of this allocation; of what is free when there is none.
    pub allocation: Option<AllocationId>,
    /// Whose they are.
    pub owner: PartyId,
    /// When the lot came in.
    pub received_at: DateTime<Utc>,
    /// Grows each time that units of this lot are held here: the lowest has waited longest.
    pub turn: i64,
    /// How many can be taken.
    pub free: i32,
}

/// Units that are to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Of which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// Out of this allocation.
    pub allocation: Option<AllocationId>,
    /// Whose they are.
    pub owner: PartyId,
    /// How many.
    pub quantity: i32,
}

impl Candidate {
    pub(super) const fn pick(&self, quantity: i32) -> Pick {
        Pick { lot: self.lot, location: self.location, allocation: self.allocation, owner: self.owner, quantity }
    }

    /// The order of lots: by age, then by number, so that it is always the same one.
    pub(super) fn age(&self) -> impl Ord + use<> {
        (self.received_at, self.lot, self.location, self.allocation)
    }
}

/// Takes `demand` units. What is set aside for this sale goes before what is free; within each the policy decides. `None` when
/// there are too few.
pub fn consume(policy: Consumption, candidates: &[Candidate], demand: i32) -> Option<Vec<Pick>> {
    let (mut aside, mut free): (Vec<Candidate>, Vec<Candidate>) =
        candidates.iter().filter(|candidate| candidate.free > 0).partition(|candidate| candidate.allocation.is_some());
    let sum = |some: &[Candidate]| some.iter().map(|candidate| i64::from(candidate.free)).sum::<i64>();
    if demand < 0 || sum(&aside) + sum(&free) < i64::from(demand) {
        return None;
    }
    let from_aside = i32::try_from(sum(&aside)).unwrap_or(i32::MAX).min(demand);
    let mut picks = among(policy, &mut aside, from_aside);
    picks.extend(among(policy, &mut free, demand - from_aside));
    Some(picks)
}

fn among(policy: Consumption, candidates: &mut [Candidate], demand: i32) -> Vec<Pick> {
    candidates.sort_by_key(Candidate::age);
    match policy {
        Consumption::Oldest => oldest(candidates, demand),
        Consumption::ProRata => pro_rata(candidates, demand),
        Consumption::Rotation => in_turns(candidates, demand),
    }
}

pub(super) fn oldest(candidates: &[Candidate], demand: i32) -> Vec<Pick> {
    let mut left = demand;
    let taken = candidates.iter().map(|candidate| {
        let quantity = candidate.free.min(left);
        left -= quantity;
        candidate.pick(quantity)
    });
    taken.filter(|pick| pick.quantity > 0).collect()
}

/// A share of no more than all is never more than there is: rounding up one that is not whole does not pass it.
fn pro_rata(candidates: &[Candidate], demand: i32) -> Vec<Pick> {
    let weights: Vec<i64> = candidates.iter().map(|candidate| i64::from(candidate.free)).collect();
    let shares = largest_remainder(demand.into(), &weights).unwrap_or_default();
    let picks =
        candidates.iter().zip(shares).map(|(candidate, share)| candidate.pick(i32::try_from(share).expect("no more than was asked for")));
    picks.filter(|pick| pick.quantity > 0).collect()
}
