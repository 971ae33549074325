//! Owners take turns.

use std::collections::BTreeMap;

use kernel::PartyId;

use super::consume::{Candidate, Pick, oldest};

/// Somebody who waits for a turn, with what is free of theirs, oldest lot first.
struct Waiting {
    lots: Vec<Candidate>,
    free: i32,
    given: i32,
    /// The round in which they gave the last unit.
    last_round: i32,
}

/// A unit of each owner in turn, from whoever waits longest; of their units the oldest go first. The picks come in the order in
/// which the owners gave their last unit, so whoever holds them in this order knows who is next.
pub(super) fn in_turns(by_age: &[Candidate], demand: i32) -> Vec<Pick> {
    let mut line = waiting(by_age);
    let (mut left, mut round) = (demand, 0);
    while left > 0 {
        let in_line: Vec<usize> = (0..line.len()).filter(|place| line[*place].free > line[*place].given).collect();
        let Some(fewest) = in_line.iter().map(|place| line[*place].free - line[*place].given).min() else { break };
        let owners = i32::try_from(in_line.len()).expect("no more owners than units");
        // As many whole rounds at once as everybody in line can give; then the last, broken one
        let rounds = fewest.min(left / owners);
        let (each, givers) = if rounds > 0 { (rounds, in_line.len()) } else { (1, usize::try_from(left).expect("it is positive")) };
        round += each;
        for place in in_line.into_iter().take(givers) {
            line[place].given += each;
            line[place].last_round = round;
            left -= each;
        }
    }
    line.sort_by_key(|waiting| waiting.last_round); // stable: within a round the order of the line
    line.iter().flat_map(|waiting| oldest(&waiting.lots, waiting.given)).collect()
}

/// The line: whoever had a turn longest ago is first; among those who never had one, whose lot is the oldest.
fn waiting(by_age: &[Candidate]) -> Vec<Waiting> {
    let mut owners: BTreeMap<PartyId, Vec<Candidate>> = BTreeMap::new();
    for candidate in by_age {
        owners.entry(candidate.owner).or_default().push(*candidate);
    }
    let mut line: Vec<Waiting> = owners
        .into_values()
        .map(|lots| Waiting { free: lots.iter().fold(0, |sum: i32, lot| sum.saturating_add(lot.free)), lots, given: 0, last_round: 0 })
        .collect();
    let turn = |waiting: &Waiting| waiting.lots.iter().map(|lot| lot.turn).max();
    line.sort_by_key(|waiting| (turn(waiting), waiting.lots[0].received_at, waiting.lots[0].owner));
    line
}
