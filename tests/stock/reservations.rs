//! Holds: all of a basket or nothing, never more than there is, and never longer than they last.

use std::sync::Arc;

use ::stock::{Demand, Purpose, ReservationState, StockError, Through, Wanted, available};
use chrono::TimeDelta;
use futures_util::future::join_all;
use kernel::{Code, ReservationId};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::stage::{Stage, owners, refused};
use crate::world::in_coop;

#[tokio::test]
async fn b7_a_hold_blocks_its_units_until_it_is_sold_or_let_go() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 3).await;
    let held = stage.reserve(&stage.demand(&[(stage.mug, 2)])).await.unwrap();
    assert_eq!(stage.level(lot).await, (3, 2, 0));
    let (code, sentence) = refused(stage.reserve(&stage.demand(&[(stage.mug, 2)])).await);
    assert_eq!(code, Code::NotNow);
    assert!(sentence.contains("1 are free"), "{sentence}");
    let sold = stage.confirm(held.id).await.unwrap();
    assert_eq!((sold.state, stage.level(lot).await), (ReservationState::Confirmed, (1, 0, 0)));
    assert_eq!(stage.confirm(held.id).await.unwrap(), sold, "twice is once");
    assert_eq!(stage.level(lot).await, (1, 0, 0));
    assert_eq!(refused(stage.stock.let_go(&stage.ana, held.id).await).0, Code::NotNow, "what was sold is not let go");

    let last = stage.reserve(&stage.demand(&[(stage.mug, 1)])).await.unwrap();
    assert_eq!(stage.stock.let_go(&stage.ana, last.id).await.unwrap().state, ReservationState::Released);
    assert_eq!(stage.stock.let_go(&stage.ana, last.id).await.unwrap().state, ReservationState::Released, "twice is once");
    assert_eq!(stage.level(lot).await, (1, 0, 0));
    assert_eq!(refused(stage.confirm(last.id).await).0, Code::NotNow);
    assert_eq!(refused(stage.confirm(ReservationId(Uuid::now_v7())).await).0, Code::NotFound);
}

#[tokio::test]
async fn b8_two_lines_on_the_same_stock_are_checked_on_their_sum() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 3).await;
    let (code, sentence) = refused(stage.reserve(&stage.demand(&[(stage.mug, 2), (stage.mug, 2)])).await);
    assert_eq!(code, Code::NotNow);
    assert!(sentence.starts_with("4 of variant"), "{sentence}");
    assert_eq!(stage.level(lot).await, (3, 0, 0));
    // Also where one line names the lot and the other any of the variant
    let both = Demand {
        wanted: vec![Wanted { variant: stage.mug, lot: None, quantity: 2 }, Wanted { variant: stage.mug, lot: Some(lot), quantity: 2 }],
        ..stage.demand(&[])
    };
    assert_eq!(refused(stage.reserve(&both).await).0, Code::NotNow);
    assert_eq!(stage.level(lot).await, (3, 0, 0));
    stage.reserve(&stage.demand(&[(stage.mug, 1), (stage.mug, 2)])).await.unwrap();
    assert_eq!(stage.level(lot).await, (3, 3, 0));
}

#[tokio::test]
async fn a_basket_is_held_whole_or_not_at_all() {
    let stage = Stage::open().await;
    let (mugs, scarves) = (stage.lot(0, stage.mug, 5).await, stage.lot(1, stage.scarf, 1).await);
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.mug, 5), (stage.scarf, 2)])).await).0, Code::NotNow);
    assert_eq!((stage.level(mugs).await, stage.level(scarves).await), ((5, 0, 0), (1, 0, 0)));
    let held = stage.reserve(&stage.demand(&[(stage.mug, 5), (stage.scarf, 1)])).await.unwrap();
    assert_eq!(owners(&held), [(stage.makers[0], 5), (stage.makers[1], 1)]);
    for wrong in [vec![], vec![(stage.mug, 0)], vec![(stage.mug, -1)]] {
        assert_eq!(refused(stage.reserve(&stage.demand(&wrong)).await).0, Code::InvalidInput);
    }
}

#[tokio::test]
async fn asking_again_with_the_same_number_is_the_same_hold() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 5).await;
    let demand = stage.demand(&[(stage.mug, 3), (stage.mug, 2)]);
    let held = stage.reserve(&demand).await.unwrap();
    let in_other_words = Demand { wanted: stage.demand(&[(stage.mug, 5)]).wanted, ..demand.clone() };
    assert_eq!(stage.reserve(&in_other_words).await.unwrap(), held, "though nothing is free any more");
    let other = Demand { wanted: stage.demand(&[(stage.mug, 4)]).wanted, ..demand.clone() };
    assert_eq!(refused(stage.reserve(&other).await).0, Code::Conflict);
    assert_eq!(stage.level(lot).await, (5, 5, 0));
    stage.confirm(held.id).await.unwrap();
    assert_eq!(stage.reserve(&demand).await.unwrap().state, ReservationState::Confirmed);

    let stage = Arc::new(stage);
    stage.lot(0, stage.mug, 50).await;
    let demand = stage.demand(&[(stage.mug, 2)]);
    let same = join_all((0..8).map(|_| {
        let (stage, demand) = (Arc::clone(&stage), demand.clone());
        tokio::spawn(async move { stage.reserve(&demand).await.unwrap() })
    }))
    .await;
    let first = same[0].as_ref().unwrap();
    assert!(same.iter().all(|held| held.as_ref().unwrap() == first), "eight at once as well");
}

