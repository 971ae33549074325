//! Places: one for each person, and never more than there are.

use std::sync::Arc;

use ::stock::{
    deposits::{DepositState, Of, Terms},
    promises::{Buyer, PromiseError, RsvpId, SlotId},
    slots::{ChangeSlot, NewRsvp, NewSlot, Rsvp, RsvpState, Slot},
};
use chrono::TimeDelta;
use futures_util::future::join_all;
use kernel::{Actor, Code};
use uuid::Uuid;

use super::stage::{Stage, code, hours};

impl Stage {
    async fn slot_of(&self, capacity: i32) -> Slot {
        let (id, name) = (SlotId(Uuid::now_v7()), "Throwing for beginners".to_owned());
        let new = NewSlot { id, name, variant: None, location: Some(self.studio), starts_at: hours(24), ends_at: hours(26), capacity };
        let made = self.promises.create_slot(&self.ana, new.clone()).await.unwrap();
        assert_eq!(self.promises.create_slot(&self.ana, new).await.unwrap(), made, "twice is once");
        made
    }

    async fn rsvp(&self, (actor, buyer): &(Actor, Buyer), slot: &Slot) -> Result<Rsvp, PromiseError> {
        let new = NewRsvp { id: RsvpId(Uuid::now_v7()), slot: slot.id, buyer: buyer.clone(), name: "Ben".to_owned() };
        self.promises.rsvp(actor, new).await
    }

    async fn taken(&self, slot: &Slot) -> i32 {
        self.promises.slot(self.coop.id, slot.id).await.unwrap().taken
    }
}

#[tokio::test]
async fn b11_everybody_has_one_place_and_a_cancelled_one_is_free_for_the_next() {
    let stage = Stage::open().await;
    let slot = stage.slot_of(2).await;
    let (ben, cas, dee) = (stage.buyer(), stage.buyer(), stage.buyer());
    let place = stage.rsvp(&ben, &slot).await.unwrap();
    assert_eq!(stage.rsvp(&ben, &slot).await.unwrap(), place, "who has a place keeps that one");
    stage.rsvp(&cas, &slot).await.unwrap();
    assert!(matches!(stage.rsvp(&dee, &slot).await, Err(PromiseError::Full)));

    assert_eq!(code(stage.promises.cancel_rsvp(&dee.0, place.id).await), Code::NotFound, "somebody else's place");
    let cancelled = stage.promises.cancel_rsvp(&ben.0, place.id).await.unwrap();
    assert_eq!((cancelled.state, stage.taken(&slot).await), (RsvpState::Cancelled, 1));
    stage.promises.cancel_rsvp(&ben.0, place.id).await.unwrap();
    assert_eq!(stage.taken(&slot).await, 1, "cancelling twice frees one place");
    stage.rsvp(&dee, &slot).await.unwrap();
    assert!(matches!(stage.rsvp(&ben, &slot).await, Err(PromiseError::Full)));
    let fewer = ChangeSlot { capacity: Some(1), ..ChangeSlot::default() };
    assert!(matches!(stage.promises.change_slot(&stage.ana, slot.id, fewer).await, Err(PromiseError::BelowTaken)));
}

#[tokio::test]
async fn b11_thirty_two_people_at_once_get_the_places_that_there_are() {
    let stage = Arc::new(Stage::open().await);
    let slot = Arc::new(stage.slot_of(7).await);
    let answers = (0..32).map(|_| {
        let (stage, slot) = (Arc::clone(&stage), Arc::clone(&slot));
        tokio::spawn(async move { stage.rsvp(&stage.buyer(), &slot).await })
    });
    let answers: Vec<_> = join_all(answers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 7, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(PromiseError::Full))), "{answers:?}");
    assert_eq!(stage.taken(&slot).await, 7);
    let counted = "select count(*) from rsvp where state = 'going'";
    assert_eq!(stage.number(counted).await, 7);
}

#[tokio::test]
async fn b11_b13_who_does_not_come_forfeits_what_was_agreed_and_another_coop_sees_no_place() {
    let stage = Stage::open().await;
    let slot = stage.slot_of(2).await;
    let (ben, cas) = (stage.buyer(), stage.buyer());
    let (late, early) = (stage.rsvp(&ben, &slot).await.unwrap(), stage.rsvp(&cas, &slot).await.unwrap());
    let terms = Terms { currency: stage.coop.currency, total: 8_000, deposit: 2_001, forfeit_bps: 5_000 };
    for place in [&late, &early] {
        let deposit = stage.promises.ask_deposit(&stage.ana, Of::Rsvp(place.id), terms).await.unwrap();
        assert_eq!((deposit.state, deposit.due().minor), (DepositState::Due, 2_001));
        assert_eq!(stage.promises.ask_deposit(&stage.ana, Of::Rsvp(place.id), terms).await.unwrap(), deposit, "twice is once");
        stage.promises.record_payment(&stage.ana, deposit.id, ::stock::deposits::Part::Deposit).await.unwrap();
    }
    assert!(matches!(stage.promises.mark_rsvp(&stage.ana, late.id, false).await, Err(PromiseError::OpensAt(_))));
    stage.promises.cancel_rsvp(&cas.0, early.id).await.unwrap();
    stage.pass(TimeDelta::hours(25)).await;
    assert_eq!(code(stage.promises.mark_rsvp(&ben.0, late.id, true).await), Code::Forbidden);
    let neighbour = stage.neighbour().await;
    assert_eq!(code(stage.promises.mark_rsvp(&neighbour, late.id, false).await), Code::NotFound);
    assert_eq!(code(stage.promises.slot(neighbour.coop, slot.id).await), Code::NotFound);
    for _ in 0..2 {
        assert_eq!(stage.promises.mark_rsvp(&stage.ana, late.id, false).await.unwrap().state, RsvpState::NoShow);
    }
    let deposits = stage.promises.deposits_of(stage.coop.id, &[Of::Rsvp(late.id), Of::Rsvp(early.id)]).await.unwrap();
    let mut became: Vec<_> = deposits.iter().map(|(_, deposit)| (deposit.kept, deposit.back)).collect();
    became.sort_unstable();
    assert_eq!(became, [(0, 2_001), (1_000, 1_001)], "who cancelled in time has all of it back");
    assert!(matches!(stage.promises.cancel_rsvp(&ben.0, late.id).await, Err(PromiseError::Over)));
}
