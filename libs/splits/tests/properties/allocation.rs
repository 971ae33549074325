//! What holds for every allocation.

use std::collections::BTreeSet;

use kernel::PartyId;
use proptest::prelude::*;
use splits::{Agreement, AllocateError, DiscountBearer, Facts, FeeBearer, Layer, Purpose, Recipient, Stack, Step, allocate};

use crate::builders::{currency, facts, layers, layers_with_bearers, line, makers, percent, stack};

/// Who may have a negative leg, by what the layers name.
fn named_bearers(layers: &[(Layer, Agreement)], facts: &Facts) -> BTreeSet<PartyId> {
    let owners = || facts.owners.iter().map(|owner| owner.party);
    let mut bearers = BTreeSet::new();
    for (_, agreement) in layers {
        bearers.extend(agreement.shortfall.and_then(|payee| facts.bindings.resolve(payee)));
        match agreement.discount {
            Some(DiscountBearer::Seller) => bearers.extend(owners()),
            Some(DiscountBearer::CoOp) => bearers.extend([facts.bindings.co_op]),
            Some(DiscountBearer::Shared { .. }) => bearers.extend(owners().chain([facts.bindings.co_op])),
            None => {}
        }
        for step in &agreement.steps {
            match step {
                Step::ProcessorFee(fee) if fee.borne_by == FeeBearer::Owners => bearers.extend(owners()),
                Step::ProcessorFee(fee) => {
                    if let FeeBearer::Payee(payee) = fee.borne_by {
                        bearers.extend(facts.bindings.resolve(payee));
                    }
                }
                _ => {}
            }
        }
    }
    bearers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn d8_every_cent_is_given(layers in layers(), facts in facts()) {
        let allocation = allocate(&Stack::of(layers).unwrap(), &facts).unwrap();
        prop_assert_eq!(allocation.legs.iter().map(|leg| leg.amount).sum::<i64>(), facts.gross);
        prop_assert_eq!(allocation.amount_to(Recipient::Processor), facts.processor_fee);
        let tax: i64 = allocation.legs.iter().filter(|leg| leg.purpose == Purpose::Tax).map(|leg| leg.amount).sum();
        prop_assert_eq!(tax, facts.tax);
    }

    #[test]
    fn d8_no_leg_is_negative_where_nobody_is_named_to_bear_anything(layers in layers(), facts in facts()) {
        let allocation = allocate(&Stack::of(layers).unwrap(), &facts).unwrap();
        prop_assert!(allocation.legs.iter().all(|leg| leg.amount > 0), "{allocation}");
    }

    #[test]
    fn d8_only_named_bearers_go_below_zero_and_every_cent_is_still_given(layers in layers_with_bearers(), facts in facts()) {
        let bearers = named_bearers(&layers, &facts);
        let allocation = allocate(&Stack::of(layers).unwrap(), &facts).unwrap();
        prop_assert_eq!(allocation.legs.iter().map(|leg| leg.amount).sum::<i64>(), facts.gross);
        prop_assert_eq!(allocation.amount_to(Recipient::Processor), facts.processor_fee);
        for leg in allocation.legs.iter().filter(|leg| leg.amount < 0) {
            prop_assert!(leg.to.party().is_some_and(|party| bearers.contains(&party)), "{allocation}");
        }
    }

    #[test]
    fn d8_the_order_of_the_facts_changes_nothing(layers in layers_with_bearers(), facts in facts(), turn in 0_usize..20) {
        let stack = Stack::of(layers).unwrap();
        let mut turned = facts.clone();
        let middle = turn % turned.owners.len();
        turned.owners.rotate_left(middle);
        turned.so_far.reverse();
        turned.advances.reverse();
        prop_assert_eq!(allocate(&stack, &turned).unwrap(), allocate(&stack, &facts).unwrap());
    }

    #[test]
    fn d8_the_order_in_which_parties_are_named_changes_no_leg(layers in layers(), facts in facts()) {
        let mut turned = layers.clone();
        turned.reverse();
        for step in turned.iter_mut().flat_map(|(_, agreement)| &mut agreement.steps) {
            match step {
                Step::Named(named) => named.parties.reverse(),
                Step::Pool(pool) => pool.within.reverse(),
                _ => {}
            }
        }
        let (turned, straight) = (allocate(&Stack::of(turned).unwrap(), &facts).unwrap(), allocate(&Stack::of(layers).unwrap(), &facts).unwrap());
        prop_assert_eq!(turned.legs, straight.legs);
    }

    #[test]
    fn d8_the_currency_changes_no_minor_unit(layers in layers(), facts in facts()) {
        let in_currency = |code: &str| {
            let mut layers = layers.clone();
            for (_, agreement) in &mut layers {
                agreement.currency = Some(currency(code));
            }
            allocate(&Stack::of(layers).unwrap(), &Facts { currency: currency(code), ..facts.clone() }).unwrap().legs
        };
        prop_assert_eq!(in_currency("JPY"), in_currency("EUR"));
        prop_assert_eq!(in_currency("BHD"), in_currency("EUR"));
    }

    #[test]
    fn d8_a_finer_currency_only_refines_the_shares(whole in 0_i64..1_000_000, quantities in proptest::collection::vec(1_i64..9, 1..12)) {
        let owners: Vec<(i64, i64)> = (10..).zip(quantities).collect();
        let stack = stack(Agreement::new("any currency", vec![percent(splits::Payee::CoOp, splits::Base::Gross, "7.25 %"), makers()]));
        let legs = |code: &str, scale: i64| allocate(&stack, &Facts { currency: currency(code), ..line(whole * scale, &owners) }).unwrap();
        let yen = legs("JPY", 1);
        let fils = legs("BHD", 1_000);
        for leg in &fils.legs {
            // Less than a unit in each of the two steps.
            prop_assert!((leg.amount - 1_000 * yen.amount_to(leg.to)).abs() < 2_000, "{yen} {fils}");
        }
        prop_assert_eq!(fils.legs.iter().map(|leg| leg.amount).sum::<i64>(), 1_000 * whole);
    }

    #[test]
    fn d4_a_stored_agreement_and_a_stored_allocation_read_back_the_same(layers in layers_with_bearers(), facts in facts()) {
        let allocation = allocate(&Stack::of(layers.clone()).unwrap(), &facts).unwrap();
        let stored = serde_json::to_string(&layers).unwrap();
        let pinned: Vec<(Layer, Agreement)> = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&pinned, &layers);
        let facts: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        prop_assert_eq!(&allocate(&Stack::of(pinned).unwrap(), &facts).unwrap(), &allocation);
        let read: splits::Allocation = serde_json::from_str(&serde_json::to_string(&allocation).unwrap()).unwrap();
        prop_assert_eq!(read, allocation);
    }
}

#[test]
fn d8_a_fee_above_the_gross_is_refused_unless_somebody_bears_the_shortfall() {
    let facts = Facts { processor_fee: 31, ..line(20, &[(10, 1)]) };
    let mut agreement = Agreement::new("small sales", vec![makers()]);
    let refused = allocate(&stack(agreement.clone()), &facts).unwrap_err();
    assert!(matches!(refused, AllocateError::Short { .. }));
    assert_eq!(refused.to_string(), "\"the processor fee off the top\" is short by 0.11 EUR; name who bears a shortfall in the agreement");
    agreement.shortfall = Some(splits::Payee::CoOp);
    let allocation = allocate(&stack(agreement), &facts).unwrap();
    assert_eq!(allocation.amount_to_party(PartyId(1)), -11);
    assert_eq!(allocation.amount_to(Recipient::Processor), 31);
}
