//! Whatever is written, nothing panics, and what is accepted gives every cent.

use kernel::PartyId;
use proptest::{collection::vec, option, prelude::*};
use splits::{
    Advance, Agreement, AmountBracket, Base, Bearer, Brackets, DateBracket, DiscountBearer, Facts, FeeBearer, Fixed, Guarantee, Layer,
    Named, Owner, Owners, Payee, Per, Percent, Period, Pool, ProcessorFee, Rate, Recoup, SalePart, Share, SoFar, Stack, Step, Tax, Terms,
    Tiers, Weighted, allocate, refund_legs,
};

use crate::builders::{at, currency, makers, mended};

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![3 => 0_i64..100_000, 1 => 0_i64..=splits::MAX_MINOR, 1 => any::<i64>(), 1 => Just(0), 1 => Just(splits::MAX_MINOR)]
}

fn payee() -> impl Strategy<Value = Payee> {
    prop_oneof![Just(Payee::CoOp), Just(Payee::Venue), Just(Payee::Affiliate), any::<i64>().prop_map(|id| Payee::Party(PartyId(id)))]
}

fn base() -> impl Strategy<Value = Base> {
    prop_oneof![Just(Base::Gross), Just(Base::Net), Just(Base::Remaining)]
}

fn rate() -> impl Strategy<Value = Rate> {
    prop_oneof![0_u32..=1_000_000, 0_u32..50_000, Just(1_000_000)].prop_map(|ppm| Rate::from_ppm(ppm).unwrap())
}

fn share() -> impl Strategy<Value = Share> {
    prop_oneof![Just(Share::Rest), (rate(), base()).prop_map(|(rate, of)| Share::Percent { rate, of })]
}

fn weighted() -> impl Strategy<Value = Vec<Weighted>> {
    vec((payee(), any::<u32>()).prop_map(|(to, weight)| Weighted { to, weight }), 0..4)
}

fn brackets() -> impl Strategy<Value = Brackets> {
    prop_oneof![
        vec((amount(), rate()).prop_map(|(from, rate)| AmountBracket { from, rate }), 0..3).prop_map(Brackets::Amount),
        vec(rate().prop_map(|rate| DateBracket { from: at("2026-01-01T00:00:00Z"), rate }), 0..3).prop_map(Brackets::Date),
    ]
}

fn fee_bearer() -> impl Strategy<Value = FeeBearer> {
    prop_oneof![Just(FeeBearer::OffTheTop), Just(FeeBearer::Payees), Just(FeeBearer::Owners), payee().prop_map(FeeBearer::Payee)]
}

fn step() -> impl Strategy<Value = Step> {
    let per = prop_oneof![Just(Per::Sale), Just(Per::Unit), Just(Per::Line)];
    prop_oneof![
        Just(Step::Tax(Tax {})),
        fee_bearer().prop_map(|borne_by| Step::ProcessorFee(ProcessorFee { borne_by })),
        (payee(), base(), rate(), option::of(amount()), option::of(amount()))
            .prop_map(|(to, of, rate, floor, cap)| Step::Percent(Percent { to, of, rate, floor, cap })),
        (payee(), amount(), per).prop_map(|(to, amount, per)| Step::Fixed(Fixed { to, amount, per })),
        (payee(), base(), brackets()).prop_map(|(to, of, by)| Step::Tiers(Tiers { to, of, by })),
        (".{0,3}", payee(), rate()).prop_map(|(advance, to, rate)| Step::Recoup(Recoup { advance, to, rate })),
        share().prop_map(|share| Step::Owners(Owners { share })),
        (weighted(), share()).prop_map(|(parties, share)| Step::Named(Named { parties, share })),
        (payee(), share(), weighted()).prop_map(|(pool, share, within)| Step::Pool(Pool { pool, share, within })),
    ]
}

fn agreement() -> impl Strategy<Value = Agreement> {
    let discount =
        prop_oneof![Just(DiscountBearer::Seller), Just(DiscountBearer::CoOp), rate().prop_map(|co_op| DiscountBearer::Shared { co_op })];
    let lost_fee = prop_oneof![Just(Bearer::Payees), Just(Bearer::Owners), payee().prop_map(Bearer::Payee)];
    let guarantee = (payee(), payee(), amount(), any::<bool>()).prop_map(|(to, borne_by, minimum, recouped)| Guarantee {
        to,
        per: Period::Event,
        minimum,
        borne_by,
        recouped,
    });
    let policies = (option::of(discount), option::of(payee()), option::of(lost_fee), vec(guarantee, 0..2));
    let codes = option::of(prop_oneof![Just("EUR"), Just("JPY")]);
    let shape = (vec(step(), 0..4), option::of(share().prop_map(|share| Step::Owners(Owners { share }))));
    (".{0,5}", codes, shape, policies).prop_map(|(name, code, (mut steps, last), (discount, shortfall, lost_fee, guarantees))| {
        steps.extend(last);
        Agreement { name, currency: code.map(currency), steps, discount, shortfall, lost_fee, guarantees }
    })
}

