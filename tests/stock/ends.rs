//! How lots end: returned, donated, pooled, recalled, and what becomes of them when their owner leaves.

use ::stock::{Ending, Lot, LotsAsk, NewLot, Purpose, Terms, lots_page, recall_of, see_out};
use chrono::TimeDelta;
use identity::PartyKind;
use kernel::{Code, LotId};
use sea_orm::ConnectionTrait as _;

use super::stage::{Stage, refused};
use crate::world::in_coop;

async fn lots(stage: &Stage) -> Vec<Lot> {
    let coop = stage.coop.id;
    in_coop(&stage.db, coop, async |tx| lots_page(tx, coop, LotsAsk::default(), 100).await.unwrap()).await
}

async fn lot(stage: &Stage, id: LotId) -> Lot {
    lots(stage).await.into_iter().find(|lot| lot.id == id).unwrap()
}

async fn under(stage: &Stage, name: &str, ending: Ending) -> LotId {
    let terms = Terms { expires_after_days: Some(30), grace_days: 7, ending, ..Terms::agreed() };
    let terms = stage.terms(name, terms).await;
    stage.receive(NewLot { terms: Some(terms), ..stage.new_lot(0, stage.mug, 5) }).await
}

async fn sums(stage: &Stage, id: LotId) -> ::stock::LotSums {
    let coop = stage.coop.id;
    in_coop(&stage.db, coop, async |tx| ::stock::sums_of_lots(tx, coop, &[id]).await.unwrap()[0].1).await
}

#[tokio::test]
async fn b4_after_its_days_a_lot_is_not_sold_and_after_its_grace_it_is_returned_donated_or_pooled() {
    let stage = Stage::open().await;
    let returned = under(&stage, "Return", Ending::Return).await;
    let donated = under(&stage, "Donate", Ending::Donate).await;
    let pooled = under(&stage, "Pool", Ending::Pool(None)).await;
    stage.sell(&[(stage.mug, 1)]).await;
    let aside = stage.allocate(donated, Purpose::Web, "", 2).await;
    stage.pass(TimeDelta::days(30));
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.mug, 1)])).await).0, Code::NotNow, "expired, though it lies there");
    assert_eq!(stage.end_lots().await, 0, "its owner may fetch it");
    stage.pass(TimeDelta::days(7));
    assert_eq!(stage.end_lots().await, 14);
    assert_eq!(stage.end_lots().await, 0, "twice is once");
    let (back, given, heirs) = (sums(&stage, returned).await, sums(&stage, donated).await, sums(&stage, pooled).await);
    assert_eq!((back.returned + given.returned + heirs.returned, back.sold + given.sold + heirs.sold), (back.returned, 1));
    assert_eq!((back.on_hand, given.donated + given.sold, heirs.pooled + heirs.sold), (0, 5, 5));
    for ended in [returned, donated, pooled] {
        assert!(lot(&stage, ended).await.closed_at.is_some());
        assert_eq!(stage.level(ended).await, (0, 0, 0));
    }
    let coop = stage.coop.id;
    let left = in_coop(&stage.db, coop, async |tx| ::stock::allocations_of(tx, coop, &[aside]).await.unwrap()).await;
    assert_eq!(left[0].rest(), 0, "pulled back first");

    let heir = lots(&stage).await.into_iter().find(|lot| lot.from == Some(pooled)).unwrap();
    let parties = in_coop(&stage.db, coop, async |tx| identity::parties(tx, coop).await.unwrap()).await;
    assert_eq!(parties.iter().find(|party| party.id == heir.owner).unwrap().kind, PartyKind::Coop);
    assert_eq!(stage.level(heir.id).await.0, heirs.pooled);
    stage.sell(&[(stage.mug, 1)]).await;
}

#[tokio::test]
async fn its_owner_recalls_a_lot_and_what_is_held_goes_back_when_its_hold_ends() {
    let stage = Stage::open().await;
    let id = stage.lot(0, stage.mug, 10).await;
    stage.allocate(id, Purpose::Stall, "Quay", 3).await;
    let (kept, dropped) = (stage.demand(&[(stage.mug, 2)]), stage.demand(&[(stage.mug, 1)]));
    stage.reserve(&kept).await.unwrap();
    stage.reserve(&dropped).await.unwrap();
    let mia = stage.maker(0);
    let recalled = stage.stock.recall(&mia, id, Some("for an exhibition")).await.unwrap();
    assert_eq!(stage.stock.recall(&mia, id, Some("another reason")).await.unwrap(), recalled, "the first reason stays");
    assert_eq!(recalled.recalled.as_ref().unwrap().2.as_deref(), Some("for an exhibition"));
    assert_eq!((stage.level(id).await, recalled.closed_at), ((3, 3, 0), None), "what is reserved stays so");
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.mug, 1)])).await).0, Code::NotNow);
    assert_eq!(stage.end_lots().await, 0);

    stage.confirm(kept.id).await.unwrap();
    stage.stock.let_go(&stage.ana, dropped.id).await.unwrap();
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.mug, 1)])).await).0, Code::NotNow, "it is recalled, though free");
    assert_eq!(stage.end_lots().await, 1);
    let sums = sums(&stage, id).await;
    assert_eq!((sums.sold, sums.returned, sums.on_hand), (2, 8, 0));
    assert!(lot(&stage, id).await.closed_at.is_some());

    // A buyer brings one back: it goes on to its owner
    let back = ::stock::Report {
        id: super::stage::movement(),
        kind: ::stock::MovementKind::TakenBack,
        lot: id,
        location: stage.studio,
        quantity: 1,
        reason: None,
    };
    stage.stock.report(&stage.ana, &back).await.unwrap();
    assert_eq!(stage.end_lots().await, 1);
    assert_eq!(stage.level(id).await, (0, 0, 0));
}

