//! G4: draft, review, a second person approves, send, results.

use ::payouts::{Draft, PayoutStatus, PayoutsError, RunId, RunStatus};
use chrono::TimeDelta;
use kernel::{Code, PersonId};
use uuid::Uuid;

use super::stage::Stage;
use crate::world::november;

#[tokio::test]
async fn g4_a_run_is_drafted_approved_sent_and_tells_its_results() {
    let stage = Stage::new(&[6_200, 3_050], 10_000).await;
    let drafted = stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    assert_eq!(drafted.run.status, RunStatus::Draft);
    assert_eq!(drafted.total(PayoutStatus::Planned), (2, 9_250));
    assert_eq!(stage.books(0).await, (6_200, 0, -9_250), "a draft moves nothing");

    let approved = stage.payouts.approve(stage.coop.id, stage.run, stage.ben).await.unwrap();
    assert_eq!(approved.total(PayoutStatus::Reserved), (2, 9_250));
    assert_eq!(stage.books(0).await, (0, 9_250, -9_250), "the money is reserved");
    assert_eq!(stage.payouts.due(&[stage.coop.id]).await.unwrap(), [(stage.coop.id, stage.run)]);

    let sent = stage.send().await;
    assert_eq!((sent.confirmed, sent.finished), (2, true));
    assert_eq!(stage.books(0).await, (0, 0, 0), "and has left");
    let results = stage.results().await;
    assert_eq!((results.run.status, results.total(PayoutStatus::Confirmed)), (RunStatus::Finished, (2, 9_250)));
    let transfers = stage.live_transfers().await;
    let mut paid: Vec<_> =
        transfers.iter().map(|transfer| (transfer["destination"].as_str().unwrap(), transfer["amount"].as_i64().unwrap())).collect();
    paid.sort_unstable_by_key(|(_, amount)| -amount);
    assert_eq!(paid, [(stage.stripe_accounts[0].as_str(), 6_200), (stage.stripe_accounts[1].as_str(), 3_050)]);
    let steps = stage.payouts.steps(stage.coop.id, results.payouts[0].id).await.unwrap();
    let went: Vec<PayoutStatus> = steps.into_iter().map(|step| step.status).collect();
    assert_eq!(went, [PayoutStatus::Planned, PayoutStatus::Reserved, PayoutStatus::Sent, PayoutStatus::Confirmed]);
    assert!(stage.payouts.due(&[stage.coop.id]).await.unwrap().is_empty());
}

#[tokio::test]
async fn g4_the_author_cannot_approve_by_any_door() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    let refused = stage.payouts.approve(stage.coop.id, stage.run, stage.ana).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, Code::Forbidden);
    let owner = stage.db.owner().await;
    let by_hand =
        sqlx::query("update payout_run set status = 'approved', approved_by = drafted_by, approved_at = now()").execute(&owner).await;
    assert_eq!(by_hand.unwrap_err().as_database_error().unwrap().code().unwrap(), "23514", "the database refuses as well");
    assert_eq!(stage.books(0).await.0, 6_200);
}

#[tokio::test]
async fn g4_drafting_and_approving_twice_is_once() {
    let stage = Stage::new(&[6_200], 10_000).await;
    let first = stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    assert_eq!(stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap(), first);
    let other = Draft { cutoff: november(1), ..stage.draft() };
    assert!(matches!(stage.payouts.draft(stage.coop.id, other).await, Err(PayoutsError::OtherDraft(_))));
    let second = Draft { run: RunId(Uuid::now_v7()), ..stage.draft() };
    let waiting = stage.payouts.draft(stage.coop.id, second).await.unwrap_err();
    assert!(matches!(waiting, PayoutsError::Waiting(_)), "two drafts would promise the same money: {waiting}");

    let approved = stage.payouts.approve(stage.coop.id, stage.run, stage.ben).await.unwrap();
    assert_eq!(stage.payouts.approve(stage.coop.id, stage.run, stage.ben).await.unwrap(), approved);
    let stranger = PersonId(Uuid::now_v7());
    assert!(matches!(stage.payouts.approve(stage.coop.id, stage.run, stranger).await, Err(PayoutsError::ApprovedBefore(_))));
    assert_eq!(stage.books(0).await, (0, 6_200, -6_200));

    let second = stage.payouts.draft(stage.coop.id, second).await.unwrap();
    let reason = second.payouts[0].reason.as_deref();
    assert_eq!(reason, Some("nothing is owed; 62.00 EUR of an earlier run is on its way"), "what is reserved is not promised again");
}

#[tokio::test]
async fn g4_approval_pays_no_more_than_is_owed_by_then() {
    let stage = Stage::new(&[6_200, 5_000, 4_000, 3_000], 20_000).await;
    stage.payouts.draft(stage.coop.id, stage.draft()).await.unwrap();
    let now = stage.clock.now();
    stage.owe(0, -1_200, (now, now), None).await;
    stage.owe(1, -5_000, (now, now), None).await;
    stage.owe(2, 700, (november(20), november(25)), None).await;
    stage.clock.advance(TimeDelta::minutes(5));
    let change = "update party set stripe_account = 'acct_somebody_else' where handle = 'maker-3'";
    sqlx::query(change).execute(&stage.db.owner().await).await.unwrap();

    let approved = stage.payouts.approve(stage.coop.id, stage.run, stage.ben).await.unwrap();
    assert_eq!(approved.total(PayoutStatus::Reserved), (2, 9_000));
    let less = stage.payout(0).await;
    assert_eq!((less.amount, less.rest.as_deref()), (5_000, Some("50.00 EUR instead of the 62.00 EUR of the draft: less is due by now")));
    let gone = stage.payout(1).await;
    assert_eq!((gone.status, gone.reason.as_deref()), (PayoutStatus::Skipped, Some("since the draft: nothing is owed")));
    assert_eq!(stage.payout(2).await.amount, 4_000, "no more than was reviewed");
    let moved = stage.payout(3).await;
    assert!(moved.status == PayoutStatus::Skipped && moved.reason.unwrap().contains("payout account was changed"));
}

#[tokio::test]
async fn g4_another_co_op_sees_no_run() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    let (other, _) = crate::world::coop_with_makers(&stage.db, "inland", 1).await;
    assert!(stage.payouts.list(other.id).await.unwrap().is_empty());
    for refused in [
        stage.payouts.get(other.id, stage.run).await.unwrap_err(),
        stage.payouts.approve(other.id, stage.run, stage.ben).await.unwrap_err(),
        stage.payouts.hold(other.id, stage.run, "why not").await.unwrap_err(),
        stage.payouts.send(other.id, stage.run).await.unwrap_err(),
    ] {
        assert_eq!(refused.refusal().unwrap().code, Code::NotFound);
    }
    assert_eq!(stage.payouts.list(stage.coop.id).await.unwrap().len(), 1);
}
