//! G7: what failed or came back is owed again, with the reason.

use ::payouts::{BankFact, BankPayoutStatus, PayoutId, PayoutStatus, Recorded, TransferFact, record_bank_payouts, record_transfers};
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::stage::Stage;
use crate::world::in_coop;

impl Stage {
    async fn record(&self, facts: &[TransferFact]) -> Recorded {
        in_coop(&self.db, self.coop.id, async |tx| record_transfers(tx, &self.accounts, facts).await.unwrap()).await
    }

    /// The transfer of a maker's payout as Stripe shows it, with so much of it taken back.
    async fn fact(&self, maker: usize, amount_reversed: i64) -> TransferFact {
        let payout = self.payout(maker).await;
        TransferFact {
            coop: self.coop.id,
            payout: payout.id,
            transfer: payout.transfer.unwrap_or_else(|| format!("tr_{maker}")),
            amount: payout.amount,
            amount_reversed,
            currency: "eur".to_owned(),
            destination: payout.destination,
            made_at: self.clock.now(),
            seen_at: self.clock.now(),
        }
    }
}

#[tokio::test]
async fn g7_a_failed_payout_puts_the_money_back_and_says_why() {
    let stage = Stage::new(&[6_200, 3_000], 20_000).await;
    stage.approved().await;
    let path = format!("/_sim/accounts/{}/disable_payouts", stage.stripe_accounts[0]);
    stage.sim("POST", &path, json!({})).await;
    let sent = stage.send().await;
    assert_eq!((sent.failed, sent.confirmed, sent.finished), (1, 1, true));
    let failed = stage.expect(0, PayoutStatus::Failed).await;
    let reason = failed.reason.unwrap();
    assert!(reason.starts_with("Stripe refused the transfer: Your destination account needs"), "{reason}");
    assert_eq!(stage.books(0).await, (6_200, 0, -6_200), "owed again, and nothing on its way");
    let reversal = "select count(*) from posting back join posting reserved on reserved.posting_id = back.reverses
        where back.kind = 'payout_failed' and reserved.kind = 'payout' and reserved.source_id = back.source_id";
    let reversals: i64 = sqlx::query_scalar(reversal).fetch_one(&stage.db.owner().await).await.unwrap();
    assert_eq!(reversals, 1);
}

#[tokio::test]
async fn g7_what_is_taken_back_is_owed_again_in_any_order_and_number() {
    for order in [[0, 2_000, 6_200], [6_200, 2_000, 0], [2_000, 0, 6_200]] {
        let stage = Stage::new(&[6_200], 10_000).await;
        stage.approved().await;
        stage.send().await;
        for reversed in order {
            let fact = stage.fact(0, reversed).await;
            stage.record(&[fact.clone(), fact]).await;
        }
        let failed = stage.expect(0, PayoutStatus::Failed).await;
        assert_eq!((failed.returned, stage.books(0).await), (6_200, (6_200, 0, -6_200)), "{order:?}");
        assert!(failed.reason.unwrap().contains("was taken back at Stripe; the 62.00 EUR are owed again"));
    }
}

#[tokio::test]
async fn g7_a_part_that_came_back_leaves_the_payout_confirmed() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.send().await;
    let facts = [stage.fact(0, 2_000).await, stage.fact(0, 500).await];
    assert_eq!(stage.record(&facts).await.changed, 1);
    assert_eq!(stage.record(&facts).await.changed, 0, "twice is once");
    let payout = stage.expect(0, PayoutStatus::Confirmed).await;
    assert!(payout.reason.unwrap().starts_with("20.00 EUR of transfer tr_"));
    assert_eq!(stage.books(0).await, (2_000, 0, -2_000));
}