#[tokio::test]
async fn a_recalled_lot_that_is_under_way_goes_back_when_it_has_arrived() {
    let stage = Stage::open().await;
    let id = stage.lot(0, stage.mug, 4).await;
    let transfer = ::stock::NewTransfer {
        id: ::stock::TransferId(uuid::Uuid::now_v7()),
        from: stage.studio,
        to: stage.stall,
        lines: vec![(id, 3)],
        note: None,
    };
    stage.stock.send(&stage.ana, &transfer).await.unwrap();
    let recalled = stage.stock.recall(&stage.maker(0), id, None).await.unwrap();
    assert_eq!((stage.level(id).await, recalled.closed_at), ((0, 0, 0), None));
    assert_eq!(stage.end_lots().await, 0);
    stage.stock.take_in(&stage.ana, transfer.id, &[]).await.unwrap();
    assert_eq!(stage.end_lots().await, 3);
    assert!(lot(&stage, id).await.closed_at.is_some());
}

#[tokio::test]
async fn a14_the_lots_of_who_leaves_go_back_and_what_is_held_of_them_when_its_hold_ends() {
    let stage = Stage::open().await;
    let (mine, others) = (stage.lot(0, stage.mug, 5).await, stage.lot(1, stage.mug, 5).await);
    let wool = stage.lot(0, stage.scarf, 2).await;
    let held = stage.reserve(&stage.demand(&[(stage.mug, 2)])).await.unwrap();
    let (coop, now) = (stage.coop.id, stage.clock.now());
    let leave = || in_coop(&stage.db, coop, async |tx| recall_of(tx, coop, &stage.makers[..1], now).await.unwrap());
    assert_eq!(leave().await, 2);
    assert_eq!(leave().await, 0, "twice is once");
    assert_eq!((stage.level(mine).await, stage.level(wool).await, stage.level(others).await), ((2, 2, 0), (0, 0, 0), (5, 0, 0)));
    stage.pass(TimeDelta::minutes(15));
    assert_eq!(stage.expire().await, 1, "{held:?}");
    assert_eq!(stage.end_lots().await, 2);
    assert_eq!((stage.level(mine).await, stage.level(others).await), ((0, 0, 0), (5, 0, 0)));
}

#[tokio::test]
async fn a14_the_round_finds_whoever_leaves_and_nobody_elses_lots() {
    let stage = Stage::open().await;
    let (mine, others) = (stage.lot(0, stage.mug, 3).await, stage.lot(1, stage.mug, 3).await);
    let coop = stage.coop.id;
    let here = || see_out_of(&stage, coop);
    in_coop(&stage.db, coop, async |tx| {
        for (number, name) in ["Mia", "Ben"].into_iter().enumerate() {
            let id = kernel::PersonId(uuid::Uuid::now_v7());
            identity::add_person(tx, id, name, &format!("{name}@example.org")).await.unwrap();
            identity::add_member(tx, coop, id, "member", Some(stage.makers[number])).await.unwrap();
        }
    })
    .await;
    assert_eq!(here().await, 0, "both are members");
    in_coop(&stage.db, coop, async |tx| {
        let leave = format!("update membership set status = 'leaving' where party_id = {}", stage.makers[0]);
        tx.execute_unprepared(&leave).await.unwrap();
    })
    .await;
    let elsewhere = crate::world::coop_with_makers(&stage.db, "forest", 1).await.0.id;
    assert_eq!(see_out_of(&stage, elsewhere).await, 0, "another co-op's round");
    assert_eq!((here().await, here().await), (1, 0));
    assert_eq!((stage.level(mine).await, stage.level(others).await), ((0, 0, 0), (3, 0, 0)));
}

async fn see_out_of(stage: &Stage, coop: kernel::CoopId) -> usize {
    see_out(&stage.db.pools.orm, &[coop], &stage.clock).await.unwrap()
}
