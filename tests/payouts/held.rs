//! G11: held during review without losing the reservation; cancelled with the money back.

use ::payouts::{PayoutStatus, PayoutsError, RunStatus};

use super::stage::Stage;

#[tokio::test]
async fn g11_a_held_run_keeps_its_reservation_and_sends_nothing() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    let held = stage.payouts.hold(stage.coop.id, stage.run, "bank details under review").await.unwrap();
    assert_eq!((held.status, held.held_reason.as_deref()), (RunStatus::Held, Some("bank details under review")));
    assert_eq!(stage.send().await, ::payouts::Progress::default());
    assert_eq!(stage.live_transfers().await.len(), 0);
    assert_eq!(stage.books(0).await, (0, 6_200, -6_200), "still reserved");
    assert!(stage.payouts.due(&[stage.coop.id]).await.unwrap().is_empty());

    assert_eq!(stage.payouts.release(stage.coop.id, stage.run).await.unwrap().status, RunStatus::Approved);
    assert_eq!(stage.send().await.confirmed, 1);
}

#[tokio::test]
async fn g11_a_held_draft_is_not_approved_before_it_is_released() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    assert!(matches!(stage.payouts.hold(stage.coop.id, stage.run, "  ").await, Err(PayoutsError::NoReason)));
    stage.payouts.hold(stage.coop.id, stage.run, "one sale looks odd").await.unwrap();
    assert!(matches!(stage.payouts.approve(stage.coop.id, stage.run, stage.ben).await, Err(PayoutsError::NotNow { .. })));
    assert_eq!(stage.payouts.release(stage.coop.id, stage.run).await.unwrap().status, RunStatus::Draft);
    assert_eq!(stage.payouts.approve(stage.coop.id, stage.run, stage.ben).await.unwrap().run.status, RunStatus::Approved);
}

#[tokio::test]
async fn g11_a_cancelled_run_gives_back_what_it_reserved() {
    let stage = Stage::new(&[6_200, 0], 10_000).await;
    stage.approved().await;
    for _ in 0..2 {
        let cancelled = stage.payouts.cancel(stage.coop.id, stage.run, "wrong month").await.unwrap();
        assert_eq!(cancelled.status, RunStatus::Cancelled);
    }
    assert_eq!(stage.books(0).await, (6_200, 0, -6_200));
    let payout = stage.expect(0, PayoutStatus::Cancelled).await;
    assert_eq!(payout.reason.as_deref(), Some("the run was cancelled: wrong month"));
    assert_eq!(stage.send().await.confirmed, 0);
    assert!(matches!(stage.payouts.release(stage.coop.id, stage.run).await, Err(PayoutsError::NotNow { .. })));
}

#[tokio::test]
async fn g11_a_run_that_was_sent_cannot_be_cancelled() {
    let stage = Stage::new(&[6_200, 50_000], 10_000).await;
    stage.approved().await;
    let sent = stage.send().await;
    assert_eq!((sent.confirmed, sent.waiting), (1, 1));
    let refused = stage.payouts.cancel(stage.coop.id, stage.run, "too late").await.unwrap_err();
    assert!(matches!(refused, PayoutsError::SentAlready { sent: 1, .. }), "{refused}");
}
