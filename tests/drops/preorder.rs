//! Preorders: before there is stock, capped, the oldest served first, paid in two parts.

use std::sync::Arc;

use ::stock::{
    deposits::{Deposit, DepositState, Of, Part},
    preorders::{NewPreorder, NewRound, Preorder, PreorderFilter, PreorderState, Round},
    promises::{Buyer, PreorderId, PromiseError, RoundId, Serving},
};
use chrono::{Days, NaiveDate, TimeDelta};
use futures_util::future::join_all;
use kernel::{Actor, Code, VariantId};
use uuid::Uuid;

use super::stage::{Stage, code};

fn ship_by() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
}

impl Stage {
    /// A hundred euros each, a quarter of it at once, half of which is kept of who does not come.
    async fn round_of(&self, variant: VariantId, quantity: i32) -> Round {
        let new = NewRound {
            id: RoundId(Uuid::now_v7()),
            variant,
            ship_by: ship_by(),
            closes_at: None,
            quantity,
            currency: self.coop.currency,
            price: 10_000,
            deposit: 2_500,
            forfeit_bps: 5_000,
            hold_hours: 48,
        };
        let made = self.promises.open_round(&self.ana, new.clone()).await.unwrap();
        assert_eq!(self.promises.open_round(&self.ana, new).await.unwrap(), made, "twice is once");
        made
    }

    async fn order(&self, (actor, buyer): &(Actor, Buyer), round: &Round, quantity: i32) -> Result<Preorder, PromiseError> {
        let id = PreorderId(Uuid::now_v7());
        let new = NewPreorder { id, round: round.id, buyer: buyer.clone(), email: Some("ben@example.org".to_owned()), quantity };
        let placed = self.promises.place_preorder(actor, new.clone()).await?;
        assert_eq!(self.promises.place_preorder(actor, new).await.unwrap(), placed, "twice is once");
        Ok(placed)
    }

    /// One whose deposit is paid.
    async fn paid(&self, buyer: &(Actor, Buyer), round: &Round, quantity: i32) -> Preorder {
        let order = self.order(buyer, round, quantity).await.unwrap();
        self.promises.record_payment(&self.ana, self.deposit(&order).await.id, Part::Deposit).await.unwrap();
        order
    }

    async fn deposit(&self, order: &Preorder) -> Deposit {
        self.promises.deposits_of(self.coop.id, &[Of::Preorder(order.id)]).await.unwrap()[0].1
    }

    async fn state(&self, order: &Preorder) -> PreorderState {
        self.promises.preorder(&self.ana, order.id).await.unwrap().state
    }

    async fn serve(&self) -> Serving {
        self.promises.serve(self.coop.id).await.unwrap()
    }
}

#[tokio::test]
async fn b10_what_is_ordered_before_there_is_stock_is_held_when_lots_arrive_the_oldest_first() {
    use PreorderState::{Ready, Waiting};
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let round = stage.round_of(mug, 10).await;
    let buyers = [stage.buyer(), stage.buyer(), stage.buyer(), stage.buyer()];
    let unpaid = stage.order(&buyers[0], &round, 1).await.unwrap();
    let first = stage.paid(&buyers[1], &round, 2).await;
    let second = stage.paid(&buyers[2], &round, 3).await;
    let third = stage.paid(&buyers[3], &round, 1).await;
    assert_eq!(stage.serve().await, Serving::default(), "nothing has arrived");

    stage.lot(mug, 0, 4, stage.studio).await;
    assert_eq!(stage.serve().await.preorders, 1);
    let states = [stage.state(&unpaid).await, stage.state(&first).await, stage.state(&second).await, stage.state(&third).await];
    assert_eq!(states, [Waiting, Ready, Waiting, Waiting], "nobody passes the second for wanting less");
    assert_eq!(stage.free(mug, None).await, 2);
    let due = stage.deposit(&first).await;
    assert_eq!(
        (due.state, due.due().minor, due.balance_due_at),
        (DepositState::Ready, 15_000, Some(stage.clock.now() + TimeDelta::hours(48)))
    );
    assert_eq!(stage.serve().await, Serving::default(), "twice is once");

    stage.lot(mug, 1, 2, stage.studio).await;
    assert_eq!(stage.serve().await.preorders, 2);
    assert_eq!((stage.state(&second).await, stage.state(&third).await, stage.free(mug, None).await), (Ready, Ready, 0));
}

