//! Drops: limits, early access, and thirty-two buyers at once.

use std::sync::Arc;

use ::stock::{
    drops::{ChangeDrop, Claim, Claimed, Drop, Lead, NewDrop, Opening},
    promises::{Buyer, DropId, PromiseError},
};
use chrono::TimeDelta;
use futures_util::future::join_all;
use kernel::{Actor, Code, ReservationId, VariantId};
use uuid::Uuid;

use super::stage::{Stage, code, hours, reservation};

/// A drop that opens an hour after noon and an hour earlier from level 3 on: two for each, so many in all.
fn new_drop(variants: Vec<VariantId>, quantity: i32) -> NewDrop {
    NewDrop {
        id: DropId(Uuid::now_v7()),
        name: "Winter glazes".to_owned(),
        opening: Opening { opens_at: hours(1), ends_at: Some(hours(10)), leads: vec![Lead { level: 3, minutes: 60 }] },
        per_buyer: 2,
        quantity,
        hold_minutes: 15,
        variants,
    }
}

impl Stage {
    async fn drop_of(&self, variant: VariantId, quantity: i32) -> Drop {
        self.promises.create_drop(&self.ana, new_drop(vec![variant], quantity)).await.unwrap()
    }

    async fn claim(&self, (actor, buyer): &(Actor, Buyer), drop: &Drop, id: ReservationId, quantity: i32) -> Result<Claimed, PromiseError> {
        let lines = vec![(drop.variants[0], quantity)];
        self.promises.claim(actor, Claim { reservation: id, drop: drop.id, buyer: buyer.clone(), lines }).await
    }
}

#[tokio::test]
async fn b9_a_drop_opens_at_its_moment_and_earlier_to_those_of_a_level() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 10, stage.studio).await;
    let drop = stage.drop_of(mug, 10).await;
    let (early, late) = (stage.buyer(), stage.buyer());
    stage.promises.set_level(&stage.ana, &early.1, 4).await.unwrap();

    let claimed = stage.claim(&early, &drop, reservation(), 1).await.unwrap();
    assert_eq!((claimed.quantity, claimed.until), (1, stage.clock.now() + TimeDelta::minutes(15)));
    let refused = stage.claim(&late, &drop, reservation(), 1).await.unwrap_err();
    assert!(matches!(refused, PromiseError::OpensAt(at) if at == hours(1)), "{refused}");
    stage.pass(TimeDelta::hours(1)).await;
    stage.claim(&late, &drop, reservation(), 1).await.unwrap();
    stage.pass(TimeDelta::hours(9)).await;
    assert!(matches!(stage.claim(&late, &drop, reservation(), 1).await, Err(PromiseError::Over)));
}

#[tokio::test]
async fn b9_what_a_buyer_holds_and_has_bought_counts_and_what_ran_out_does_not() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 10, stage.studio).await;
    let drop = stage.drop_of(mug, 10).await;
    stage.pass(TimeDelta::hours(1)).await;
    let ben = stage.buyer();

    let bought = reservation();
    stage.claim(&ben, &drop, bought, 1).await.unwrap();
    stage.sell(bought).await;
    let held = reservation();
    stage.claim(&ben, &drop, held, 1).await.unwrap();
    assert!(matches!(stage.claim(&ben, &drop, reservation(), 1).await, Err(PromiseError::Limit(2))));
    assert_eq!(stage.free(mug, None).await, 8, "what was refused holds nothing");
    assert_eq!(stage.claim(&ben, &drop, held, 1).await.unwrap().reservation, held, "asking again is no second claim");
    assert!(matches!(stage.claim(&ben, &drop, held, 2).await, Err(PromiseError::Taken)));

    stage.pass(TimeDelta::minutes(15)).await;
    assert_eq!(stage.promises.drop(stage.coop.id, drop.id).await.unwrap().taken, 1, "only what was sold counts still");
    stage.claim(&ben, &drop, reservation(), 1).await.unwrap();
    assert!(matches!(stage.claim(&ben, &drop, reservation(), 1).await, Err(PromiseError::Limit(2))));
}

