//! Waiting lines: an offer is a hold, and exactly one for each unit.

use std::{fs, sync::Arc};

use ::stock::{
    promises::{Buyer, Desk, EntryId, PromiseError},
    waitlists::{Entry, EntryFilter, EntryState, NewEntry},
};
use chrono::TimeDelta;
use futures_util::future::join_all;
use jobs::Handlers;
use kernel::{Actor, Code, VariantId};
use mail::Mailer;
use uuid::Uuid;

use super::stage::{Stage, code};

impl Stage {
    async fn join(&self, (actor, buyer): &(Actor, Buyer), variant: VariantId, email: Option<&str>) -> Result<Entry, PromiseError> {
        let (id, email) = (EntryId(Uuid::now_v7()), email.map(str::to_owned));
        self.promises.join_waitlist(actor, NewEntry { id, variant, buyer: buyer.clone(), email, quantity: 1, hold_minutes: 60 }).await
    }

    async fn line(&self, variant: VariantId) -> Vec<Entry> {
        let filter = EntryFilter { variant: Some(variant), buyer: None };
        self.promises.entries_page(self.coop.id, &filter, 100, None).await.unwrap()
    }

    async fn states(&self, variant: VariantId) -> Vec<EntryState> {
        self.line(variant).await.into_iter().map(|entry| entry.state).collect()
    }
}

#[tokio::test]
async fn b12_an_offer_holds_the_stock_and_when_it_expires_the_next_one_is_asked() {
    use EntryState::{Offered, Passed, Taken, Waiting};
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let (ben, cas) = (stage.buyer(), stage.buyer());
    let first = stage.join(&ben, mug, None).await.unwrap();
    assert_eq!(stage.join(&ben, mug, None).await.unwrap(), first, "who stands there keeps their place");
    stage.join(&cas, mug, None).await.unwrap();
    assert_eq!(stage.promises.serve(stage.coop.id).await.unwrap().offers, 0);

    stage.lot(mug, 0, 1, stage.studio).await;
    assert_eq!(stage.promises.serve(stage.coop.id).await.unwrap().offers, 1);
    assert_eq!((stage.states(mug).await, stage.free(mug, None).await), (vec![Offered, Waiting], 0));
    assert_eq!(stage.promises.serve(stage.coop.id).await.unwrap().offers, 0, "twice is once");

    stage.pass(TimeDelta::minutes(60)).await;
    assert_eq!(stage.promises.serve(stage.coop.id).await.unwrap().offers, 1);
    assert_eq!((stage.states(mug).await, stage.free(mug, None).await), (vec![Passed, Offered], 0));
    let offer = stage.line(mug).await[1].reservation.expect("an offer is a reservation");
    stage.sell(offer).await;
    assert_eq!(stage.states(mug).await, [Passed, Taken]);
    assert_eq!(stage.join(&ben, mug, None).await.unwrap().state, Waiting, "who let it go by may stand there again, at the end");
}

#[tokio::test]
async fn b12_who_turns_an_offer_down_gives_it_to_the_next() {
    use EntryState::{Left, Offered, Waiting};
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let (ben, cas) = (stage.buyer(), stage.buyer());
    let first = stage.join(&ben, mug, None).await.unwrap();
    stage.join(&cas, mug, None).await.unwrap();
    stage.lot(mug, 0, 1, stage.studio).await;
    stage.promises.serve(stage.coop.id).await.unwrap();
    assert_eq!(stage.states(mug).await, [Offered, Waiting]);
    assert_eq!(code(stage.promises.leave_waitlist(&cas.0, first.id).await), Code::NotFound, "somebody else's place");
    for _ in 0..2 {
        assert_eq!(stage.promises.leave_waitlist(&ben.0, first.id).await.unwrap().state, Left);
    }
    assert_eq!(stage.promises.serve(stage.coop.id).await.unwrap().offers, 1);
    assert_eq!(stage.states(mug).await, [Left, Offered]);
}

#[tokio::test]
async fn b12_sixteen_rounds_at_once_offer_each_unit_exactly_once() {
    let stage = Arc::new(Stage::open().await);
    let mug = stage.variant("mug", None).await;
    for _ in 0..12 {
        stage.join(&stage.buyer(), mug, None).await.unwrap();
    }
    stage.lot(mug, 0, 3, stage.studio).await;
    stage.lot(mug, 1, 4, stage.stall).await;
    let rounds = (0..16).map(|_| {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move { stage.promises.serve(stage.coop.id).await.unwrap().offers })
    });
    let offers: usize = join_all(rounds).await.into_iter().map(Result::unwrap).sum();
    assert_eq!((offers, stage.free(mug, None).await), (7, 0));
    let line = stage.line(mug).await;
    assert!(line.iter().take(7).all(|entry| entry.state == EntryState::Offered), "the first seven: {line:?}");
    assert!(line.iter().skip(7).all(|entry| entry.state == EntryState::Waiting), "{line:?}");
}

#[tokio::test]
async fn b12_who_left_an_address_gets_one_letter_and_another_coop_serves_none() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let guest = Buyer::email("guest@example.org").unwrap();
    assert_eq!(code(stage.join(&(stage.buyer().0, guest.clone()), mug, None).await), Code::NotFound, "not in another's name");
    stage.join(&(stage.ana, guest), mug, Some("guest@example.org")).await.unwrap();
    stage.lot(mug, 0, 1, stage.studio).await;
    let neighbour = stage.neighbour().await;
    assert_eq!(stage.promises.serve(neighbour.coop).await.unwrap().offers, 0);
    assert_eq!(code(stage.join(&(neighbour, Buyer::person(neighbour.person().unwrap())), mug, None).await), Code::NotFound);
    stage.promises.serve(stage.coop.id).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::from_url(&format!("maildir://{}", folder.path().display()), "house@example.org".parse().unwrap()).unwrap();
    let desk = Desk::new(stage.db.pools.orm.clone(), mailer, "https://guildhall.example/");
    let worker = jobs::Worker::new(stage.db.pools.sqlx.clone(), desk.register(Handlers::new()), stage.clock.clone());
    assert_eq!(worker.run_until_empty().await.unwrap(), 1);
    let letters: Vec<String> =
        fs::read_dir(folder.path().join("new")).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("To: guest@example.org") && letters[0].contains("Subject: A mug is held for you"), "{}", letters[0]);
    assert!(letters[0].contains("2026-11-10 14:00"), "an hour, in the co-op's time zone: {}", letters[0]);
}
