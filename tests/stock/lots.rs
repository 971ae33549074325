//! Lots: whose they are, under which terms, and what became of them.

use ::stock::{LotSums, LotsAsk, MovementKind, NewLot, OwnerTerms, Report, Terms, lots_page, sums_of_lots, terms_versions};
use kernel::{Code, LotId, Money, Permission, VariantId};
use splits::{Agreement, Facts, Owner, Recipient, allocate};
use uuid::Uuid;

use super::stage::{Stage, actor, movement, owners, refused};
use crate::world::{coop_with_makers, in_coop};

async fn sums(stage: &Stage, lot: LotId) -> LotSums {
    let coop = stage.coop.id;
    in_coop(&stage.db, coop, async |tx| sums_of_lots(tx, coop, &[lot]).await.unwrap()[0].1).await
}

#[tokio::test]
async fn b2_a_lot_tells_what_came_in_and_what_became_of_it() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 10).await;
    let sold = stage.sell(&[(stage.mug, 4)]).await;
    assert_eq!(owners(&sold), [(stage.makers[0], 4)]);
    let report =
        |kind, quantity| Report { id: movement(), kind, lot, location: stage.studio, quantity, reason: Some("as told".to_owned()) };
    for report in [
        report(MovementKind::Lost, 1),
        report(MovementKind::Returned, 2),
        report(MovementKind::TakenBack, 1),
        report(MovementKind::Donated, 1),
    ] {
        stage.stock.report(&stage.ana, &report).await.unwrap();
        stage.stock.report(&stage.ana, &report).await.unwrap(); // twice is once
    }
    let expected = LotSums { received: 10, sold: 3, returned: 2, lost: 1, donated: 1, on_hand: 3, ..LotSums::default() };
    assert_eq!(sums(&stage, lot).await, expected);
    assert_eq!(stage.level(lot).await, (3, 0, 0));
    let coop = stage.coop.id;
    let moves = in_coop(&stage.db, coop, async |tx| ::stock::movements_page(tx, coop, Some(lot), (100, None)).await.unwrap()).await;
    assert_eq!(moves.len(), 6, "the number of a movement is written once");
    let again = Report { quantity: 2, ..report(MovementKind::Lost, 1) };
    let known = Report { id: moves[2].movement.id, ..again };
    assert_eq!(refused(stage.stock.report(&stage.ana, &known).await).0, Code::Conflict, "the number of another movement");
    assert_eq!(refused(stage.stock.report(&stage.ana, &report(MovementKind::Sold, 1)).await).0, Code::InvalidInput);
    let (code, sentence) = refused(stage.stock.report(&stage.ana, &report(MovementKind::Lost, 4)).await);
    assert_eq!(code, Code::NotNow);
    assert!(sentence.contains(&lot.to_string()) && sentence.contains("3 on hand"), "{sentence}");
}

#[tokio::test]
async fn the_same_lots_handed_in_twice_are_the_same_lots_and_all_or_none_come_in() {
    let stage = Stage::open().await;
    let (mugs, scarves) = (stage.new_lot(0, stage.mug, 3), stage.new_lot(1, stage.scarf, 5));
    let first = stage.stock.receive(&stage.ana, &[mugs, scarves]).await.unwrap();
    stage.pass(chrono::TimeDelta::days(1));
    assert_eq!(stage.stock.receive(&stage.ana, &[mugs, scarves]).await.unwrap(), first);
    assert_eq!(stage.level(mugs.id).await, (3, 0, 0));
    let other = NewLot { quantity: 4, movement: movement(), ..mugs };
    assert_eq!(refused(stage.stock.receive(&stage.ana, &[other]).await).0, Code::Conflict);
    let strange = NewLot { variant: VariantId(Uuid::now_v7()), ..stage.new_lot(0, stage.mug, 1) };
    let fine = stage.new_lot(0, stage.mug, 1);
    assert_eq!(refused(stage.stock.receive(&stage.ana, &[fine, strange]).await).0, Code::NotFound);
    let nobodys = NewLot { owner: kernel::PartyId(0), ..stage.new_lot(0, stage.mug, 1) };
    assert_eq!(refused(stage.stock.receive(&stage.ana, &[fine, nobodys]).await).0, Code::NotFound);
    assert_eq!(stage.level(fine.id).await, (0, 0, 0));
    for quantity in [0, -1, 1_000_001] {
        let wrong = NewLot { quantity, ..stage.new_lot(0, stage.mug, 1) };
        assert_eq!(refused(stage.stock.receive(&stage.ana, &[wrong]).await).0, Code::InvalidInput);
    }
}