#[tokio::test]
async fn g7_an_event_may_confirm_before_the_sender_knows() {
    let stage = Stage::new(&[6_200, 3_000], 20_000).await;
    stage.approved().await;
    stage.fault("timeout_after_success", 2).await;
    stage.send().await;
    let transfers = stage.live_transfers().await;
    let mut facts = Vec::new();
    for maker in 0..2 {
        let group = stage.payout(maker).await.id.group();
        let made = transfers.iter().find(|transfer| transfer["transfer_group"] == group.as_str()).unwrap();
        facts.push(TransferFact { transfer: made["id"].as_str().unwrap().to_owned(), ..stage.fact(maker, 0).await });
    }
    assert_eq!(stage.record(&facts).await, Recorded { changed: 2, unmatched: vec![] });
    stage.pass(TimeDelta::hours(1)).await;
    let sent = stage.send().await;
    assert_eq!((sent.confirmed, sent.finished), (0, true));
    assert_eq!(stage.books(0).await, (0, 0, 0));
}

#[tokio::test]
async fn g7_facts_that_fit_no_payout_change_nothing_and_say_so() {
    let stage = Stage::new(&[6_200, 3_000, 1_000], 10_000).await;
    stage.approved().await;
    let right = stage.fact(0, 0).await;
    let facts = [
        TransferFact { payout: PayoutId(Uuid::nil()), ..right.clone() },
        TransferFact { amount: 6_199, ..right.clone() },
        TransferFact { destination: Some("acct_of_nobody".to_owned()), ..right.clone() },
        right.clone(),
        TransferFact { transfer: "tr_second".to_owned(), ..right },
    ];
    let recorded = stage.record(&facts).await;
    assert_eq!(recorded.changed, 1);
    let why: Vec<(usize, bool)> = recorded.unmatched.iter().map(|fact| (fact.index, fact.reason.contains("names payout"))).collect();
    assert_eq!(why, [(0, true), (1, true), (2, true), (4, true)]);
    assert!(recorded.unmatched[3].reason.contains("was paid by tr_0 already"));
}

#[tokio::test]
async fn g7_a_transfer_that_appears_after_a_refusal_is_booked_as_paid() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    stage.sim("POST", &format!("/_sim/accounts/{}/disable_payouts", stage.stripe_accounts[0]), json!({})).await;
    stage.send().await;
    stage.expect(0, PayoutStatus::Failed).await;
    let fact = stage.fact(0, 0).await;
    stage.record(std::slice::from_ref(&fact)).await;
    stage.record(&[fact]).await;
    stage.expect(0, PayoutStatus::Confirmed).await;
    assert_eq!(stage.books(0).await, (0, 0, 0), "the books follow the money");
}

#[tokio::test]
async fn g7_a_payout_that_the_members_bank_sends_back_says_where_the_money_is() {
    let stage = Stage::new(&[6_200], 10_000).await;
    stage.approved().await;
    let fact = |status, reason: Option<&str>| BankFact {
        coop: stage.coop.id,
        bank_payout: "po_1".to_owned(),
        account: stage.stripe_accounts[0].clone(),
        amount: 6_200,
        currency: "eur".to_owned(),
        status,
        reason: reason.map(str::to_owned),
        created_at: stage.clock.now() + TimeDelta::days(2),
    };
    let record = async |facts: &[BankFact]| {
        in_coop(&stage.db, stage.coop.id, async |tx| record_bank_payouts(tx, facts).await.unwrap()).await;
    };
    // A failure follows the arrival; here its news comes first, before even the transfer is known.
    record(&[fact(BankPayoutStatus::Failed, Some("The account is closed.")), fact(BankPayoutStatus::Paid, None)]).await;
    record(&[fact(BankPayoutStatus::Paid, None)]).await;
    assert_eq!(stage.payout(0).await.bank, None);
    stage.send().await;
    let note = stage.payout(0).await.bank.unwrap();
    assert_eq!((note.bank_payout.as_str(), note.status), ("po_1", BankPayoutStatus::Failed));
    assert!(
        note.note.starts_with("the bank sent it back: The account is closed. The money lies in the party's own Stripe account"),
        "{}",
        note.note
    );

    record(&[BankFact {
        bank_payout: "po_2".to_owned(),
        created_at: stage.clock.now() + TimeDelta::days(9),
        ..fact(BankPayoutStatus::Paid, None)
    }])
    .await;
    assert_eq!(stage.payout(0).await.bank.unwrap().note, "arrived at the bank");
    assert_eq!(stage.books(0).await, (0, 0, 0), "none of it is ours any more");
}