/// The same agreement without what is wrong in it, so that many fuzzed agreements get as far as a sale.
fn sound(agreement: Agreement) -> Agreement {
    let named = Agreement { name: "fuzzed".to_owned(), currency: Some(currency("EUR")), guarantees: Vec::new(), ..agreement };
    let mut sound = mended(Layer::Market, named);
    if sound.validate(Layer::CoOp).is_err() {
        sound.steps.push(makers());
    }
    sound
}

fn facts() -> impl Strategy<Value = Facts> {
    let quantity = || prop_oneof![3 => 0_i64..5, 1 => any::<i64>(), 1 => Just(splits::MAX_QUANTITY)];
    let terms = prop_oneof![Just(Terms::Share), amount().prop_map(Terms::FixedPrice)];
    let owners = vec((0_i64..4, terms, quantity()).prop_map(|(id, terms, quantity)| Owner { party: PartyId(id), terms, quantity }), 0..3);
    let amounts = (amount(), amount(), amount(), amount(), amount());
    let sale = option::of((amount(), amount()).prop_map(|(before, total)| SalePart { before, total }));
    (amounts, owners, quantity(), sale, any::<bool>()).prop_map(|((gross, tax, fee, discount, other), owners, quantity, sale, honest)| {
        let mut facts = Facts::of(currency("EUR"), gross, quantity, at("2026-06-01T00:00:00Z"), PartyId(0));
        (facts.tax, facts.processor_fee, facts.discount) = (tax, fee, discount);
        facts.so_far.push(SoFar { party: PartyId(0), amount: other });
        facts.advances.push(Advance { name: "a".to_owned(), outstanding: other });
        (facts.owners, facts.sale) = (owners, sale);
        facts.bindings.venue = Some(PartyId(1));
        if honest {
            let clamped = |amount: i64| amount.clamp(0, splits::MAX_MINOR);
            (facts.gross, facts.tax) = (clamped(gross), clamped(tax.min(gross)));
            (facts.processor_fee, facts.discount) = (clamped(fee), clamped(discount));
            facts.so_far[0].amount = clamped(other);
            facts.advances[0].outstanding = clamped(other);
            for owner in &mut facts.owners {
                owner.quantity = owner.quantity.clamp(0, splits::MAX_QUANTITY / 3);
                if let Terms::FixedPrice(price) = &mut owner.terms {
                    *price = clamped(*price);
                }
            }
            facts.quantity = facts.owners.iter().fold(0, |sum, owner| owner.quantity.saturating_add(sum));
            facts.sale = None;
        }
        facts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn d3_fuzzed_agreements_and_sales_never_panic(
        outer in agreement(), inner in option::of(agreement()), mend in any::<bool>(), facts in facts(), refunds in (any::<i64>(), amount())
    ) {
        let _ = (outer.to_string(), outer.validate(Layer::Market).map_err(|problems| problems.to_string()));
        let (outer, inner) = if mend { (sound(outer), inner.map(sound)) } else { (outer, inner) };
        let layers = [Some((Layer::CoOp, outer)), inner.map(|inner| (Layer::Lot, inner))];
        let Ok(stack) = Stack::of(layers.into_iter().flatten()) else { return Ok(()) };
        let _ = (stack.to_string(), stack.needs());
        match allocate(&stack, &facts) {
            Err(refused) => prop_assert!(refused.refusal().message.contains(';'), "a refusal names a cure: {refused}"),
            Ok(allocation) => {
                prop_assert_eq!(allocation.legs.iter().map(|leg| leg.amount).sum::<i64>(), facts.gross);
                let _ = (allocation.to_string(), refund_legs(&allocation, refunds.0, refunds.1));
                let all = refund_legs(&allocation, 0, facts.gross).unwrap();
                prop_assert_eq!(all.iter().map(|leg| leg.amount).sum::<i64>(), facts.gross);
            }
        }
    }

    #[test]
    fn d3_fuzzed_texts_are_refused_or_read(text in r#"\{"name":"[a-z]{0,2}","steps":\[(\{"step":"(tax|percent|owners|x)","(to|share|rate)":"(rest|venue|[0-9]{1,4} %)"\},?){0,2}\]\}"#) {
        if let Ok(agreement) = serde_json::from_str::<Agreement>(&text) {
            let _ = agreement.validate(Layer::CoOp);
        }
    }
}