#[tokio::test]
async fn b3_a_unit_sold_at_anothers_till_credits_its_owner_under_the_terms_of_its_lot() {
    let stage = Stage::open().await;
    let euros = |minor| Money::new(minor, stage.coop.currency);
    let fixed = stage.terms("Fixed", Terms { owner: OwnerTerms::Price(euros(700)), ..Terms::agreed() }).await;
    stage.receive(NewLot { terms: Some(fixed), ..stage.new_lot(0, stage.mug, 2) }).await;
    stage.pass(chrono::TimeDelta::days(1));
    stage.lot(1, stage.mug, 5).await;
    // A later version changes nothing for the lot that is here
    let later = stage.terms("Fixed", Terms { owner: OwnerTerms::Price(euros(100)), ..Terms::agreed() }).await;
    assert_ne!(fixed, later);

    // Three mugs at the till of the third maker: two of the first, one of the second
    let sold = stage.sell(&[(stage.mug, 3)]).await;
    assert_eq!(owners(&sold), [(stage.makers[0], 2), (stage.makers[1], 1)]);
    let due: Vec<(OwnerTerms, i32)> = sold.lines.iter().map(|line| (line.due, line.quantity)).collect();
    assert_eq!(due, [(OwnerTerms::Price(euros(700)), 2), (OwnerTerms::Agreed, 1)]);

    let of_line = sold.lines.iter().map(|line| Owner {
        party: line.owner,
        terms: match line.due {
            OwnerTerms::Price(price) => splits::Terms::FixedPrice(price.minor),
            OwnerTerms::Agreed | OwnerTerms::Share(_) => splits::Terms::Share,
        },
        quantity: line.quantity.into(),
    });
    let co_op = kernel::PartyId(1);
    let facts = Facts { owners: of_line.collect(), ..Facts::of(stage.coop.currency, 3_000, 3, stage.clock.now(), co_op) };
    let body = serde_json::json!({"name": "Default", "shortfall": "co_op", "steps": [
        {"step": "percent", "to": "co_op", "of": "gross", "rate": "10 %"}, {"step": "owners", "share": "rest"}]});
    let agreement: Agreement = serde_json::from_value(body).unwrap();
    let stack = splits::Stack::of([(splits::Layer::CoOp, agreement)]).unwrap();
    let credited = allocate(&stack, &facts).unwrap();
    let got = |party| credited.legs.iter().filter(|leg| leg.to == Recipient::Party(party)).map(|leg| leg.amount).sum::<i64>();
    assert_eq!((got(stage.makers[0]), got(stage.makers[1])), (1_400, 900), "700 a unit, and a third of what the co-op leaves");
}

#[tokio::test]
async fn terms_get_versions_and_a_version_never_changes() {
    let stage = Stage::open().await;
    let first = stage.stock.adopt_terms(&stage.ana, "Summer", Terms { expires_after_days: Some(90), ..Terms::agreed() }).await.unwrap();
    let same = stage.stock.adopt_terms(&stage.ana, "summer", first.terms.clone()).await.unwrap();
    let second = stage.stock.adopt_terms(&stage.ana, "Summer", Terms { expires_after_days: Some(60), ..Terms::agreed() }).await.unwrap();
    assert_eq!((same.id, first.version, second.version, second.consignment), (first.id, 1, 2, first.consignment));
    let coop = stage.coop.id;
    let kept = in_coop(&stage.db, coop, async |tx| terms_versions(tx, coop, &[first.id]).await.unwrap()).await;
    assert_eq!(kept, [first]);
    let wrong = Terms { grace_days: 9, ..Terms::agreed() };
    assert_eq!(refused(stage.stock.adopt_terms(&stage.ana, "Wrong", wrong).await).0, Code::InvalidInput);
}

#[tokio::test]
async fn who_may_not_write_stock_writes_none_and_another_co_ops_lots_are_not_there() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 3).await;
    let reader = actor(stage.coop.id, None, &[Permission::StockRead]);
    let mia = stage.maker(0);
    assert_eq!(refused(stage.stock.receive(&mia, &[stage.new_lot(0, stage.mug, 1)]).await).0, Code::Forbidden);
    assert_eq!(refused(stage.stock.recall(&reader, lot, None).await).0, Code::Forbidden);
    assert_eq!(refused(stage.stock.recall(&stage.maker(1), lot, None).await).0, Code::NotFound, "it is another's");
    let (other, _) = coop_with_makers(&stage.db, "forest", 1).await;
    let stranger = actor(other.id, None, &[Permission::StockRead, Permission::StockWrite]);
    assert_eq!(refused(stage.stock.recall(&stranger, lot, None).await).0, Code::NotFound);
    let report = Report { id: movement(), kind: MovementKind::Lost, lot, location: stage.studio, quantity: 1, reason: None };
    assert_eq!(refused(stage.stock.report(&stranger, &report).await).0, Code::NotFound);
    let theirs = in_coop(&stage.db, other.id, async |tx| lots_page(tx, stage.coop.id, LotsAsk::default(), 10).await.unwrap()).await;
    assert!(theirs.is_empty(), "the wall holds even where the query names the wrong co-op");
    let own = LotsAsk { owner: Some(stage.makers[0]), ..LotsAsk::default() };
    let coop = stage.coop.id;
    let page = in_coop(&stage.db, coop, async |tx| lots_page(tx, coop, own, 10).await.unwrap()).await;
    assert_eq!(page.iter().map(|lot| lot.id).collect::<Vec<_>>(), [lot]);
}
