//! What holds for every sequence of refunds.

use kernel::PartyId;
use proptest::{collection::vec, prelude::*};
use splits::{
    Agreement, Allocation, Base, Bearer, Facts, FeeBearer, Leg, Payee, Purpose, Recipient, ReversalError, Stack, allocate, refund_legs,
    returned_after, reverse,
};

use crate::builders::{facts, fee, layers_with_bearers, line, makers, party, percent, stack};

/// Refunds that sum to `whole`, cut at the given places.
fn cuts(whole: i64, places: &[i64]) -> Vec<i64> {
    let mut ends: Vec<i64> = places.iter().map(|place| if whole == 0 { 0 } else { place % (whole + 1) }).collect();
    ends.extend([0, whole]);
    ends.sort_unstable();
    ends.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// What the units of the legs falling due one by one give, computed by sorting all of them.
fn by_sorting(weights: &[i64], t: i64) -> Vec<i64> {
    let mut units: Vec<(i64, i64, usize)> =
        weights.iter().enumerate().flat_map(|(at, weight)| (1..=*weight).map(move |number| (2 * number - 1, *weight, at))).collect();
    units.sort_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)).then(a.2.cmp(&b.2)));
    let mut returned = vec![0; weights.len()];
    for (_, _, at) in units.into_iter().take(usize::try_from(t).unwrap()) {
        returned[at] += 1;
    }
    returned
}

fn returned(legs: &[Leg], to: Recipient, purpose: &Purpose) -> i64 {
    legs.iter().filter(|leg| leg.to == to && leg.purpose == *purpose).map(|leg| leg.amount).sum()
}

