//! Steps in worked examples, and how they read.

use insta::assert_snapshot;
use kernel::PartyId;
use splits::{
    Advance, Agreement, AllocateError, AmountBracket, Base, Brackets, DateBracket, Facts, Fixed, Named, Owner, Payee, Per, Percent, Pool,
    Purpose, Recipient, Recoup, Remitter, SalePart, Share, SoFar, Step, Tax, Terms, Tiers, Weighted, allocate,
};

use crate::builders::{AFFILIATE, VENUE, at, currency, euros, line, makers, percent, rate, stack};

fn weights(parties: &[(i64, u32)]) -> Vec<Weighted> {
    parties.iter().map(|(id, weight)| Weighted { to: Payee::Party(PartyId(*id)), weight: *weight }).collect()
}

#[test]
fn d3_an_agreement_reads_as_people_say_it() {
    let agreement = euros(vec![percent(Payee::Venue, Base::Gross, "12 %"), percent(Payee::CoOp, Base::Remaining, "5 %"), makers()]);
    assert_eq!(agreement.to_string(), "12 % of gross to the venue, then 5 % to the co-op, the rest to the makers by lot");
    let named = euros(vec![percent(Payee::Party(PartyId(7)), Base::Net, "2.5 %"), makers()]);
    assert_eq!(named.sentence(&|_| "Ana".to_owned()), "2.5 % of net to Ana, the rest to the makers by lot");
}

