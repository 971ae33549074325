use std::collections::BTreeMap;

use kernel::{AgreementVersionId, SaleId};
use splits::{Agreement, Base, Bindings, Facts as LineFacts, Layer, Owner, Owners, Payee, Percent, Share, Stack, Step, Terms, allocate};

use super::*;
use crate::gather::{RefundFact, VersionFact};

const ANA: PartyId = PartyId(7);
const BEN: PartyId = PartyId(8);

fn allocation(gross: i64, owners: &[(PartyId, i64)]) -> Allocation {
    let percent = Percent { to: Payee::CoOp, of: Base::Net, rate: "15 %".parse().unwrap(), floor: None, cap: None };
    let agreement = Agreement::new("Co-op default", vec![Step::Percent(percent), Step::Owners(Owners { share: Share::Rest })]);
    let facts = LineFacts {
        currency: "EUR".parse().unwrap(),
        gross,
        tax: 0,
        tax_remitter: splits::Remitter::Seller,
        processor_fee: 40,
        discount: 0,
        quantity: owners.iter().map(|(_, quantity)| quantity).sum(),
        sold_at: "2026-11-02T12:00:00Z".parse().unwrap(),
        owners: owners.iter().map(|(party, quantity)| Owner { party: *party, terms: Terms::Share, quantity: *quantity }).collect(),
        bindings: Bindings { co_op: PartyId(1), venue: None, affiliate: None },
        sale: None,
        so_far: Vec::new(),
        advances: Vec::new(),
    };
    allocate(&Stack::of([(Layer::CoOp, agreement)]).unwrap(), &facts).unwrap()
}

fn facts() -> Facts {
    let line = |sku: &str, owners: &[(PartyId, i64)]| LineFact {
        sku: sku.to_owned(),
        description: "Blue mug".to_owned(),
        quantity: 3,
        terms: 4,
        allocation: Some(allocation(1_000, owners)),
    };
    let lines =
        BTreeMap::from([(1, line("MUG-1", &[(ANA, 2), (BEN, 1)])), (2, line("MUG-2", &[(ANA, 1)])), (3, line("MUG-3", &[(BEN, 1)]))]);
    let sale = SaleFact { reference: Some("T-17".to_owned()), currency: "EUR".parse().unwrap(), gross: 3_000, lines };
    let version = VersionFact { version: AgreementVersionId(5), name: "Co-op default".to_owned(), number: 3 };
    Facts {
        sales: [(SaleId(uuid::Uuid::nil()), sale)].into(),
        terms: [(4, vec![version])].into(),
        refunds: [("re_1".to_owned(), RefundFact { amount: 300, reason: Some("requested_by_customer".to_owned()) })].into(),
        ..Facts::default()
    }
}

fn moved(kind: &str, source: &str, amount: i64, held: i64) -> Movement {
    Movement {
        party: ANA,
        currency: "EUR".parse().unwrap(),
        posting: 11,
        kind: kind.to_owned(),
        source: source.to_owned(),
        at: "2026-11-30T23:30:00Z".parse().unwrap(),
        sale: Some(SaleId(uuid::Uuid::nil())),
        amount,
        held,
    }
}

#[test]
fn h2_a_sale_is_told_line_by_line_with_its_agreement_and_arithmetic() {
    let facts = facts();
    let sum = [1, 2].map(|line| payable_part(facts.sales[&SaleId(uuid::Uuid::nil())].lines[&line].allocation.as_ref().unwrap(), ANA));
    let (lines, _) = lines_of(&[moved("settlement", "s", sum[0] + sum[1], 0)], &facts, chrono_tz::Europe::Amsterdam);
    assert_eq!(lines.len(), 2, "the third line is another's");
    assert_eq!(lines.iter().map(|line| line.amount).collect::<Vec<_>>(), sum);
    let first = &lines[0];
    assert_eq!(first.on.to_string(), "2026-12-01", "days are the co-op's");
    assert_eq!(first.description, "Blue mug (MUG-1) × 3");
    assert_eq!(first.sale.as_ref().map(|sale| (sale.name(), sale.line)), Some(("T-17".to_owned(), Some(1))));
    assert_eq!(first.agreement.as_deref(), Some("Co-op default v3"));
    assert_eq!(first.versions, [AgreementVersionId(5)]);
    assert_eq!((first.gross, first.fee), (Some(1_000), Some(40)));
    assert_eq!(first.arithmetic.as_deref(), Some("10.00 paid, fee 0.40; the rest to the makers by lot: 5.44 of 8.16"));
}

#[test]
fn a_rounding_cent_is_told() {
    let text = super::words::share(&allocation(1_001, &[(ANA, 2), (BEN, 1)]), ANA);
    let text_of_ben = super::words::share(&allocation(1_001, &[(ANA, 2), (BEN, 1)]), BEN);
    assert!(format!("{text}{text_of_ben}").contains(", +0.01 of it rounding"), "{text} / {text_of_ben}");
}

#[test]
fn a_sale_whose_allocations_do_not_make_what_was_booked_stays_one_line() {
    let (lines, _) = lines_of(&[moved("settlement", "s", 1, 0)], &facts(), chrono_tz::UTC);
    assert_eq!(lines.iter().map(|line| (line.kind, line.amount)).collect::<Vec<_>>(), [(Kind::Sale, 1)]);
}

#[test]
fn a_refund_says_how_much_of_what_goes_back() {
    let (lines, _) = lines_of(&[moved("refund", "re_1", -138, 0)], &facts(), chrono_tz::UTC);
    assert_eq!(lines[0].description, "Refund (requested by customer): Blue mug (MUG-1) × 3; Blue mug (MUG-2) × 3");
    let arithmetic = lines[0].arithmetic.as_deref().unwrap();
    assert!(
        arithmetic.starts_with(
            "3.00 EUR of the 30.00 EUR paid; of the share of 13.60 EUR, and of a fee that does not come back, that is 1.38 EUR"
        ),
        "{arithmetic}"
    );
}

#[test]
fn a_hold_moves_nothing_but_what_is_held() {
    let (lines, _) = lines_of(&[moved("dispute_hold", "dp_1", 0, 300)], &facts(), chrono_tz::UTC);
    assert_eq!((lines[0].kind, lines[0].amount, lines[0].held), (Kind::DisputeHold, 0, 300));
    assert!(lines[0].description.starts_with("Disputed by the buyer's bank, 3.00 EUR held"), "{}", lines[0].description);
}

#[test]
fn money_that_comes_back_from_a_payout_is_not_a_payout() {
    let payout = |kind, amount| Movement { sale: None, ..moved(kind, "01920000-0000-7000-8000-000000000000", amount, 0) };
    let (lines, payouts) = lines_of(&[payout("payout", -500), payout("payout_failed", 500)], &Facts::default(), chrono_tz::UTC);
    assert_eq!(lines.iter().map(|line| line.kind).collect::<Vec<_>>(), [Kind::Payout, Kind::PayoutReturned]);
    assert_eq!(payouts.iter().map(|payout| (payout.amount, payout.status.as_str())).collect::<Vec<_>>(), [(500, "on its way")]);
}
