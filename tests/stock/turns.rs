//! Whose units are sold next.

use ::stock::{Consumption, NewLot};
use chrono::TimeDelta;
use kernel::{Code, PartyId};

use super::stage::{Stage, actor, owners, refused};
use crate::world::in_coop;

async fn sell_one(stage: &Stage) -> PartyId {
    owners(&stage.sell(&[(stage.mug, 1)]).await)[0].0
}

#[tokio::test]
async fn the_oldest_lot_goes_first_unless_the_co_op_says_otherwise() {
    let stage = Stage::open().await;
    let young = stage.new_lot(0, stage.mug, 5);
    stage.lot(1, stage.mug, 2).await;
    stage.pass(TimeDelta::days(1));
    stage.receive(young).await;
    stage.pass(TimeDelta::days(1));
    stage.lot(2, stage.mug, 5).await;
    assert_eq!(owners(&stage.sell(&[(stage.mug, 4)]).await), [(stage.makers[0], 2), (stage.makers[1], 2)]);
    stage.stock.set_policy(&stage.ana, Consumption::ProRata).await.unwrap();
    assert_eq!(owners(&stage.sell(&[(stage.mug, 4)]).await), [(stage.makers[0], 2), (stage.makers[2], 2)], "three and five are free");
    let coop = stage.coop.id;
    assert_eq!(in_coop(&stage.db, coop, async |tx| ::stock::policy(tx, coop).await.unwrap()).await, Consumption::ProRata);
    let reader = actor(coop, None, &[]);
    assert_eq!(refused(stage.stock.set_policy(&reader, Consumption::Oldest).await).0, Code::Forbidden);
}

#[tokio::test]
async fn owners_take_turns_and_nobody_gets_the_next_one_by_bringing_a_new_lot() {
    let stage = Stage::open().await;
    stage.stock.set_policy(&stage.ana, Consumption::Rotation).await.unwrap();
    for maker in 0..3 {
        stage.lot(maker, stage.mug, 20).await;
        stage.pass(TimeDelta::minutes(1));
    }
    let [mia, ben, zoe] = [stage.makers[0], stage.makers[1], stage.makers[2]];
    let mut sold = Vec::new();
    for _ in 0..4 {
        sold.push(sell_one(&stage).await);
    }
    assert_eq!(sold, [mia, ben, zoe, mia]);
    assert_eq!(owners(&stage.sell(&[(stage.mug, 5)]).await), [(mia, 1), (ben, 2), (zoe, 2)], "ben and zoe were next");
    stage.lot(2, stage.mug, 1).await; // zoe has just had a turn
    let moved = NewLot { location: stage.stall, ..stage.new_lot(2, stage.mug, 1) };
    stage.receive(moved).await;
    assert_eq!([sell_one(&stage).await, sell_one(&stage).await, sell_one(&stage).await], [mia, ben, zoe]);
}