#[tokio::test]
async fn b10_thirty_two_orders_at_once_never_pass_the_cap_and_a_cancelled_one_frees_it() {
    let stage = Arc::new(Stage::open().await);
    let mug = stage.variant("mug", None).await;
    let round = Arc::new(stage.round_of(mug, 5).await);
    let orders = (0..32).map(|_| {
        let (stage, round) = (Arc::clone(&stage), Arc::clone(&round));
        tokio::spawn(async move { stage.order(&stage.buyer(), &round, 1).await })
    });
    let answers: Vec<_> = join_all(orders).await.into_iter().map(Result::unwrap).collect();
    let placed: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    assert_eq!(placed.len(), 5, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(PromiseError::SoldOut))), "{answers:?}");
    stage.promises.cancel_preorder(&stage.ana, placed[0].id).await.unwrap();
    assert_eq!(stage.promises.round(stage.coop.id, round.id).await.unwrap().taken, 4);
    stage.order(&stage.buyer(), &round, 1).await.unwrap();
}

#[tokio::test]
async fn b10_late_ones_are_listed_and_another_coop_sees_none() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let round = stage.round_of(mug, 10).await;
    let ben = stage.buyer();
    let waits = stage.paid(&ben, &round, 1).await;
    let gone = stage.paid(&stage.buyer(), &round, 1).await;
    stage.promises.cancel_preorder(&stage.ana, gone.id).await.unwrap();
    let late = |day: NaiveDate| PreorderFilter { late_on: Some(day), ..PreorderFilter::default() };
    let listed = |found: Vec<Preorder>| found.into_iter().map(|order| order.id).collect::<Vec<_>>();
    let on_time = stage.promises.preorders_page(stage.coop.id, &late(ship_by()), 10, None).await.unwrap();
    let too_late = stage.promises.preorders_page(stage.coop.id, &late(ship_by() + Days::new(1)), 10, None).await.unwrap();
    assert_eq!((listed(on_time), listed(too_late)), (vec![], vec![waits.id]));

    let neighbour = stage.neighbour().await;
    assert!(stage.promises.preorders_page(neighbour.coop, &PreorderFilter::default(), 10, None).await.unwrap().is_empty());
    assert_eq!(code(stage.promises.preorder(&neighbour, waits.id).await), Code::NotFound);
    assert_eq!(code(stage.promises.preorder(&stage.buyer().0, waits.id).await), Code::NotFound, "somebody else's order");
    assert_eq!(stage.promises.preorder(&ben.0, waits.id).await.unwrap().quantity, 1);
    assert_eq!(code(stage.promises.cancel_preorder(&neighbour, waits.id).await), Code::NotFound);
}

#[tokio::test]
async fn b13_the_balance_sells_what_is_held_and_who_does_not_pay_it_forfeits_and_frees_it() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let round = stage.round_of(mug, 10).await;
    let (comes, stays_away, waits) = (
        stage.paid(&stage.buyer(), &round, 1).await,
        stage.paid(&stage.buyer(), &round, 1).await,
        stage.paid(&stage.buyer(), &round, 1).await,
    );
    stage.lot(mug, 0, 2, stage.studio).await;
    assert_eq!(stage.serve().await.preorders, 2);
    let balance = stage.deposit(&comes).await.id;
    for _ in 0..2 {
        assert_eq!(stage.promises.record_payment(&stage.ana, balance, Part::Balance).await.unwrap().state, DepositState::Settled);
    }
    assert_eq!((stage.state(&comes).await, stage.number("select sum(on_hand) from stock").await), (PreorderState::Sold, 1));
    assert_eq!(code(stage.promises.cancel_preorder(&stage.ana, comes.id).await), Code::NotNow);

    stage.pass(TimeDelta::hours(48)).await;
    assert_eq!(stage.state(&stays_away).await, PreorderState::Lapsed);
    let served = stage.serve().await;
    assert_eq!((served.forfeited, served.preorders), (1, 1), "and the next in the line has it");
    let lost = stage.deposit(&stays_away).await;
    assert_eq!((lost.state, lost.kept, lost.back), (DepositState::Forfeited, 1_250, 1_250));
    assert_eq!(stage.state(&waits).await, PreorderState::Ready);
    assert_eq!(code(stage.promises.record_payment(&stage.ana, lost.id, Part::Balance).await), Code::NotNow);
}

#[tokio::test]
async fn b13_who_gives_up_while_waiting_has_all_of_it_back() {
    let stage = Stage::open().await;
    let mug = stage.variant("mug", None).await;
    let round = stage.round_of(mug, 1).await;
    let ben = stage.buyer();
    let order = stage.paid(&ben, &round, 1).await;
    assert!(matches!(stage.order(&stage.buyer(), &round, 1).await, Err(PromiseError::SoldOut)));
    for _ in 0..2 {
        assert_eq!(stage.promises.cancel_preorder(&ben.0, order.id).await.unwrap().state, PreorderState::Cancelled);
    }
    let back = stage.deposit(&order).await;
    assert_eq!((back.state, back.kept, back.back), (DepositState::Returned, 0, 2_500));
    stage.order(&stage.buyer(), &round, 1).await.unwrap();
}
