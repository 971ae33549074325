//! Random agreements and sales, and short ways to write certain ones.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Currency, PartyId};
use proptest::{collection::vec, option, prelude::*};
use splits::{
    Advance, Agreement, AmountBracket, Base, Brackets, DateBracket, DiscountBearer, Facts, FeeBearer, Fixed, Layer, Named, Owner, Owners,
    Payee, Per, Percent, Pool, ProcessorFee, Rate, Recipient, Recoup, Remitter, SalePart, Share, SoFar, Stack, Step, Tax, Terms, Tiers,
    Weighted,
};

pub(crate) const CO_OP: PartyId = PartyId(1);
pub(crate) const VENUE: PartyId = PartyId(2);
pub(crate) const AFFILIATE: PartyId = PartyId(3);

pub(crate) fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub(crate) fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn percent(to: Payee, of: Base, of_it: &str) -> Step {
    Step::Percent(Percent { to, of, rate: rate(of_it), floor: None, cap: None })
}

pub(crate) fn makers() -> Step {
    Step::Owners(Owners { share: Share::Rest })
}

pub(crate) fn fee(borne_by: FeeBearer) -> Step {
    Step::ProcessorFee(ProcessorFee { borne_by })
}

pub(crate) fn euros(steps: Vec<Step>) -> Agreement {
    Agreement { currency: Some(currency("EUR")), ..Agreement::new("test", steps) }
}

pub(crate) fn stack(agreement: Agreement) -> Stack {
    Stack::of([(Layer::CoOp, agreement)]).unwrap()
}

/// A line of `gross` sold by owners (party, quantity).
pub(crate) fn line(gross: i64, owners: &[(i64, i64)]) -> Facts {
    let quantity = owners.iter().map(|(_, quantity)| quantity).sum();
    let owners =
        owners.iter().map(|(party, quantity)| Owner { party: PartyId(*party), terms: Terms::Share, quantity: *quantity }).collect();
    Facts { owners, ..Facts::of(currency("EUR"), gross, quantity, at("2026-11-14T12:00:00Z"), CO_OP) }
}

pub(crate) fn party(id: i64) -> Recipient {
    Recipient::Party(PartyId(id))
}

fn payee() -> impl Strategy<Value = Payee> {
    prop_oneof![Just(Payee::CoOp), Just(Payee::Venue), Just(Payee::Affiliate), (4_i64..30).prop_map(|id| Payee::Party(PartyId(id)))]
}

fn base() -> impl Strategy<Value = Base> {
    prop_oneof![Just(Base::Gross), Just(Base::Net), Just(Base::Remaining)]
}

fn some_rate() -> impl Strategy<Value = Rate> {
    (1_u32..200_000).prop_map(|ppm| Rate::from_ppm(ppm).unwrap())
}

fn share() -> impl Strategy<Value = Share> {
    (some_rate(), base()).prop_map(|(rate, of)| Share::Percent { rate, of })
}

fn weighted() -> impl Strategy<Value = Vec<Weighted>> {
    vec((payee(), 1_u32..1_000).prop_map(|(to, weight)| Weighted { to, weight }), 1..12).prop_map(|mut parties| {
        parties.sort_by_key(|one| one.to);
        parties.dedup_by_key(|one| one.to);
        parties
    })
}

fn brackets() -> impl Strategy<Value = Brackets> {
    let amounts = vec((1_i64..50_000, some_rate()), 1..5).prop_map(|steps| {
        let mut from = 0;
        let rising = steps.into_iter().map(|(width, rate)| {
            let bracket = AmountBracket { from, rate };
            from += width;
            bracket
        });
        Brackets::Amount(rising.collect())
    });
    let dates = vec(some_rate(), 1..5).prop_map(|rates| {
        let from = |day: i64| at("2026-11-10T00:00:00Z") + TimeDelta::days(2 * day);
        Brackets::Date((0..).zip(rates).map(|(day, rate)| DateBracket { from: from(day), rate }).collect())
    });
    prop_oneof![amounts, dates]
}

fn step() -> impl Strategy<Value = Step> {
    let limits = (option::of(1_i64..300), option::of(300_i64..5_000));
    let per = prop_oneof![Just(Per::Sale), Just(Per::Unit), Just(Per::Line)];
    prop_oneof![
        Just(Step::Tax(Tax {})),
        prop_oneof![Just(FeeBearer::OffTheTop), Just(FeeBearer::Payees)].prop_map(fee),
        (payee(), base(), some_rate(), limits).prop_map(|(to, of, rate, (floor, cap))| Step::Percent(Percent { to, of, rate, floor, cap })),
        (payee(), 1_i64..500, per).prop_map(|(to, amount, per)| Step::Fixed(Fixed { to, amount, per })),
        (payee(), base(), brackets()).prop_map(|(to, of, by)| Step::Tiers(Tiers { to, of, by })),
        (payee(), some_rate(), 0..3).prop_map(|(to, rate, n)| Step::Recoup(Recoup { advance: format!("advance {n}"), to, rate })),
        share().prop_map(|share| Step::Owners(Owners { share })),
        (weighted(), share()).prop_map(|(parties, share)| Step::Named(Named { parties, share })),
        (payee(), share(), prop_oneof![Just(Vec::new()), weighted()]).prop_map(|(pool, share, within)| Step::Pool(Pool {
            pool,
            share,
            within
        })),
    ]
}

