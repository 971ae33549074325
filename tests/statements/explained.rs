//! D20: "Why did I get 7.31?"

use std::collections::BTreeMap;

use ::ledger::AccountKind;
use orders::DisputeStatus;
use splits::Purpose;

use super::house::House;
use crate::world::november;

#[tokio::test]
async fn d20_every_cent_of_a_sale_is_explained() {
    let house = House::open().await;
    let coop = house.shop.coop.id;
    let id = house.sell((1_000, 2_002), november(3)).await;
    let refund = house.refund(id, 301, november(4)).await;
    house.dispute(id, ("dp_1", 500), DisputeStatus::Open, november(5)).await;
    let sale = house.statements.explain_sale(coop, id).await.unwrap();

    assert_eq!((sale.gross, sale.fee, sale.lines.len()), (3_002, Some(40), 2));
    let mut given: BTreeMap<_, i64> = BTreeMap::new();
    for line in &sale.lines {
        let sharing = line.sharing.as_ref().unwrap();
        assert_eq!(sharing.shares.iter().map(|share| share.amount).sum::<i64>(), line.amount, "the shares are all that was paid");
        for share in sharing.shares.iter().filter(|share| share.purpose == Purpose::Share) {
            let by_steps: i64 =
                sharing.steps.iter().flat_map(|step| &step.parts).filter(|part| part.to == share.to).map(|part| part.amount).sum();
            assert_eq!(by_steps, share.amount, "the steps are all of the share of {}", share.to.name);
            *given.entry(share.to.recipient.party().unwrap()).or_default() += share.amount;
        }
        let agreement = &line.agreements[0];
        assert_eq!((agreement.name.as_str(), agreement.number, agreement.adopted_by.as_deref()), ("Co-op default", 1, Some("Vote 7")));
    }
    let cents: i64 =
        sale.lines[1].sharing.iter().flat_map(|sharing| &sharing.steps).flat_map(|step| &step.parts).map(|part| part.rounding).sum();
    assert_eq!(cents, 1, "one of the two makers of the scarf got the odd cent");

    let kinds: Vec<&str> = sale.postings.iter().map(|posting| posting.kind.as_str()).collect();
    assert_eq!(kinds, ["payment", "settlement", "refund", "dispute_hold"]);
    for posting in &sale.postings {
        assert_eq!(posting.legs.iter().map(|leg| leg.amount).sum::<i64>(), 0);
    }
    for leg in sale.postings[1].legs.iter().filter(|leg| leg.account == AccountKind::MemberPayable.name()) {
        assert_eq!(-leg.amount, given[&leg.party.unwrap()], "what the trace gives is what the books say");
    }
    assert_eq!(sale.stripe.payment_intent, Some(format!("pi_{}", id.0.simple())));
    assert_eq!(sale.stripe.charge, Some(format!("ch_{}", id.0.simple())));
    assert_eq!(sale.stripe.balance_transaction, Some(format!("txn_{}", id.0.simple())));
    assert_eq!((sale.stripe.refunds[0].id.as_str(), sale.stripe.refunds[0].amount), (refund.as_str(), 301));
    assert_eq!((sale.stripe.disputes[0].id.as_str(), sale.stripe.disputes[0].status.as_str()), ("dp_1", "open"));
}

#[tokio::test]
async fn d20_an_explanation_reads_and_parses() {
    let house = House::open().await;
    let id = house.sell((1_000, 2_002), november(3)).await;
    let sale = house.statements.explain_sale(house.shop.coop.id, id).await.unwrap();
    let text = sale.to_string();
    for part in [
        "till by stripe, 2026-11-03 12:00 UTC, settled, 30.02 EUR paid",
        "under Co-op default v1 (co-op default), adopted by Vote 7, in force from 2026-11-01",
        "0.01 of it the rounding unit",
        "credit  member_payable of Maker 1",
        "balance transaction txn_",
    ] {
        assert!(text.contains(part), "{part:?} in\n{text}");
    }
    let json = serde_json::to_value(&sale).unwrap();
    assert_eq!(json["lines"][0]["sharing"]["shares"].as_array().unwrap().len(), 4, "processor, venue, co-op and maker");
}
