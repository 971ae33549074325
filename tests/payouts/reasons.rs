//! G5: who is paid how much, and a reason for everyone who is not.

use ::payouts::{Payout, PayoutStatus};
use chrono::TimeDelta;
use kernel::SaleId;
use uuid::Uuid;

use super::stage::{Stage, cutoff};
use crate::world::november;

#[tokio::test]
async fn g5_every_party_not_paid_has_a_reason() {
    let stage = Stage::new(&[6_200, 0, -450, 3_000, 2_000, 1_000, 900], 0).await;
    let owner = stage.db.owner().await;
    for change in [
        "update party set minimum_payout = 5000 where handle = 'maker-3'",
        "update party set held_reason = 'the stall fee is in dispute' where handle = 'maker-4'",
        "update party set payouts_enabled = false, payouts_reason = 'an identity document is due' where handle = 'maker-5'",
        "update party set stripe_account = null where handle = 'maker-6'",
    ] {
        sqlx::query(change).execute(&owner).await.unwrap();
    }
    let drafted = stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    let reasons: Vec<&str> = drafted.payouts.iter().skip(1).filter_map(|payout| payout.reason.as_deref()).collect();
    assert_eq!(
        reasons,
        [
            "nothing is owed",
            "owes the co-op 4.50 EUR; later sales are kept until it is covered",
            "30.00 EUR is due, less than the minimum payout of 50.00 EUR; it is paid when more has come together",
            "held by the co-op: the stall fee is in dispute",
            "Stripe does not pay out to its account: an identity document is due",
            "has no payout account; it is paid after connecting one with Stripe",
        ]
    );
    assert_eq!(drafted.total(PayoutStatus::Planned), (1, 6_200));
    assert_eq!(drafted.payouts.len(), stage.makers.len());
}

#[tokio::test]
async fn g5_only_what_is_due_and_available_is_paid() {
    let stage = Stage::new(&[1_000, 1_000, 1_000, 1_000, 1_000], 0).await;
    let (now, later) = (stage.clock.now(), stage.clock.now() + TimeDelta::days(4));
    let sale = || Some(SaleId(Uuid::now_v7()));
    // Earned after the cutoff, and refunded in part after it as well.
    let late = sale();
    stage.owe(0, 500, (cutoff(), now), late).await;
    stage.owe(0, -200, (now, now), late).await;
    // Not available yet.
    stage.owe(1, 500, (november(29), later), sale()).await;
    // An old sale refunded after the cutoff lowers what is paid.
    stage.owe(2, -300, (now, now), sale()).await;
    // Not available and refunded whole: blocks nothing.
    let refunded = sale();
    stage.owe(3, 700, (november(29), later), refunded).await;
    stage.owe(3, -700, (now, now), refunded).await;
    // Refunded before the cutoff, put right after it: that credit is late whatever was taken before.
    let restored = sale();
    stage.owe(4, -600, (november(20), november(20)), restored).await;
    stage.owe(4, 600, (now, now), restored).await;

    let drafted = stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    let planned: Vec<(i64, i64, bool)> = drafted.payouts.iter().map(|payout| (payout.owed, payout.amount, payout.rest.is_some())).collect();
    assert_eq!(planned, [(1_300, 1_000, true), (1_500, 1_000, true), (700, 700, false), (1_000, 1_000, false), (1_000, 400, true)]);
    let why = |payout: &Payout| payout.rest.clone().unwrap();
    assert_eq!(why(&drafted.payouts[0]), "of 13.00 EUR owed, 3.00 EUR was earned after the cutoff of 1 December 2026");
    assert_eq!(why(&drafted.payouts[1]), "of 15.00 EUR owed, 5.00 EUR is not available before 5 December 2026");
}

#[tokio::test]
async fn g5_money_that_came_back_is_paid_by_the_next_run() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.payouts.cancel(stage.coop.id, stage.run, "wrong month").await.unwrap();
    let next = ::payouts::Draft { run: ::payouts::RunId(Uuid::now_v7()), ..stage.draft() };
    let drafted = stage.payouts.draft(stage.coop.id, next).await.unwrap();
    assert_eq!(drafted.total(PayoutStatus::Planned), (1, 6_200), "though it came back after the cutoff");
}