fn refund_all(allocation: &Allocation, refunds: &[i64]) -> Vec<Leg> {
    let mut already = 0;
    let mut all = Vec::new();
    for refund in refunds {
        all.extend(refund_legs(allocation, already, *refund).unwrap());
        already += refund;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn d9_the_quick_way_agrees_with_sorting_every_unit(weights in vec(prop_oneof![0_i64..6, 0_i64..60], 1..14), place in any::<u16>()) {
        let whole: i64 = weights.iter().sum();
        let t = i64::from(place) % (whole + 1);
        prop_assert_eq!(returned_after(&weights, t).unwrap(), by_sorting(&weights, t));
    }

    #[test]
    fn d9_any_sequence_of_partial_refunds_never_pays_anyone_back(
        weights in vec(prop_oneof![0_i64..20, 0_i64..1_000_000_000_000], 1..16), places in vec(0_i64..i64::MAX, 0..8)
    ) {
        let whole = weights.iter().sum();
        let mut already = 0;
        let mut total = vec![0; weights.len()];
        for refund in cuts(whole, &places) {
            let parts = reverse(&weights, already, refund).unwrap();
            prop_assert_eq!(parts.iter().sum::<i64>(), refund);
            already += refund;
            for ((total, part), weight) in total.iter_mut().zip(parts).zip(&weights) {
                *total += part;
                prop_assert!(part >= 0 && *total <= *weight);
            }
        }
        prop_assert_eq!(total, weights);
    }

    #[test]
    fn d9_the_order_of_refunds_does_not_matter(layers in layers_with_bearers(), facts in facts(), places in vec(0_i64..i64::MAX, 0..6)) {
        let allocation = allocate(&Stack::of(layers).unwrap(), &facts).unwrap();
        let mut refunds = cuts(facts.gross / 3, &places);
        let forward = refund_all(&allocation, &refunds);
        refunds.reverse();
        let backward = refund_all(&allocation, &refunds);
        for leg in &forward {
            prop_assert_eq!(returned(&forward, leg.to, &leg.purpose), returned(&backward, leg.to, &leg.purpose));
        }
    }

    #[test]
    fn d9_refunds_of_any_allocation_sum_exactly_and_end_at_the_legs(
        layers in layers_with_bearers(), facts in facts(), places in vec(0_i64..i64::MAX, 0..5)
    ) {
        let allocation = allocate(&Stack::of(layers).unwrap(), &facts).unwrap();
        let mut already = 0;
        for refund in cuts(facts.gross, &places) {
            let legs = refund_legs(&allocation, already, refund).unwrap();
            already += refund;
            prop_assert_eq!(legs.iter().map(|leg| leg.amount).sum::<i64>(), refund);
            for leg in &legs {
                let original = returned(&allocation.legs, leg.to, &leg.purpose);
                let so_far = returned(&refund_legs(&allocation, 0, already).unwrap(), leg.to, &leg.purpose);
                let within = leg.purpose == Purpose::LostFee && leg.amount > 0 || leg.amount.signum() == original.signum() && so_far.abs() <= original.abs();
                prop_assert!(within, "{leg:?} of {original}");
            }
        }
        if facts.gross > 0 {
            let all = refund_legs(&allocation, 0, facts.gross).unwrap();
            for leg in allocation.legs.iter().filter(|leg| leg.to != Recipient::Processor) {
                prop_assert_eq!(returned(&all, leg.to, &leg.purpose), leg.amount);
            }
            let lost: i64 = all.iter().filter(|leg| leg.purpose == Purpose::LostFee).map(|leg| leg.amount).sum();
            prop_assert_eq!(lost, facts.processor_fee);
        }
    }
}

#[test]
fn d9_a_refund_uses_the_original_version() {
    let original = Agreement::new("first", vec![percent(Payee::CoOp, Base::Gross, "10 %"), makers()]);
    let allocation = allocate(&stack(original), &line(1_000, &[(10, 1)])).unwrap();
    // The members vote for 50 %; the sale's refund reads its own allocation and does not notice.
    let half = refund_legs(&allocation, 0, 500).unwrap();
    assert_eq!((returned(&half, party(1), &Purpose::Share), returned(&half, party(10), &Purpose::Share)), (50, 450));
}

#[test]
fn d9_no_more_is_refunded_than_was_paid() {
    let allocation = allocate(&stack(Agreement::new("plain", vec![makers()])), &line(1_000, &[(10, 1)])).unwrap();
    assert_eq!(refund_legs(&allocation, 900, 101), Err(ReversalError::TooMuch { refund: 101, left: 100 }));
    assert_eq!(refund_legs(&allocation, 0, -1), Err(ReversalError::OutOfRange { value: -1 }));
    assert_eq!(refund_legs(&allocation, i64::MAX, i64::MAX).unwrap_err().refusal().code, kernel::Code::InvalidInput);
}

#[test]
fn d10_the_lost_fee_is_charged_to_the_party_the_policy_names() {
    let facts = Facts { processor_fee: 60, ..line(1_060, &[(10, 3), (11, 1)]) };
    let refunded = |lost_fee: Option<Bearer>| {
        let agreement = Agreement {
            lost_fee,
            ..Agreement::new("fees", vec![fee(FeeBearer::OffTheTop), percent(Payee::CoOp, Base::Remaining, "20 %"), makers()])
        };
        let legs = refund_legs(&allocate(&stack(agreement), &facts).unwrap(), 0, 1_060).unwrap();
        [1, 10, 11].map(|id| returned(&legs, party(id), &Purpose::LostFee))
    };
    assert_eq!(refunded(Some(Bearer::Payee(Payee::CoOp))), [60, 0, 0]);
    assert_eq!(refunded(Some(Bearer::Owners)), [0, 45, 15]);
    assert_eq!(refunded(None), [12, 36, 12]);
    assert_eq!(refunded(Some(Bearer::Payee(Payee::Party(PartyId(11))))), [0, 0, 60]);
    // A venue that has no part in the sale cannot carry it: the co-op does.
    assert_eq!(refunded(Some(Bearer::Payee(Payee::Venue))), [60, 0, 0]);
}
