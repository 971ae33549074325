//! H1 and H2: the books of a month, as each party reads them.

use ::statements::{Document, Kind};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Month, PartyId, SaleId};
use orders::DisputeStatus;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};

use super::house::{House, the_month};
use crate::world::november;

/// Opening, lines and closing agree, in all and in what is held, and so do the books at both ends.
async fn assert_agrees(house: &House, month: Month) {
    let zone = house.shop.coop.zone;
    let before = house.owed_at(month.starts_at(&zone) - TimeDelta::microseconds(1)).await;
    let after = house.owed_at(month.next().starts_at(&zone) - TimeDelta::microseconds(1)).await;
    let issued = house.issued(month).await;
    for (party, document) in &issued {
        let account = &document.account;
        let sum = account.lines().iter().fold((0, 0), |(total, held), line| (total + line.amount, held + line.held));
        assert_eq!(account.opening().total + sum.0, account.closing().total, "{party} in {month}");
        assert_eq!(account.opening().held + sum.1, account.closing().held, "{party} in {month}");
        let books = |of: &std::collections::BTreeMap<PartyId, (i64, i64)>| of.get(party).copied().unwrap_or_default();
        assert_eq!((account.opening().total, account.opening().held), books(&before), "{party} opens {month}");
        assert_eq!((account.closing().total, account.closing().held), books(&after), "{party} closes {month}");
    }
    let owed: Vec<PartyId> = after.iter().filter(|(_, owed)| **owed != (0, 0)).map(|(party, _)| *party).collect();
    assert!(owed.iter().all(|party| issued.contains_key(party)), "everybody who is owed something has a statement");
}

fn kinds(document: &Document) -> Vec<Kind> {
    document.account.lines().iter().map(|line| line.kind).collect()
}

#[tokio::test]
async fn h1_opening_plus_lines_is_closing() {
    let house = House::open().await;
    let sale = house.sell((1_000, 2_000), november(3)).await;
    let disputed = house.sell((4_000, 500), november(5)).await;
    house.refund(sale, 300, november(7)).await;
    house.dispute(disputed, ("dp_1", 4_500), DisputeStatus::Open, november(9)).await;
    house.post("payout", "01920000-0000-7000-8000-000000000000", (house.shop.makers[0], -400), november(20)).await;
    house.clock.advance(TimeDelta::days(40));
    let closed = house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    assert_eq!((closed.statements.issued.len(), closed.month.newly), (4, true), "three makers and the venue");
    house.dispute(disputed, ("dp_1", 4_500), DisputeStatus::Won, november(30) + TimeDelta::days(9)).await;
    house.statements.close(&house.shop.coop, the_month().next(), None).await.unwrap();

    assert_agrees(&house, the_month()).await;
    assert_agrees(&house, the_month().next()).await;
    let (november, december) = (house.issued(the_month()).await, house.issued(the_month().next()).await);
    let maker = house.shop.makers[0];
    assert_eq!(kinds(&november[&maker]), [Kind::Sale, Kind::Sale, Kind::Refund, Kind::DisputeHold, Kind::Payout]);
    assert_eq!(kinds(&december[&maker]), [Kind::DisputeReleased]);
    assert_eq!(december[&maker].account.opening(), november[&maker].account.closing());
    assert!(november[&maker].account.closing().held > 0);
    assert_eq!(december[&maker].account.closing().held, 0);
    assert_eq!(december[&maker].account.closing().total, november[&maker].account.closing().total, "what is released was theirs before");
    assert_eq!(november[&maker].number, "2026-11-0001");
    assert_eq!(december[&house.shop.venue].number, "2026-12-0004");
}

#[tokio::test]
async fn h1_a_preview_of_an_open_month_is_stored_nowhere() {
    let house = House::open().await;
    house.sell((1_000, 2_000), november(3)).await;
    let maker = house.shop.makers[0];
    let preview = house.statements.preview(&house.shop.coop, the_month(), Some(&[maker])).await.unwrap();
    assert_eq!(preview.iter().map(|document| (document.party.id, document.revision)).collect::<Vec<_>>(), [(maker, 0)]);
    assert!(house.statements.list(house.shop.coop.id, the_month()).await.unwrap().is_empty());
    let refusal = house.statements.freeze(&house.shop.coop, the_month()).await.unwrap_err().refusal().unwrap();
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (kernel::Code::NotNow, "2026-11 is not closed yet: close it first, or look at a preview")
    );
}

#[derive(Clone, Debug)]
enum Event {
    Sell(i64, i64),
    Refund(prop::sample::Index, u8),
    Dispute(prop::sample::Index, bool),
    PayOut(usize, i64),
}

fn event() -> impl Strategy<Value = (Event, i64)> {
    let event = prop_oneof![
        4 => (100_i64..9_000, 100_i64..9_000).prop_map(|(mug, scarf)| Event::Sell(mug, scarf)),
        2 => (any::<prop::sample::Index>(), 1_u8..60).prop_map(|(sale, percent)| Event::Refund(sale, percent)),
        1 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(sale, won)| Event::Dispute(sale, won)),
        1 => (0_usize..3, 1_i64..5_000).prop_map(|(maker, amount)| Event::PayOut(maker, amount)),
    ];
    (event, 0_i64..7_000)
}