#[tokio::test]
async fn b9_thirty_two_buyers_at_once_never_get_more_than_the_drop_has() {
    let stage = Arc::new(Stage::open().await);
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 40, stage.studio).await;
    let drop = Arc::new(stage.drop_of(mug, 9).await);
    stage.clock.advance(TimeDelta::hours(1));
    let claims = (0..32).map(|_| {
        let (stage, drop) = (Arc::clone(&stage), Arc::clone(&drop));
        tokio::spawn(async move { stage.claim(&stage.buyer(), &drop, reservation(), 1).await })
    });
    let answers: Vec<_> = join_all(claims).await.into_iter().map(Result::unwrap).collect();
    let refused = answers.iter().filter(|answer| matches!(answer, Err(PromiseError::SoldOut))).count();
    assert_eq!((answers.iter().filter(|answer| answer.is_ok()).count(), refused), (9, 23), "{answers:?}");
    assert_eq!(stage.promises.drop(stage.coop.id, drop.id).await.unwrap().taken, 9);
    assert_eq!(stage.free(mug, None).await, 31);
}

#[tokio::test]
async fn b9_one_buyer_who_asks_thirty_two_times_at_once_gets_the_limit() {
    let stage = Arc::new(Stage::open().await);
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 40, stage.studio).await;
    let drop = Arc::new(stage.drop_of(mug, 40).await);
    stage.clock.advance(TimeDelta::hours(1));
    let ben = stage.buyer();
    let claims = (0..32).map(|_| {
        let (stage, drop, ben) = (Arc::clone(&stage), Arc::clone(&drop), ben.clone());
        tokio::spawn(async move { stage.claim(&ben, &drop, reservation(), 1).await })
    });
    let answers: Vec<_> = join_all(claims).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(PromiseError::Limit(2)))), "{answers:?}");
    assert_eq!(stage.free(mug, None).await, 38);
}

#[tokio::test]
async fn b9_the_application_cannot_move_a_counter_and_no_limit_goes_below_what_is_taken() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 10, stage.studio).await;
    let drop = stage.drop_of(mug, 10).await;
    stage.pass(TimeDelta::hours(1)).await;
    stage.claim(&stage.buyer(), &drop, reservation(), 2).await.unwrap();

    let change = |per_buyer, quantity| ChangeDrop { per_buyer, quantity, ..ChangeDrop::default() };
    assert!(matches!(stage.promises.change_drop(&stage.ana, drop.id, change(None, Some(1))).await, Err(PromiseError::BelowTaken)));
    assert!(matches!(stage.promises.change_drop(&stage.ana, drop.id, change(Some(1), None)).await, Err(PromiseError::BelowTaken)));
    assert_eq!(stage.promises.change_drop(&stage.ana, drop.id, change(Some(3), Some(12))).await.unwrap().quantity, 12);
    for sql in ["update drop_sale set taken = 0", "update drop_buyer set taken = 0", "delete from drop_claim"] {
        let refused = sqlx::query(sql).execute(&stage.db.pools.sqlx).await.unwrap_err();
        assert_eq!(refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("42501"), "{sql}");
    }
}

#[tokio::test]
async fn b9_another_coop_sees_no_drop_and_only_a_keeper_of_stock_makes_one() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let new = new_drop(vec![mug], 10);
    let drop = stage.promises.create_drop(&stage.ana, new.clone()).await.unwrap();
    assert_eq!(stage.promises.create_drop(&stage.ana, new.clone()).await.unwrap(), drop, "twice is once");
    let other = NewDrop { quantity: 11, ..new.clone() };
    assert_eq!(code(stage.promises.create_drop(&stage.ana, other).await), Code::Conflict);
    assert_eq!(code(stage.promises.create_drop(&stage.buyer().0, new.clone()).await), Code::Forbidden);
    let neighbour = stage.neighbour().await;
    assert_eq!(code(stage.promises.drop(neighbour.coop, drop.id).await), Code::NotFound);
    assert_eq!(code(stage.promises.change_drop(&neighbour, drop.id, ChangeDrop::default()).await), Code::NotFound);
    let theirs = NewDrop { id: DropId(Uuid::now_v7()), ..new };
    assert_eq!(code(stage.promises.create_drop(&neighbour, theirs).await), Code::NotFound, "another co-op's variant");
}