#[tokio::test]
async fn an_expired_hold_is_never_sold_whether_or_not_it_was_freed() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 1).await;
    let demand = stage.demand(&[(stage.mug, 1)]);
    let held = stage.reserve(&demand).await.unwrap();
    stage.pass(TimeDelta::minutes(15));
    assert!(matches!(stage.confirm(held.id).await, Err(StockError::Over { state: ReservationState::Expired, .. })), "before the job");
    let again = Demand { until: stage.clock.now() + TimeDelta::minutes(15), ..demand.clone() };
    assert!(matches!(stage.reserve(&again).await, Err(StockError::Over { .. })), "its number is used up");
    assert_eq!(stage.level(lot).await, (1, 1, 0));
    assert_eq!(stage.expire().await, 1);
    assert_eq!(stage.expire().await, 0, "twice is once");
    assert_eq!(stage.level(lot).await, (1, 0, 0));
    assert!(matches!(stage.confirm(held.id).await, Err(StockError::Over { state: ReservationState::Expired, .. })), "after the job");

    // Whoever asks the service is not refused for a hold that is over and not yet freed
    stage.reserve(&stage.demand(&[(stage.mug, 1)])).await.unwrap();
    stage.pass(TimeDelta::minutes(15));
    stage.stock.hold(&stage.ana, &stage.demand(&[(stage.mug, 1)])).await.unwrap();
    assert_eq!(stage.level(lot).await, (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b7_of_two_buyers_of_the_last_unit_exactly_one_wins_and_of_32_none_too_many() {
    let stage = Arc::new(Stage::open().await);
    stage.lot(0, stage.mug, 1).await;
    let buyers = |variants: Vec<(kernel::VariantId, i32)>, many: usize| {
        let stage = Arc::clone(&stage);
        async move {
            let asking = (0..many).map(|_| {
                let (stage, lines) = (Arc::clone(&stage), variants.clone());
                tokio::spawn(async move {
                    let held = stage.reserve(&stage.demand(&lines)).await?;
                    stage.confirm(held.id).await
                })
            });
            let asked = join_all(asking).await.into_iter().map(Result::unwrap).collect::<Vec<_>>();
            let refused = asked.iter().filter_map(|one| one.as_ref().err());
            assert!(refused.into_iter().all(|error| matches!(error, StockError::Short { .. })), "{asked:?}");
            asked.into_iter().flatten().count()
        }
    };
    assert_eq!(buyers(vec![(stage.mug, 1)], 2).await, 1);
    // Ten lots of one, so that everybody wants the same one first
    for number in 0..10 {
        stage.lot(number % 3, stage.mug, 1).await;
    }
    assert_eq!(buyers(vec![(stage.mug, 1)], 32).await, 10);
    // Baskets of two variants, written in both orders: no ring
    let (mugs, scarves) = (stage.lot(0, stage.mug, 12).await, stage.lot(1, stage.scarf, 12).await);
    let (mug, scarf) = (stage.mug, stage.scarf);
    let (one, other) = tokio::join!(buyers(vec![(mug, 1), (scarf, 1)], 16), buyers(vec![(scarf, 1), (mug, 1)], 16));
    assert_eq!(one + other, 12);
    assert_eq!((stage.level(mugs).await, stage.level(scarves).await), ((0, 0, 0), (0, 0, 0)));
}

#[tokio::test]
async fn i9_what_is_kept_for_pickup_at_a_stall_is_free_at_the_stall_when_nobody_comes() {
    let stage = Stage::open().await;
    let lot = stage.receive(::stock::NewLot { location: stage.stall, ..stage.new_lot(0, stage.mug, 2) }).await;
    stage.lot(0, stage.mug, 9).await;
    let window = stage.clock.now() + TimeDelta::hours(4);
    let pickup = Demand { source: "pickup".to_owned(), location: Some(stage.stall), until: window, ..stage.demand(&[(stage.mug, 2)]) };
    let held = stage.reserve(&pickup).await.unwrap();
    assert!(held.lines.iter().all(|line| line.location == stage.stall), "not from the studio");
    let too_many = Demand { location: Some(stage.stall), ..stage.demand(&[(stage.mug, 1)]) };
    assert_eq!(refused(stage.reserve(&too_many).await).0, Code::NotNow);
    stage.pass(TimeDelta::hours(4));
    stage.expire().await;
    let (coop, now) = (stage.coop.id, stage.clock.now());
    let there = in_coop(&stage.db, coop, async |tx| available(tx, coop, &[stage.mug], (Some(stage.stall), now)).await.unwrap()).await;
    assert_eq!(there[&stage.mug], 2);
    assert_eq!(stage.at(lot, stage.stall).await, 2);
}

#[tokio::test]
async fn b6_what_is_set_aside_is_sold_for_its_purpose_alone_and_can_be_pulled_back() {
    let stage = Stage::open().await;
    let lot = stage.lot(0, stage.mug, 10).await;
    let quay = stage.allocate(lot, Purpose::Stall, "Quay", 4).await;
    let stream = stage.allocate(lot, Purpose::Stream, "", 3).await;
    assert_eq!(stage.level(lot).await, (10, 0, 7));
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.mug, 4)])).await).0, Code::NotNow, "three are free");
    let through = |purpose, name: &str| Some(Through { purpose, name: (!name.is_empty()).then(|| name.to_owned()) });
    let at_the_quay = |quantity| Demand { through: through(Purpose::Stall, "Quay"), ..stage.demand(&[(stage.mug, quantity)]) };
    let held = stage.reserve(&at_the_quay(5)).await.unwrap();
    let parts: Vec<_> = held.lines.iter().map(|line| (line.allocation, line.quantity)).collect();
    assert_eq!(parts, [(Some(quay), 4), (None, 1)], "what is set aside goes first");
    assert_eq!(stage.level(lot).await, (10, 5, 3));

    // Held units cannot be pulled back; let go, they are set aside again
    let all = ::stock::PullBack { movement: super::stage::movement(), allocation: quay, quantity: None };
    assert_eq!(stage.stock.pull_back(&stage.ana, all).await.unwrap().rest(), 0);
    let some = ::stock::PullBack { movement: super::stage::movement(), allocation: quay, quantity: Some(1) };
    assert_eq!(refused(stage.stock.pull_back(&stage.ana, some).await).0, Code::NotNow);
    stage.stock.let_go(&stage.ana, held.id).await.unwrap();
    assert_eq!(stage.level(lot).await, (10, 0, 7));
    let part = ::stock::PullBack { movement: super::stage::movement(), allocation: stream, quantity: Some(2) };
    for _ in 0..2 {
        assert_eq!(stage.stock.pull_back(&stage.ana, part).await.unwrap().rest(), 1, "twice is once");
    }
    let rest = ::stock::PullBack { movement: super::stage::movement(), allocation: quay, quantity: None };
    for _ in 0..2 {
        assert_eq!(stage.stock.pull_back(&stage.ana, rest).await.unwrap().rest(), 0);
    }
    assert_eq!(stage.level(lot).await, (10, 0, 1));
    let sold = stage.reserve(&Demand { through: through(Purpose::Stream, ""), ..stage.demand(&[(stage.mug, 10)]) }).await.unwrap();
    stage.confirm(sold.id).await.unwrap();
    assert_eq!(stage.level(lot).await, (0, 0, 0));
}

