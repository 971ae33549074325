use proptest::prelude::*;

use super::*;

fn weights(of: &[(i64, i64)]) -> BTreeMap<PartyId, i64> {
    of.iter().map(|(party, weight)| (PartyId(*party), *weight)).collect()
}

#[test]
fn d18_a_surplus_is_shared_by_weight_and_each_share_by_the_cash_rate() {
    let shares = share_surplus(1_000, &weights(&[(7, 1), (8, 2), (9, 0)]), "20 %".parse().unwrap()).unwrap();
    let told: Vec<_> = shares.iter().map(|share| (share.party.0, share.amount, share.cash, share.retained)).collect();
    assert_eq!(told, [(7, 333, 67, 266), (8, 667, 133, 534)]);
}

#[test]
fn a_surplus_needs_somebody_to_share_it() {
    assert_eq!(share_surplus(1_000, &weights(&[(7, 0)]), Rate::WHOLE), None);
    assert_eq!(share_surplus(1_000, &weights(&[]), Rate::WHOLE), None);
}

proptest! {
    #[test]
    fn d18_every_cent_of_a_surplus_is_shared_and_no_cash_part_exceeds_its_share(
        surplus in 1_i64..1_000_000_000_000,
        of in proptest::collection::btree_map(1_i64..50, 0_i64..1_000_000, 1..30),
        ppm in 0_u32..=1_000_000,
    ) {
        let weights: BTreeMap<PartyId, i64> = of.into_iter().map(|(party, weight)| (PartyId(party), weight)).collect();
        let cash = Rate::from_ppm(ppm).unwrap();
        let Some(shares) = share_surplus(surplus, &weights, cash) else {
            prop_assert!(weights.values().all(|weight| *weight == 0));
            return Ok(());
        };
        prop_assert_eq!(shares.iter().map(|share| share.amount).sum::<i64>(), surplus);
        let in_cash = i128::from(surplus) * i128::from(ppm) / 1_000_000;
        prop_assert_eq!(i128::from(shares.iter().map(|share| share.cash).sum::<i64>()), in_cash);
        for share in shares {
            prop_assert!(share.cash >= 0 && share.retained >= 0 && share.cash + share.retained == share.amount);
        }
    }
}
