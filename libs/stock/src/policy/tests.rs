use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{LocationId, LotId, PartyId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::AllocationId;

const POLICIES: [Consumption; 3] = [Consumption::Oldest, Consumption::ProRata, Consumption::Rotation];

/// A lot of an owner, as old as its number is low.
fn lot(number: u128, owner: i64, free: i32) -> Candidate {
    Candidate {
        lot: LotId(Uuid::from_u128(number)),
        location: LocationId(Uuid::nil()),
        allocation: None,
        owner: PartyId(owner),
        received_at: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(i64::try_from(number).unwrap()),
        turn: 0,
        free,
    }
}

fn lots() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (1..6_i64, 0..40_i32, 0..5_i64, any::<bool>());
    prop::collection::vec(one, 0..20).prop_map(|ones| {
        let made = |(number, (owner, free, turn, aside)): (usize, (i64, i32, i64, bool))| Candidate {
            turn,
            allocation: aside.then(|| AllocationId(Uuid::from_u128(number as u128))),
            ..lot(number as u128, owner, free)
        };
        ones.into_iter().enumerate().map(made).collect()
    })
}

fn of_owners(picks: &[Pick]) -> BTreeMap<i64, i32> {
    picks.iter().fold(BTreeMap::new(), |mut sums, pick| {
        *sums.entry(pick.owner.0).or_default() += pick.quantity;
        sums
    })
}

/// Holds the picks, as the database does: what is free goes down and the turn of whoever is held from goes up, in their order.
fn hold(candidates: &mut [Candidate], picks: &[Pick], turn: &mut i64) {
    for pick in picks {
        *turn += 1;
        let candidate = candidates.iter_mut().find(|candidate| candidate.lot == pick.lot).unwrap();
        candidate.free -= pick.quantity;
        candidate.turn = *turn;
    }
}

proptest! {
    #[test]
    fn what_is_picked_is_what_was_asked_for_and_no_more_than_there_is(candidates in lots(), demand in 0..300_i32) {
        let sum: i32 = candidates.iter().map(|candidate| candidate.free).sum();
        for policy in POLICIES {
            let Some(picks) = consume(policy, &candidates, demand) else {
                prop_assert!(demand > sum, "{:?} refuses what is there", policy);
                continue;
            };
            prop_assert!(demand <= sum);
            prop_assert_eq!(picks.iter().map(|pick| pick.quantity).sum::<i32>(), demand);
            for pick in &picks {
                let candidate = candidates.iter().find(|candidate| candidate.lot == pick.lot).unwrap();
                prop_assert!((1..=candidate.free).contains(&pick.quantity));
                prop_assert_eq!((pick.owner, pick.allocation), (candidate.owner, candidate.allocation));
            }
            prop_assert!(picks.iter().enumerate().all(|(place, pick)| picks[..place].iter().all(|before| before.lot != pick.lot)));
        }
    }

    #[test]
    fn the_order_in_which_lots_are_read_decides_nothing(candidates in lots(), demand in 0..100_i32, seed in any::<u64>()) {
        let mut shuffled = candidates.clone();
        shuffled.sort_by_key(|candidate| candidate.lot.0.as_u128().wrapping_mul(u128::from(seed | 1)) % 1_009);
        for policy in POLICIES {
            prop_assert_eq!(consume(policy, &candidates, demand), consume(policy, &shuffled, demand));
        }
    }

    #[test]
    fn what_is_set_aside_goes_first(candidates in lots(), demand in 0..300_i32) {
        let aside: i32 = candidates.iter().filter(|candidate| candidate.allocation.is_some()).map(|candidate| candidate.free).sum();
        for policy in POLICIES {
            if let Some(picks) = consume(policy, &candidates, demand) {
                let taken: i32 = picks.iter().filter(|pick| pick.allocation.is_some()).map(|pick| pick.quantity).sum();
                prop_assert_eq!(taken, demand.min(aside));
            }
        }
    }

    #[test]
    fn nothing_younger_is_sold_while_something_older_is_there(candidates in lots(), demand in 0..300_i32) {
        let free: Vec<Candidate> = candidates.into_iter().map(|candidate| Candidate { allocation: None, ..candidate }).collect();
        if let Some(picks) = consume(Consumption::Oldest, &free, demand) {
            let youngest = picks.iter().map(|pick| pick.lot).max();
            let taken = |lot: LotId| picks.iter().find(|pick| pick.lot == lot).map_or(0, |pick| pick.quantity);
            prop_assert!(free.iter().filter(|candidate| Some(candidate.lot) < youngest).all(|candidate| taken(candidate.lot) == candidate.free));
        }
    }

    #[test]
    fn a_share_differs_from_the_exact_one_by_less_than_a_unit(candidates in lots(), demand in 0..300_i32) {
        let free: Vec<Candidate> = candidates.into_iter().map(|candidate| Candidate { allocation: None, ..candidate }).collect();
        let sum: i32 = free.iter().map(|candidate| candidate.free).sum();
        if let Some(picks) = consume(Consumption::ProRata, &free, demand) {
            for candidate in &free {
                let taken = picks.iter().find(|pick| pick.lot == candidate.lot).map_or(0, |pick| pick.quantity);
                prop_assert!((i64::from(taken) * i64::from(sum) - i64::from(demand) * i64::from(candidate.free)).abs() < i64::from(sum.max(1)));
            }
        }
    }

    #[test]
    fn owners_who_take_turns_are_never_more_than_a_unit_apart(
        owners in 2..6_i64, per_lot in 1..4_i32, demands in prop::collection::vec(1..9_i32, 1..60),
    ) {
        // Everybody has plenty, in lots of very different sizes
        let mut candidates: Vec<Candidate> =
            (0..owners * 3).map(|number| lot(number.unsigned_abs().into(), number % owners, 500 * per_lot + i32::try_from(number).unwrap())).collect();
        let (mut sums, mut turn) = (BTreeMap::<i64, i32>::new(), 0);
        for demand in demands {
            let picks = consume(Consumption::Rotation, &candidates, demand).unwrap();
            for (owner, quantity) in of_owners(&picks) {
                *sums.entry(owner).or_default() += quantity;
            }
            hold(&mut candidates, &picks, &mut turn);
            let (most, least) = (sums.values().max().unwrap(), (0..owners).map(|owner| sums.get(&owner).copied().unwrap_or(0)).min().unwrap());
            prop_assert!(most - least <= 1, "{:?}", sums);
        }
    }
}

#[test]
fn a_small_stock_is_dealt_out_until_it_is_gone() {
    let candidates = [lot(1, 1, 2), lot(2, 2, 9), lot(3, 3, 4), lot(4, 1, 1)];
    let dealt = |demand| of_owners(&consume(Consumption::Rotation, &candidates, demand).unwrap());
    assert_eq!(dealt(4), BTreeMap::from([(1, 2), (2, 1), (3, 1)]));
    assert_eq!(dealt(9), BTreeMap::from([(1, 3), (2, 3), (3, 3)]));
    assert_eq!(dealt(16), BTreeMap::from([(1, 3), (2, 9), (3, 4)]));
    assert_eq!(consume(Consumption::Rotation, &candidates, 17), None);
    let of = |policy| of_owners(&consume(policy, &candidates, 8).unwrap());
    assert_eq!(of(Consumption::Oldest), BTreeMap::from([(1, 2), (2, 6)]));
    assert_eq!(of(Consumption::ProRata), BTreeMap::from([(1, 1), (2, 5), (3, 2)]), "the unit between two halves is the older lot's");
}