#[test]
fn d3_twelve_parties_share_by_percent_fixed_per_unit_floor_and_cap() {
    let steps = vec![
        Step::Percent(Percent { to: Payee::Venue, of: Base::Gross, rate: rate("1 %"), floor: Some(150), cap: None }),
        Step::Percent(Percent { to: Payee::Affiliate, of: Base::Gross, rate: rate("20 %"), floor: None, cap: Some(700) }),
        Step::Fixed(Fixed { to: Payee::Party(PartyId(20)), amount: 25, per: Per::Unit }),
        Step::Fixed(Fixed { to: Payee::Party(PartyId(21)), amount: 99, per: Per::Line }),
        Step::Pool(Pool {
            pool: Payee::Party(PartyId(30)),
            share: Share::Percent { rate: rate("3 %"), of: Base::Gross },
            within: weights(&[(31, 2), (32, 1)]),
        }),
        Step::Named(Named {
            parties: weights(&[(40, 1), (41, 1), (42, 1)]),
            share: Share::Percent { rate: rate("10 %"), of: Base::Gross },
        }),
        percent(Payee::CoOp, Base::Remaining, "5 %"),
        makers(),
    ];
    let mut facts = line(10_000, &[(12, 3), (10, 5), (11, 2)]);
    (facts.bindings.venue, facts.bindings.affiliate) = (Some(VENUE), Some(AFFILIATE));
    let allocation = allocate(&stack(euros(steps)), &facts).unwrap();
    assert_snapshot!(allocation.to_string(), @r#"
    100.00 EUR paid
    co-op default 1: 1 % of gross to the venue (at least 1.50 EUR): 1.50 of 100.00; party 2 1.50; raised to the floor
    co-op default 2: 20 % of gross to the affiliate (at most 7.00 EUR): 7.00 of 100.00; party 3 7.00; lowered to the cap
    co-op default 3: 0.25 EUR per unit to party 20: 2.50 of 91.50; party 20 2.50; 10 units
    co-op default 4: 0.99 EUR per line to party 21: 0.99 of 89.00; party 21 0.99
    co-op default 5: 3 % of gross into the pool of party 30 (shared by party 31 (2 parts) and party 32 (1 part)): 3.00 of 100.00; party 31 2.00; party 32 1.00
    co-op default 6: 10 % of gross to party 40, party 41 and party 42 equally: 10.00 of 100.00; party 40 3.34 with the rounding unit; party 41 3.33; party 42 3.33
    co-op default 7: 5 % of what remains to the co-op: 3.75 of 75.01, rounded down; party 1 3.75
    co-op default 8: the rest to the makers by lot: 71.26 of 71.26; party 10 35.63; party 11 14.25; party 12 21.38 with the rounding unit
    "#);
    assert_eq!(allocation.legs.len(), 13);
}

#[test]
fn d8_a_hundred_cents_three_ways_are_a_hundred() {
    let allocation = allocate(&stack(euros(vec![makers()])), &line(100, &[(12, 1), (11, 1), (10, 1)])).unwrap();
    assert_eq!([10, 11, 12].map(|id| allocation.amount_to_party(PartyId(id))), [34, 33, 33]);
    let extra: Vec<bool> = allocation.trace.last().unwrap().parts.iter().map(|part| part.rounded_up).collect();
    assert_eq!(extra, [true, false, false], "the trace says who got the rounding cent");
}

#[test]
fn d6_waterfall_pays_costs_then_the_advance_then_tiers() {
    let brackets = vec![AmountBracket { from: 0, rate: rate("10 %") }, AmountBracket { from: 100_000, rate: rate("20 %") }];
    let steps = vec![
        Step::Tax(Tax {}),
        Step::Fixed(Fixed { to: Payee::Venue, amount: 500, per: Per::Line }),
        Step::Recoup(Recoup { advance: "print run".to_owned(), to: Payee::CoOp, rate: rate("50 %") }),
        Step::Tiers(Tiers { to: Payee::CoOp, of: Base::Remaining, by: Brackets::Amount(brackets) }),
        makers(),
    ];
    let stack = stack(euros(steps));
    assert_eq!(stack.needs().advances, ["print run"]);
    assert_eq!(stack.needs().so_far, [Payee::CoOp]);
    let mut facts = Facts { tax: 1_900, tax_remitter: Remitter::Platform, ..line(11_900, &[(10, 1)]) };
    facts.bindings.venue = Some(VENUE);
    facts.advances.push(Advance { name: "print run".to_owned(), outstanding: 3_000 });
    facts.so_far.push(SoFar { party: PartyId(1), amount: 98_000 });
    let allocation = allocate(&stack, &facts).unwrap();
    assert_snapshot!(allocation.to_string(), @r#"
    119.00 EUR paid
    co-op default 1: the tax to whoever remits it: 19.00 of 119.00; tax 19.00
    co-op default 2: 5.00 EUR per line to the venue: 5.00 of 100.00; party 2 5.00
    co-op default 3: 50 % of what remains to the co-op until the advance "print run" is paid back: 30.00 of 95.00; party 1 30.00; 30.00 of the advance outstanding before
    co-op default 4: tiers by amount so far of what remains to the co-op (10 % from 0.00 EUR, 20 % from 1000.00 EUR): 11.00 of 65.00; party 1 11.00; 980.00 so far
    co-op default 5: the rest to the makers by lot: 54.00 of 54.00; party 10 54.00
    "#);
    let recouped: Vec<i64> = allocation.legs.iter().filter(|leg| matches!(leg.purpose, Purpose::Recoup(_))).map(|leg| leg.amount).collect();
    assert_eq!(recouped, [3_000], "no more than is outstanding");
    assert_eq!(allocation.amount_to(Recipient::Tax), 1_900);
}

#[test]
fn d6_tiers_by_date_use_the_bracket_of_the_sale() {
    let brackets = vec![
        DateBracket { from: at("2026-11-01T00:00:00Z"), rate: rate("10 %") },
        DateBracket { from: at("2026-12-01T00:00:00Z"), rate: rate("5 %") },
    ];
    let stack = stack(euros(vec![Step::Tiers(Tiers { to: Payee::CoOp, of: Base::Gross, by: Brackets::Date(brackets) }), makers()]));
    let co_op = |sold: &str| allocate(&stack, &Facts { sold_at: at(sold), ..line(1_000, &[(10, 1)]) }).unwrap().amount_to_party(PartyId(1));
    let sold = ["2026-10-31T23:59:59Z", "2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z"];
    assert_eq!(sold.map(co_op), [0, 100, 100, 50]);
}

#[test]
fn d3_an_amount_per_sale_is_charged_once_over_its_lines() {
    let stack = stack(euros(vec![Step::Fixed(Fixed { to: Payee::CoOp, amount: 100, per: Per::Sale }), makers()]));
    let mut before = 0;
    let charged = [333, 333, 334].map(|gross| {
        let facts = Facts { sale: Some(SalePart { before, total: 1_000 }), ..line(gross, &[(10, 1)]) };
        before += gross;
        allocate(&stack, &facts).unwrap().amount_to_party(PartyId(1))
    });
    assert_eq!(charged, [33, 34, 33]);
}

#[test]
fn d3_a_fixed_price_pays_its_owner_and_leaves_the_difference_to_the_co_op() {
    let mut facts = line(10_000, &[(10, 2), (11, 3)]);
    facts.owners[0].terms = Terms::FixedPrice(1_500);
    let allocation = allocate(&stack(euros(vec![makers()])), &facts).unwrap();
    assert_eq!([1, 10, 11].map(|id| allocation.amount_to_party(PartyId(id))), [1_000, 3_000, 6_000]);
    // Above its share, an owner gets no more than is there, unless somebody bears the difference.
    facts.owners[0].terms = Terms::FixedPrice(2_500);
    let allocation = allocate(&stack(euros(vec![makers()])), &facts).unwrap();
    assert_eq!([1, 10, 11].map(|id| allocation.amount_to_party(PartyId(id))), [0, 4_000, 6_000]);
    let borne = Agreement { shortfall: Some(Payee::CoOp), ..euros(vec![makers()]) };
    let allocation = allocate(&stack(borne), &facts).unwrap();
    assert_eq!([1, 10, 11].map(|id| allocation.amount_to_party(PartyId(id))), [-1_000, 5_000, 6_000]);
}

#[test]
fn d3_steps_to_an_absent_payee_are_skipped_and_the_trace_says_so() {
    let allocation = allocate(&stack(euros(vec![percent(Payee::Venue, Base::Gross, "12 %"), makers()])), &line(1_000, &[(10, 1)])).unwrap();
    assert_eq!(allocation.amount_to_party(PartyId(10)), 1_000);
    assert_snapshot!(allocation.to_string(), @r#"
    10.00 EUR paid
    co-op default 1: 12 % of gross to the venue: 0.00 of 10.00; the venue has no part in this sale
    co-op default 2: the rest to the makers by lot: 10.00 of 10.00; party 10 10.00
    "#);
}

#[test]
fn d3_a_step_takes_no_more_than_is_left() {
    let steps = vec![Step::Fixed(Fixed { to: Payee::Venue, amount: 1_500, per: Per::Line }), makers()];
    let mut facts = Facts { processor_fee: 40, ..line(1_000, &[(10, 1)]) };
    facts.bindings.venue = Some(VENUE);
    let allocation = allocate(&stack(euros(steps.clone())), &facts).unwrap();
    assert_eq!([2, 10].map(|id| allocation.amount_to_party(PartyId(id))), [960, 0]);
    assert!(allocation.to_string().contains("short by 5.40"));
    let borne = Agreement { shortfall: Some(Payee::CoOp), ..euros(steps) };
    let allocation = allocate(&stack(borne), &facts).unwrap();
    assert_eq!([1, 2, 10].map(|id| allocation.amount_to_party(PartyId(id))), [-540, 1_500, 0]);
}

#[test]
fn d3_facts_that_cannot_be_are_refused_with_a_cure() {
    let plain = stack(Agreement::new("plain", vec![makers()]));
    let refused = |facts: Facts| allocate(&plain, &facts).unwrap_err();
    assert!(matches!(refused(line(-1, &[(10, 1)])), AllocateError::OutOfRange { what: "gross", .. }));
    assert!(matches!(refused(line(100, &[])), AllocateError::NoOwners { .. }));
    assert_eq!(refused(Facts { quantity: 2, ..line(100, &[(10, 1)]) }), AllocateError::Quantities { line: 2, owned: 1 });
    assert_eq!(refused(Facts { tax: 101, ..line(100, &[(10, 1)]) }), AllocateError::TaxAboveGross { tax: 101, gross: 100 });
    let beyond = Some(SalePart { before: 50, total: 100 });
    assert_eq!(refused(Facts { sale: beyond, ..line(100, &[(10, 1)]) }), AllocateError::LineAboveSale { line_end: 150, total: 100 });
    let nobody = Owner { party: PartyId(10), terms: Terms::Share, quantity: -1 };
    assert!(matches!(refused(Facts { owners: vec![nobody], ..line(100, &[]) }), AllocateError::OutOfRange { .. }));
    let yen = Facts { currency: currency("JPY"), ..line(100, &[(10, 1)]) };
    let refused = allocate(&stack(euros(vec![makers()])), &yen).unwrap_err();
    assert_eq!(refused.to_string(), "the agreement is in EUR and the sale in JPY; adopt an agreement in JPY or one without amounts");
}
