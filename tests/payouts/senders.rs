//! G13: several senders, and senders that die.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ::ledger::Accounts;
use ::payouts::{PayoutStatus, Payouts, SendLimits};
use chrono::TimeDelta;
use serde_json::Value;
use stripe_gateway::{IdempotencyKey, TransferAsk};

use super::stage::{Stage, gateway};

impl Stage {
    /// Another process that sends.
    fn other(&self) -> Payouts {
        Payouts::new(self.db.pools.orm.clone(), Accounts::default(), Some(gateway(&self.sim)), self.clock.clone())
    }

    /// A sender claims everything and dies.
    async fn claimed_by_the_dead(&self) {
        let died = "update payout set status = 'sent', attempt = 1, keyed_at = $1, lease = gen_random_uuid(), leased_until = $2
            where status = 'reserved'";
        let now = self.clock.now();
        let until = now + TimeDelta::minutes(5);
        sqlx::query(died).bind(now).bind(until).execute(&self.db.owner().await).await.unwrap();
    }

    /// The command that a sender of a maker's payout gives to Stripe.
    async fn command(&self, maker: usize) -> (TransferAsk, IdempotencyKey) {
        let payout = self.payout(maker).await;
        let marks = [("guildhall_coop", self.coop.id.to_string()), ("guildhall_payout", payout.id.to_string())];
        let ask = TransferAsk {
            amount: payout.amount,
            currency: "eur".to_owned(),
            destination: payout.destination.unwrap(),
            source_transaction: None,
            transfer_group: Some(payout.id.group()),
            metadata: marks.map(|(key, value)| (key.to_owned(), value)).into(),
            description: Some(format!("Payout {}", payout.id)),
        };
        (ask, IdempotencyKey::try_new(format!("payout:{}:1", payout.id)).unwrap())
    }

    /// How often Stripe was told to make a transfer.
    async fn transfer_requests(&self) -> u64 {
        let counters = self.sim("GET", "/_sim/counters", Value::Null).await;
        let requests = counters["requests"].as_object().unwrap().iter();
        requests.filter(|(route, _)| route.starts_with("POST /v1/transfers ")).filter_map(|(_, count)| count.as_u64()).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g13_two_senders_at_once_call_stripe_once_for_each_payout() {
    let owed: Vec<i64> = (1..=30).map(|number| number * 100).collect();
    let stage = Stage::new(&owed, 100_000).await;
    stage.approved().await;
    let (one, two) = (stage.other(), stage.other());
    let (one, two) = tokio::join!(one.send(stage.coop.id, stage.run), two.send(stage.coop.id, stage.run));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.confirmed + two.confirmed, 30);
    assert!(one.finished || two.finished);
    assert_eq!(stage.transfer_requests().await, 30);
    assert_eq!(stage.live_transfers().await.len(), 30);
    assert_eq!(stage.send().await.confirmed, 0, "and sending again sends nothing");
    assert_eq!(stage.transfer_requests().await, 30);
}

#[tokio::test]
async fn g13_a_payout_of_a_dead_sender_waits_for_the_end_of_its_lease() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.claimed_by_the_dead().await;
    assert_eq!(stage.send().await, ::payouts::Progress::default(), "its sender may still be alive");
    stage.pass(TimeDelta::minutes(5)).await;
    assert_eq!(stage.send().await.confirmed, 1);
    assert_eq!((stage.payout(0).await.attempt, stage.live_transfers().await.len()), (1, 1));
}

#[tokio::test]
async fn g13_a_sender_that_died_after_stripe_had_done_it_is_not_repeated() {
    let stage = Stage::new(&[6_200, 3_000], 20_000).await;
    stage.approved().await;
    let (ask, key) = stage.command(0).await;
    stage.claimed_by_the_dead().await;
    stage.gateway.create_transfer(&ask, &key).await.unwrap();
    stage.pass(TimeDelta::minutes(5)).await;
    assert_eq!(stage.send().await.confirmed, 2);
    assert_eq!(stage.live_transfers().await.len(), 2);
    assert_eq!(stage.books(0).await, (0, 0, 0));
}

#[tokio::test]
async fn g13_a_sender_that_wakes_up_late_repeats_the_key_of_its_successor() {
    let stage = Stage::new(&[6_200], 20_000).await;
    stage.approved().await;
    let (ask, key) = stage.command(0).await;
    stage.claimed_by_the_dead().await;
    stage.pass(TimeDelta::minutes(5)).await;
    assert_eq!(stage.send().await.confirmed, 1);
    let repeated = stage.gateway.create_transfer(&ask, &key).await.unwrap();
    assert_eq!(Some(repeated.id), stage.expect(0, PayoutStatus::Confirmed).await.transfer);
    assert_eq!(stage.live_transfers().await.len(), 1);
}

#[tokio::test]
async fn k12_a_sender_that_is_told_to_stop_finishes_what_it_began_and_begins_nothing_more() {
    let owed: Vec<i64> = (1..=60).map(|number| number * 100).collect();
    let stage = Stage::new(&owed, 200_000).await;
    stage.approved().await;
    let asked = AtomicU32::new(0);
    let told_after_the_first_look = || asked.fetch_add(1, Ordering::Relaxed) > 0;
    let progress = stage.payouts.send_until(stage.coop.id, stage.run, told_after_the_first_look).await.unwrap();
    assert!(!progress.finished && (1..60).contains(&progress.confirmed), "{progress:?}");
    assert_eq!(stage.transfer_requests().await, progress.confirmed as u64, "nothing is left in between");
    assert_eq!(stage.live_transfers().await.len(), progress.confirmed);
    let rest = stage.send().await;
    assert_eq!((rest.confirmed, rest.finished), (60 - progress.confirmed, true));
    assert_eq!(stage.live_transfers().await.len(), 60);
}

#[tokio::test]
async fn g13_who_waits_longest_is_paid_first() {
    let stage = Stage::new(&[6_200, 3_000, 4_100], 20_000).await;
    stage.approved().await;
    for (maker, minutes) in [(0, 1), (1, 30), (2, 5)] {
        let due = stage.clock.now() - TimeDelta::minutes(minutes);
        let wait = sqlx::query("update payout set next_try_at = $1 where party_id = $2").bind(due).bind(stage.makers[maker].0);
        wait.execute(&stage.db.owner().await).await.unwrap();
    }
    let one_by_one = stage.other().with_limits(SendLimits { in_flight: 1, ..SendLimits::default() });
    for (paid, maker) in [1, 2, 0].into_iter().enumerate() {
        let one_is_under_way = AtomicBool::new(false);
        one_by_one.send_until(stage.coop.id, stage.run, || one_is_under_way.swap(true, Ordering::Relaxed)).await.unwrap();
        stage.expect(maker, PayoutStatus::Confirmed).await;
        assert_eq!(stage.live_transfers().await.len(), paid + 1);
    }
}
