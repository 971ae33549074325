//! D7: minimum guarantees at the close of a month.

use ::statements::{GuaranteeOutcome, Kind, StatementsError};
use chrono::TimeDelta;
use kernel::PartyId;
use serde_json::{Value, json};
use splits::Layer;

use super::house::{House, the_month};
use crate::world::{adopt, november};

/// All to the makers, with these guarantees.
fn agreement(guarantees: &Value) -> Value {
    json!({"name": "Co-op default", "currency": "EUR", "steps": [
        {"step": "percent", "to": "venue", "of": "gross", "rate": "12 %"},
        {"step": "owners", "share": "rest"},
    ], "guarantees": guarantees})
}

async fn guaranteed(guarantees: impl Fn(&House) -> Value) -> House {
    let mut house = House::open().await;
    let body = agreement(&guarantees(&house));
    house.shop.terms = adopt(&house.db, &house.shop.coop, &[(Layer::CoOp, "Co-op default", body)]).await;
    house
}

fn told(outcomes: &[GuaranteeOutcome]) -> Vec<(PartyId, i64, i64, i64)> {
    outcomes.iter().map(|outcome| (outcome.party, outcome.earned, outcome.outstanding, outcome.amount)).collect()
}

#[tokio::test]
async fn d7_a_guarantee_is_topped_up_at_the_close() {
    let house = guaranteed(
        |house| json!([{"to": {"party": house.shop.makers[0]}, "per": "month", "minimum": 2_000, "borne_by": "co_op", "recouped": true}]),
    )
    .await;
    let (coop, maker) = (&house.shop.coop, house.shop.makers[0]);
    let sale = house.sell((1_000, 2_000), november(3)).await;
    house.refund(sale, 600, november(4)).await;
    let closed = house.statements.close(coop, the_month(), None).await.unwrap();
    let earned = closed.guarantees[0].earned;
    assert!(earned > 0 && earned < 867, "what was refunded does not count as earned: {earned}");
    assert_eq!(told(&closed.guarantees), [(maker, earned, 0, 2_000 - earned)]);
    let document = &house.issued(the_month()).await[&maker];
    let line = document.account.lines().last().unwrap();
    assert_eq!((line.kind, line.amount, line.on.to_string().as_str()), (Kind::Guarantee, 2_000 - earned, "2026-11-30"));
    assert_eq!(line.description, "Minimum guarantee topped up by Harbour Makers");
    assert_eq!(line.agreement.as_deref(), Some("Co-op default v2"));
    assert!(line.arithmetic.as_deref().unwrap().starts_with("minimum 20.00 EUR - earned "), "{:?}", line.arithmetic);
    assert_eq!(document.account.closing().total, 2_000);

    let again = house.statements.close(coop, the_month(), None).await.unwrap();
    assert_eq!(again.guarantees, closed.guarantees);
    assert_eq!(again.statements.unchanged, 4);

    // A good December pays back what November was topped up with.
    house.sell((9_000, 100), november(30) + TimeDelta::days(4)).await;
    house.clock.advance(TimeDelta::days(40));
    let december = house.statements.close(coop, the_month().next(), None).await.unwrap();
    let (earned, topped_up) = (december.guarantees[0].earned, 2_000 - earned);
    assert_eq!(told(&december.guarantees), [(maker, earned, topped_up, -topped_up)]);
    let line = house.issued(the_month().next()).await[&maker].account.lines().last().unwrap().clone();
    assert_eq!((line.amount, line.description.as_str()), (-topped_up, "Minimum guarantee of earlier months recouped"));
}

#[tokio::test]
async fn d7_a_guarantee_to_the_venue_is_kept_for_each_venue_that_sold() {
    let house = guaranteed(|house| {
        json!([{"to": "venue", "per": "month", "minimum": 5_000, "borne_by": {"party": house.shop.makers[1]}},
               {"to": "venue", "per": "event", "minimum": 90_000, "borne_by": "co_op"}])
    })
    .await;
    house.sell((1_000, 2_000), november(3)).await;
    let closed = house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    assert_eq!(told(&closed.guarantees), [(house.shop.venue, 360, 0, 4_640)], "guarantees per event wait for the event");
    let bearer = house.issued(the_month()).await[&house.shop.makers[1]].clone();
    let line = bearer.account.lines().last().unwrap();
    assert_eq!((line.amount, line.description.as_str()), (-4_640, "Minimum guarantee borne for others"));
    assert!(bearer.account.closing().total < 0, "the bearer owes what it bears");
}

#[tokio::test]
async fn d7_a_bearer_that_cannot_be_told_stops_the_close() {
    let house =
        guaranteed(|house| json!([{"to": {"party": house.shop.makers[0]}, "per": "month", "minimum": 5_000, "borne_by": "affiliate"}]))
            .await;
    house.sell((1_000, 2_000), november(3)).await;
    let error = house.statements.close(&house.shop.coop, the_month(), None).await.unwrap_err();
    assert!(matches!(error, StatementsError::NoBearer { count: 0, .. }));
    assert_eq!(
        error.refusal().unwrap().message,
        "guarantee 1 of Co-op default v2 is borne by the affiliate, of whom 0 sold under it this month; name a party instead"
    );
    assert!(house.statements.list(house.shop.coop.id, the_month()).await.unwrap().is_empty());
}