fn rest() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(makers()),
        weighted().prop_map(|parties| Step::Named(Named { parties, share: Share::Rest })),
        payee().prop_map(|pool| Step::Pool(Pool { pool, share: Share::Rest, within: Vec::new() })),
    ]
}

/// An agreement in which no problem is left, because the steps with problems are removed.
pub(crate) fn mended(layer: Layer, mut agreement: Agreement) -> Agreement {
    while let Err(problems) = agreement.validate(layer) {
        let wrong = problems.0.iter().filter_map(|problem| problem.step).max().expect("only steps are wrong");
        agreement.steps.remove(usize::from(wrong) - 1);
    }
    agreement
}

/// Layers of random agreements that nobody bears anything in by name: no leg may ever be negative.
pub(crate) fn layers() -> impl Strategy<Value = Vec<(Layer, Agreement)>> {
    let inner = |layer: Layer| option::of(vec(step(), 0..4).prop_map(move |steps| (layer, mended(layer, euros(steps)))));
    let outer = (vec(step(), 0..6), rest()).prop_map(|(mut steps, rest)| {
        steps.push(rest);
        (Layer::CoOp, mended(Layer::CoOp, euros(steps)))
    });
    let all = (outer, inner(Layer::Market), inner(Layer::Affiliate), inner(Layer::Product), inner(Layer::Lot));
    all.prop_map(|(outer, market, affiliate, product, lot)| {
        let mut layers = vec![outer];
        for layer in [market, affiliate, product, lot].into_iter().flatten() {
            layers.push(layer);
            if Stack::of(layers.clone()).is_err() {
                layers.pop();
            }
        }
        layers
    })
}

/// Layers in which bearers of everything may be named.
pub(crate) fn layers_with_bearers() -> impl Strategy<Value = Vec<(Layer, Agreement)>> {
    let discount = prop_oneof![
        Just(DiscountBearer::Seller),
        Just(DiscountBearer::CoOp),
        some_rate().prop_map(|co_op| DiscountBearer::Shared { co_op })
    ];
    let bearer = prop_oneof![Just(FeeBearer::Owners), payee().prop_map(FeeBearer::Payee)];
    (layers(), option::of(discount), option::of(payee()), option::of(bearer)).prop_map(|(mut layers, discount, shortfall, bearer)| {
        let first = &mut layers[0].1;
        first.discount = discount;
        first.shortfall = shortfall;
        if let (Some(bearer), false) = (bearer, first.steps.iter().any(|step| matches!(step, Step::ProcessorFee(_)))) {
            first.steps.insert(0, fee(bearer));
        }
        if Stack::of(layers.clone()).is_err() {
            layers[0].1.discount = None;
            layers[0].1.steps.retain(|step| !matches!(step, Step::ProcessorFee(_)));
        }
        layers
    })
}

fn owners() -> impl Strategy<Value = Vec<Owner>> {
    let terms = prop_oneof![3 => Just(Terms::Share), 1 => (0_i64..3_000).prop_map(Terms::FixedPrice)];
    vec((4_i64..40, terms, 1_i64..20).prop_map(|(id, terms, quantity)| Owner { party: PartyId(id), terms, quantity }), 1..15)
}

fn gross() -> impl Strategy<Value = i64> {
    prop_oneof![1 => 0_i64..10, 4 => 0_i64..20_000, 1 => 0_i64..splits::MAX_MINOR / 4]
}

/// Any line that can be paid for: tax and fee are within the gross.
pub(crate) fn facts() -> impl Strategy<Value = Facts> {
    let money = (gross(), 0_i64..30, 0_i64..70, 0_i64..5_000);
    let who = (option::of(Just(VENUE)), option::of(Just(AFFILIATE)), prop_oneof![Just(Remitter::Seller), Just(Remitter::Platform)]);
    let history = (vec(0_i64..60_000, 4), vec(0_i64..5_000, 0..4), 0_i64..20, option::of((0_i64..9_000, 0_i64..9_000)));
    (money, owners(), who, history).prop_map(|((gross, tax, fee, discount), owners, (venue, affiliate, tax_remitter), history)| {
        let (so_far, advances, days, sale) = history;
        let so_far = (1_i64..).zip(so_far).map(|(id, amount)| SoFar { party: PartyId(id), amount });
        let advances = advances.into_iter().enumerate().map(|(n, outstanding)| Advance { name: format!("advance {n}"), outstanding });
        let mut facts = line(gross, &[]);
        facts.quantity = owners.iter().map(|owner| owner.quantity).sum();
        facts.tax = gross / 100 * tax;
        facts.processor_fee = gross / 100 * fee;
        facts.discount = discount;
        facts.tax_remitter = tax_remitter;
        facts.sold_at += TimeDelta::days(days - 10);
        facts.owners = owners;
        facts.bindings.venue = venue;
        facts.bindings.affiliate = affiliate;
        facts.sale = sale.map(|(before, after)| SalePart { before, total: before + gross + after });
        facts.so_far = so_far.collect();
        facts.advances = advances.collect();
        facts
    })
}
