//! What an agreement must not say.

use insta::assert_snapshot;
use kernel::PartyId;
use splits::{
    Agreement, AmountBracket, Base, Bearer, Brackets, DiscountBearer, Fault, FeeBearer, Fixed, Guarantee, Layer, Named, Owners, Payee, Per,
    Percent, Period, Problems, Recoup, Share, Stack, Step, Tiers, Weighted, json_schema,
};

use crate::builders::{currency, euros, fee, makers, percent, rate};

fn refused(agreement: &Agreement) -> Problems {
    agreement.validate(Layer::CoOp).unwrap_err()
}

#[test]
fn d3_all_problems_are_told_at_once_with_step_and_cure() {
    let venue = Weighted { to: Payee::Venue, weight: 0 };
    let agreement = Agreement {
        guarantees: vec![Guarantee { to: Payee::CoOp, per: Period::Month, minimum: 0, borne_by: Payee::CoOp, recouped: false }],
        ..Agreement::new(
            " ",
            vec![
                percent(Payee::Venue, Base::Gross, "70 %"),
                percent(Payee::Venue, Base::Gross, "40 %"),
                Step::Fixed(Fixed { to: Payee::CoOp, amount: -5, per: Per::Unit }),
                Step::Percent(Percent { to: Payee::CoOp, of: Base::Net, rate: rate("5 %"), floor: Some(9), cap: Some(3) }),
                Step::Tiers(Tiers {
                    to: Payee::CoOp,
                    of: Base::Net,
                    by: Brackets::Amount(vec![AmountBracket { from: 5, rate: rate("1 %") }, AmountBracket { from: 5, rate: rate("2 %") }]),
                }),
                Step::Recoup(Recoup { advance: String::new(), to: Payee::CoOp, rate: rate("0 %") }),
                Step::Named(Named { parties: vec![venue, venue], share: Share::Rest }),
                Step::Owners(Owners { share: Share::Percent { rate: rate("10 %"), of: Base::Remaining } }),
            ],
        )
    };
    assert_snapshot!(refused(&agreement).to_string(), @r#"
    co-op default: the agreement has no name; give it one that members will recognise
    co-op default, step 3 (-5 minor units per unit to the co-op): the amount is -5 minor units; write an amount from 1 to 1000000000000000
    co-op default, step 3 (-5 minor units per unit to the co-op): its amounts are in no currency; set the agreement's currency
    co-op default, step 4 (5 % of net to the co-op (at least 9 minor units, at most 3 minor units)): the floor 9 is above the cap 3 (minor units); lower the floor or raise the cap
    co-op default, step 4 (5 % of net to the co-op (at least 9 minor units, at most 3 minor units)): its amounts are in no currency; set the agreement's currency
    co-op default, step 5 (tiers by amount so far of net to the co-op (1 % from 5 minor units, 2 % from 5 minor units)): bracket 2 does not begin after the one before it; sort the brackets and let each begin once
    co-op default, step 5 (tiers by amount so far of net to the co-op (1 % from 5 minor units, 2 % from 5 minor units)): the first bracket begins at 5 minor units; let it begin at 0, with 0 % if nothing is due there
    co-op default, step 5 (tiers by amount so far of net to the co-op (1 % from 5 minor units, 2 % from 5 minor units)): its amounts are in no currency; set the agreement's currency
    co-op default, step 6 (0 % of what remains to the co-op until the advance "" is paid back): the advance has no name; write the one it has in the books
    co-op default, step 6 (0 % of what remains to the co-op until the advance "" is paid back): a rate of 0 % gives nothing; write the rate or remove the step
    co-op default, step 7 (the rest to the venue and the venue equally): the venue has the weight 0; give it a weight or remove it
    co-op default, step 7 (the rest to the venue and the venue equally): the venue has the weight 0; give it a weight or remove it
    co-op default, step 7 (the rest to the venue and the venue equally): the venue is named twice; add its weights together
    co-op default, step 2 (40 % of gross to the venue): step 1 already says what part of this base the payee gets; keep one of the two
    co-op default, step 8 (10 % of what remains to the makers by lot): step 7 of the co-op default leaves nothing; move this step before it or remove it
    co-op default, step 2 (40 % of gross to the venue): with it the steps give 110 % of gross, more than the whole; lower a rate
    co-op default: the guaranteed minimum is 0 minor units; write an amount from 1 to 1000000000000000
    co-op default: the guarantee to the co-op is borne by the co-op itself; name somebody else
    co-op default: its amounts are in no currency; set the agreement's currency
    "#);
}

#[test]
fn d3_an_agreement_without_a_rest_is_refused_for_the_co_op_and_fine_for_a_market() {
    let agreement = euros(vec![percent(Payee::Venue, Base::Gross, "12 %")]);
    assert_eq!(refused(&agreement).0[0].fault, Fault::NoRest);
    assert_eq!(agreement.validate(Layer::Market), Ok(()));
    let alone = Stack::of([(Layer::Market, agreement)]).unwrap_err();
    assert_eq!(alone.to_string(), "co-op default: no step takes the rest; end with the rest to the makers, to named parties or to a pool");
}

#[test]
fn d3_layers_that_do_not_fit_together_are_refused() {
    let base = || euros(vec![percent(Payee::CoOp, Base::Gross, "60 %"), makers()]);
    let market = |steps| (Layer::Market, euros(steps));
    let problems = |layers: Vec<(Layer, Agreement)>| Stack::of(layers).unwrap_err().to_string();
    assert_eq!(
        problems(vec![(Layer::CoOp, base()), market(vec![percent(Payee::Venue, Base::Gross, "50 %")])]),
        "market contract, step 1 (50 % of gross to the venue): with it the steps give 110 % of gross, more than the whole; lower a rate"
    );
    let yen = Agreement { currency: Some(currency("JPY")), ..Agreement::new("yen", Vec::new()) };
    assert_eq!(
        problems(vec![(Layer::CoOp, base()), (Layer::Lot, yen)]),
        "lot terms: its amounts are in JPY, those of the co-op default in EUR; write both in one currency"
    );
    assert_eq!(
        problems(vec![(Layer::CoOp, base()), market(Vec::new()), market(Vec::new())]),
        "market contract: there are two agreements in this layer; keep one, or merge them"
    );
}

#[test]
fn d15_makers_cannot_bear_what_no_step_pays_them_for() {
    let to_party = Step::Named(Named { parties: vec![Weighted { to: Payee::Party(PartyId(7)), weight: 1 }], share: Share::Rest });
    let agreement = Agreement {
        discount: Some(DiscountBearer::Seller),
        lost_fee: Some(Bearer::Owners),
        ..Agreement::new("no makers", vec![fee(FeeBearer::Owners), to_party])
    };
    let problems = Stack::of([(Layer::CoOp, agreement)]).unwrap_err();
    assert_eq!(problems.0.len(), 3);
    assert!(problems.0.iter().all(|problem| matches!(problem.fault, Fault::OwnersBearUnpaid { .. })));
}

#[test]
fn d3_too_much_of_anything_is_refused() {
    let many = euros(vec![makers(); splits::MAX_STEPS + 1]);
    assert!(matches!(refused(&many).0[0].fault, Fault::TooMany { what: "steps", .. }));
    let parties = (0..=1_000).map(|id| Weighted { to: Payee::Party(PartyId(id)), weight: 1 }).collect();
    let crowd = euros(vec![Step::Named(Named { parties, share: Share::Rest })]);
    assert!(matches!(refused(&crowd).0[0].fault, Fault::TooMany { what: "parties", .. }));
}

#[test]
fn d3_json_is_read_strictly() {
    let text = r#"{"name": "Winter market", "currency": "EUR", "steps": [
        {"step": "tax"},
        {"step": "processor_fee", "borne_by": {"payee": "co_op"}},
        {"step": "percent", "to": "venue", "of": "gross", "rate": "12 %", "cap": 5000},
        {"step": "pool", "pool": {"party": 9}, "share": {"percent": {"rate": "3 %", "of": "net"}}},
        {"step": "owners", "share": "rest"}]}"#;
    let agreement: Agreement = serde_json::from_str(text).unwrap();
    assert_eq!(agreement.validate(Layer::CoOp), Ok(()));
    assert_snapshot!(agreement.to_string(), @r#"
    the tax to whoever remits it, then the processor fee borne by the co-op, then 12 % of gross to the venue (at most 50.00 EUR), then 3 % of net into the pool of party 9, the rest to the makers by lot
    "#);
    for wrong in [
        r#"{"name": "a", "steps": [], "stepz": 1}"#,
        r#"{"name": "a", "steps": [{"step": "tax", "to": "venue"}]}"#,
        r#"{"name": "a", "steps": [{"step": "percent", "to": "venue", "of": "gross", "rate": "120 %"}]}"#,
        r#"{"name": "a", "steps": [{"step": "percent", "to": "venue", "of": "gross", "rate": "1 %", "limit": 3}]}"#,
        r#"{"name": "a", "steps": [{"step": "owners", "share": "all"}]}"#,
    ] {
        assert!(serde_json::from_str::<Agreement>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn d3_the_schema_describes_every_step() {
    let schema = json_schema();
    assert_eq!(schema["additionalProperties"], false);
    let steps = serde_json::to_string(&schema["$defs"]["Step"]).unwrap();
    for step in ["tax", "processor_fee", "percent", "fixed", "tiers", "recoup", "owners", "named", "pool"] {
        assert!(steps.contains(&format!("\"const\":\"{step}\"")), "{step} in {steps}");
    }
}