#[tokio::test]
async fn a_long_hold_for_a_deposit_lasts_and_others_buy_around_it() {
    let stage = Stage::open().await;
    stage.lot(0, stage.mug, 2).await;
    let deposit =
        Demand { source: "deposit".to_owned(), until: stage.clock.now() + TimeDelta::days(90), ..stage.demand(&[(stage.mug, 1)]) };
    let held = stage.reserve(&deposit).await.unwrap();
    stage.pass(TimeDelta::days(89));
    assert_eq!(stage.expire().await, 0);
    stage.sell(&[(stage.mug, 1)]).await;
    assert_eq!(refused(stage.reserve(&stage.demand(&[(stage.mug, 1)])).await).0, Code::NotNow);
    stage.confirm(held.id).await.unwrap();
    let for_ever = Demand { until: stage.clock.now() + TimeDelta::days(400), ..stage.demand(&[(stage.mug, 1)]) };
    assert_eq!(refused(stage.reserve(&for_ever).await).0, Code::InvalidInput);
}

#[tokio::test]
async fn another_co_ops_stock_is_not_there_to_be_held() {
    let stage = Stage::open().await;
    stage.lot(0, stage.mug, 2).await;
    let held = stage.reserve(&stage.demand(&[(stage.mug, 1)])).await.unwrap();
    let (other, _) = crate::world::coop_with_makers(&stage.db, "forest", 1).await;
    let tx = db::begin(&stage.db.pools.orm, other.id).await.unwrap();
    let (demand, now) = (stage.demand(&[(stage.mug, 1)]), stage.clock.now());
    assert!(matches!(::stock::reserve(&tx, other.id, &demand, now).await, Err(StockError::Short { free: 0, .. })));
    assert!(matches!(::stock::confirm(&tx, other.id, held.id, now).await, Err(StockError::NoReservation(_))));
    assert!(matches!(::stock::release(&tx, other.id, held.id, now).await, Err(StockError::NoReservation(_))));
    assert!(::stock::expire(&tx, &[stage.coop.id], now + TimeDelta::days(1)).await.unwrap().is_empty());
    tx.execute_unprepared("select 1").await.unwrap();
    tx.commit().await.unwrap();
}
