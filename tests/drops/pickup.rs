//! Pickups at a stall: handed over for a code, within a window, and back for sale when nobody came.

use ::stock::pickups::{NewPickup, Pickup, PickupState};
use chrono::TimeDelta;
use kernel::{Actor, Code, VariantId};

use super::stage::{Stage, code, hours, reservation};

impl Stage {
    /// From an hour after noon until three, at the stall.
    async fn to_fetch(&self, actor: &Actor, variant: VariantId, quantity: i32) -> Pickup {
        let new = NewPickup {
            reservation: reservation(),
            buyer: ::stock::promises::Buyer::person(actor.person().unwrap()),
            location: self.stall,
            lines: vec![(variant, quantity)],
            opens_at: hours(1),
            closes_at: hours(3),
        };
        let made = self.promises.hold_for_pickup(actor, new.clone()).await.unwrap();
        assert!(self.promises.hold_for_pickup(actor, new).await.unwrap() == made, "twice is once, with the same code");
        made
    }
}

#[tokio::test]
async fn i9_whoever_shows_the_code_in_the_window_gets_the_goods_once() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 5, stage.studio).await;
    stage.lot(mug, 1, 3, stage.stall).await;
    let (ben, _) = stage.buyer();
    let pickup = stage.to_fetch(&ben, mug, 2).await;
    assert_eq!((stage.free(mug, Some(stage.stall)).await, stage.free(mug, None).await), (1, 6), "held at the stall, not elsewhere");
    assert!(!format!("{pickup:?}").contains(&pickup.code), "a log shows no code");

    let show = async |actor: &Actor, place, shown: &str| stage.promises.collect(actor, place, shown).await;
    assert_eq!(code(show(&stage.ana, stage.stall, &pickup.qr()).await), Code::NotNow, "before the window");
    stage.pass(TimeDelta::hours(1)).await;
    assert_eq!(code(show(&ben, stage.stall, &pickup.qr()).await), Code::Forbidden);
    assert_eq!(code(show(&stage.ana, stage.studio, &pickup.qr()).await), Code::NotFound, "another stall");
    assert_eq!(code(show(&stage.neighbour().await, stage.stall, &pickup.qr()).await), Code::NotFound, "another co-op");
    assert_eq!(code(show(&stage.ana, stage.stall, "AAAAAAAAAAAAAAAA").await), Code::NotFound);
    assert_eq!(show(&stage.ana, stage.stall, &pickup.qr()).await.unwrap().state, PickupState::Collected);
    assert_eq!(show(&stage.ana, stage.stall, &pickup.code.to_lowercase()).await.unwrap().state, PickupState::Collected);
    assert_eq!(stage.number("select -sum(quantity) from movement where kind = 'sold'").await, 2, "sold once");
}

#[tokio::test]
async fn i9_what_nobody_fetched_is_for_sale_at_the_stall_again_and_the_code_is_worth_nothing() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    stage.lot(mug, 0, 3, stage.stall).await;
    let (ben, _) = stage.buyer();
    let pickup = stage.to_fetch(&ben, mug, 3).await;
    assert_eq!(stage.free(mug, Some(stage.stall)).await, 0);
    stage.clock.advance(TimeDelta::hours(3));
    assert_eq!(code(stage.promises.collect(&stage.ana, stage.stall, &pickup.code).await), Code::NotNow, "whether or not it was freed yet");
    stage.pass(TimeDelta::zero()).await;
    assert_eq!(stage.free(mug, Some(stage.stall)).await, 3);
    assert_eq!(stage.promises.pickup(&ben, pickup.reservation).await.unwrap().state, PickupState::Returned);
    assert_eq!(code(stage.promises.pickup(&stage.buyer().0, pickup.reservation).await), Code::NotFound, "somebody else's");
    assert_eq!(code(stage.promises.collect(&stage.ana, stage.stall, &pickup.code).await), Code::NotNow);
}
