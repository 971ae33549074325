//! Discounts, fees, layers and guarantees in worked examples.

use kernel::PartyId;
use splits::{
    Agreement, Base, DiscountBearer, Facts, FeeBearer, Guarantee, Layer, Payee, Period, Recipient, Stack, allocate, recouped, top_up,
};

use crate::builders::{VENUE, euros, fee, line, makers, percent, rate, stack};

fn parties(agreement: Agreement, facts: &Facts) -> [i64; 3] {
    let allocation = allocate(&stack(agreement), facts).unwrap();
    [1, 10, 11].map(|id| allocation.amount_to_party(PartyId(id)))
}

#[test]
fn d15_a_discount_is_borne_by_the_seller_the_co_op_or_both() {
    // List price 100.00, sold for 80.00; the co-op's share is 10 % of the list price in all but the last case.
    let facts = Facts { discount: 2_000, ..line(8_000, &[(10, 3), (11, 1)]) };
    let with = |discount| Agreement { discount, ..Agreement::new("discounts", vec![percent(Payee::CoOp, Base::Gross, "10 %"), makers()]) };
    assert_eq!(parties(with(Some(DiscountBearer::Seller)), &facts), [1_000, 5_250, 1_750]);
    assert_eq!(parties(with(Some(DiscountBearer::CoOp)), &facts), [-1_000, 6_750, 2_250]);
    assert_eq!(parties(with(Some(DiscountBearer::Shared { co_op: rate("25 %") })), &facts), [500, 5_625, 1_875]);
    assert_eq!(parties(with(None), &facts), [800, 5_400, 1_800]);
}

#[test]
fn d15_a_gift_still_pays_those_who_do_not_bear_it() {
    let facts = Facts { discount: 1_000, ..line(0, &[(10, 1)]) };
    let agreement = Agreement { discount: Some(DiscountBearer::CoOp), ..Agreement::new("gift", vec![makers()]) };
    assert_eq!(parties(agreement, &facts), [-1_000, 1_000, 0]);
}

#[test]
fn d10_the_fee_of_a_sale_is_borne_by_whom_the_step_names() {
    let facts = Facts { processor_fee: 100, ..line(2_000, &[(10, 1), (11, 1)]) };
    let borne_by = |bearer| Agreement::new("fees", vec![fee(bearer), percent(Payee::CoOp, Base::Gross, "10 %"), makers()]);
    assert_eq!(parties(borne_by(FeeBearer::OffTheTop), &facts), [200, 850, 850]);
    assert_eq!(parties(borne_by(FeeBearer::Payees), &facts), [190, 855, 855]);
    assert_eq!(parties(borne_by(FeeBearer::Owners), &facts), [200, 850, 850]);
    assert_eq!(parties(borne_by(FeeBearer::Payee(Payee::CoOp)), &facts), [100, 900, 900]);
    // No venue in this sale: off the top.
    assert_eq!(parties(borne_by(FeeBearer::Payee(Payee::Venue)), &facts), [200, 850, 850]);
}

#[test]
fn d10_a_named_bearer_carries_the_fee_even_of_a_small_sale() {
    let facts = Facts { processor_fee: 31, ..line(100, &[(10, 1)]) };
    let agreement = Agreement::new("fees", vec![fee(FeeBearer::Payee(Payee::CoOp)), percent(Payee::CoOp, Base::Gross, "5 %"), makers()]);
    assert_eq!(parties(agreement, &facts), [-26, 95, 0]);
}

#[test]
fn d4_a_later_version_changes_no_past_amount() {
    let mut agreement = Agreement::new("version 1", vec![percent(Payee::CoOp, Base::Gross, "10 %"), makers()]);
    let facts = line(999, &[(10, 1)]);
    let pinned = stack(agreement.clone());
    let before = allocate(&pinned, &facts).unwrap();
    agreement.steps[0] = percent(Payee::CoOp, Base::Gross, "50 %");
    let changed = stack(agreement);
    assert_eq!(allocate(&pinned, &facts).unwrap(), before);
    assert_ne!(allocate(&changed, &facts).unwrap().legs, before.legs);
}

#[test]
fn d3_layers_run_in_their_order_and_the_innermost_rest_holds() {
    let layers = [
        (Layer::Lot, Agreement::new("lot", vec![makers()])),
        (Layer::Market, euros(vec![percent(Payee::Venue, Base::Gross, "12 %")])),
        (
            Layer::CoOp,
            euros(vec![
                percent(Payee::CoOp, Base::Gross, "5 %"),
                splits::Step::Pool(splits::Pool { pool: Payee::Party(PartyId(90)), share: splits::Share::Rest, within: Vec::new() }),
            ]),
        ),
    ];
    let stack = Stack::of(layers).unwrap();
    assert_eq!(
        stack.to_string(),
        "the tax to whoever remits it, then the processor fee off the top, then 5 % of gross to the co-op, then 12 % of gross to the venue, \
         the rest to the makers by lot"
    );
    let layers: Vec<(Layer, u16)> = stack.steps().iter().map(|placed| (placed.layer, placed.number)).collect();
    assert_eq!(layers, [(Layer::CoOp, 0), (Layer::CoOp, 0), (Layer::CoOp, 1), (Layer::Market, 1), (Layer::Lot, 1)]);
    let mut facts = line(1_000, &[(10, 1)]);
    facts.bindings.venue = Some(VENUE);
    let allocation = allocate(&stack, &facts).unwrap();
    assert_eq!([1, 2, 10, 90].map(|id| allocation.amount_to_party(PartyId(id))), [50, 120, 830, 0]);
    assert_eq!(allocation.amount_to(Recipient::Tax), 0);
}

#[test]
fn d7_minimum_guarantee_is_topped_up_and_recouped() {
    let guarantee = Guarantee { to: Payee::Venue, per: Period::Event, minimum: 5_000, borne_by: Payee::CoOp, recouped: true };
    assert_eq!(top_up(&guarantee, 3_200), 1_800);
    assert_eq!(top_up(&guarantee, -200), 5_200);
    assert_eq!(top_up(&guarantee, 5_000), 0);
    // A good event pays back what it earned above the minimum; the next one the rest.
    assert_eq!(recouped(&guarantee, 6_000, 1_800), 1_000);
    assert_eq!(recouped(&guarantee, 9_000, 800), 800);
    assert_eq!(recouped(&guarantee, 4_000, 1_800), 0);
    assert_eq!(recouped(&Guarantee { recouped: false, ..guarantee }, 9_000, 800), 0);
}