async fn live(house: &House, events: Vec<(Event, i64)>) {
    let mut sales: Vec<(SaleId, i64, i64)> = Vec::new(); // what is left of the gross
    let mut at: DateTime<Utc> = november(1);
    for (number, (event, minutes)) in events.into_iter().enumerate() {
        at += TimeDelta::minutes(minutes);
        match event {
            Event::Sell(mug, scarf) => sales.push((house.sell((mug, scarf), at).await, mug + scarf, mug + scarf)),
            Event::PayOut(maker, amount) => house.post("payout", &number.to_string(), (house.shop.makers[maker], -amount), at).await,
            Event::Refund(which, percent) if !sales.is_empty() => {
                let (sale, gross, left) = which.get_mut(&mut sales);
                let amount = (*gross * i64::from(percent) / 100).min(*left);
                if amount > 0 {
                    *left -= amount;
                    house.refund(*sale, amount, at).await;
                }
            }
            Event::Dispute(which, won) if !sales.is_empty() => {
                let (sale, _, left) = which.get_mut(&mut sales);
                if *left > 0 {
                    let id = format!("dp_{number}");
                    house.dispute(*sale, (&id, *left), DisputeStatus::Open, at).await;
                    at += TimeDelta::days(3);
                    let status = if won { DisputeStatus::Won } else { DisputeStatus::Lost };
                    house.dispute(*sale, (&id, *left), status, at).await;
                    *left = if won { *left } else { 0 };
                }
            }
            Event::Refund(..) | Event::Dispute(..) => {}
        }
    }
}

#[tokio::test]
async fn h1_opening_plus_lines_is_closing_in_random_months() {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha));
    for _ in 0..3 {
        let house = House::open().await;
        let events = prop::collection::vec(event(), 25).new_tree(&mut runner).unwrap().current();
        live(&house, events).await;
        house.clock.advance(TimeDelta::days(150));
        let mut month = the_month();
        for _ in 0..3 {
            house.statements.close(&house.shop.coop, month, None).await.unwrap();
            assert_agrees(&house, month).await;
            month = month.next();
        }
    }
}

#[tokio::test]
async fn h2_each_line_opens_the_sale_the_rule_version_and_the_arithmetic() {
    let house = House::open().await;
    let sale = house.sell((1_000, 2_002), november(3)).await;
    house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    let issued = house.issued(the_month()).await;
    let coop = house.shop.coop.id;
    for (party, document) in &issued {
        for line in document.account.lines() {
            assert_eq!(line.agreement.as_deref(), Some("Co-op default v1"), "{party}");
            let arithmetic = line.arithmetic.as_deref().unwrap();
            let amount = kernel::Money::new(line.amount, document.currency).shown().to_string();
            assert!(arithmetic.contains(&amount), "{amount} stands in {arithmetic}");
            let explained = house.statements.explain_line(coop, &document.number, line.number).await.unwrap();
            assert_eq!((explained.line.posting, explained.number.as_str()), (line.posting, document.number.as_str()));
            let behind = explained.sale.as_ref().unwrap();
            assert_eq!(behind.sale, sale);
            let agreement = &behind.lines[0].agreements[0];
            assert_eq!((agreement.version, agreement.number, agreement.adopted_by.as_deref()), (line.versions[0], 1, Some("Vote 7")));
            let shown = explained.to_string();
            assert!(shown.contains("Co-op default v1 (co-op default), adopted by Vote 7") && shown.contains(&sale.to_string()), "{shown}");
        }
    }
    let mug = &issued[&house.shop.makers[0]].account.lines()[0];
    assert_eq!(mug.description, "A mug (mug) × 1");
    assert_eq!(mug.sale.as_ref().map(|reference| (reference.id, reference.line)), Some((sale, Some(1))));
    assert_eq!(mug.arithmetic.as_deref(), Some("10.00 paid, fee 0.13; the rest to the makers by lot: 8.17 of 8.17"));
    let scarves: Vec<i64> = house.shop.makers[1..].iter().map(|maker| issued[maker].account.lines()[0].amount).collect();
    assert_eq!((scarves[0] - scarves[1]).abs(), 1, "an odd sum between two leaves a cent to one of them");
    let texts: String = house.shop.makers[1..].iter().filter_map(|maker| issued[maker].account.lines()[0].arithmetic.clone()).collect();
    assert_eq!(texts.matches("+0.01 of it rounding").count(), 1, "{texts}");
    let refusal = house.statements.explain_line(coop, "2026-11-0001", 99).await.unwrap_err().refusal().unwrap();
    assert_eq!((refusal.code, refusal.message.as_str()), (kernel::Code::NotFound, "statement 2026-11-0001 has no line 99"));
}
