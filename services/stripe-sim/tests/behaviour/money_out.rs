//! Accounts, transfers, reversals and payouts.

use serde_json::{Value, json};

use crate::support::{Desk, text};

#[tokio::test]
async fn an_account_is_paid_only_after_its_link_was_followed() {
    let desk = Desk::open().await;
    let account = desk.post("/v1/accounts", "type=express&country=DE&metadata[party]=4").await.ok();
    let id = text(&account, "id");
    assert_eq!(
        (&account["payouts_enabled"], &account["requirements"]["disabled_reason"]),
        (&json!(false), &json!("requirements.past_due"))
    );
    desk.pay(10_000, "pm_card_bypassPending").await;
    let form = format!("amount=100&currency=eur&destination={id}");
    assert_eq!(desk.post("/v1/transfers", &form).await.error().1, "insufficient_capabilities_for_transfer");

    let link = format!("account={id}&type=account_onboarding&return_url=http://localhost/back&refresh_url=http://localhost/again");
    let link = desk.post("/v1/account_links", &link).await.ok();
    let path = text(&link, "url").strip_prefix(&desk.sim.url()).unwrap().to_owned();
    let back = desk.get(&path).await;
    assert_eq!((back.status, back.headers["location"].to_str().unwrap()), (303, "http://localhost/back"));
    assert_eq!(desk.get(&format!("/v1/accounts/{id}")).await.ok()["payouts_enabled"], true);
    desk.post("/v1/transfers", &form).await.ok();

    desk.control(&format!("/accounts/{id}/disable_payouts"), json!({"currently_due": ["individual.id_number"]})).await.ok();
    let account = desk.get(&format!("/v1/accounts/{id}")).await.ok();
    assert_eq!((&account["payouts_enabled"], &account["requirements"]["currently_due"]), (&json!(false), &json!(["individual.id_number"])));
}

#[tokio::test]
async fn a_transfer_needs_a_balance_or_a_source() {
    let desk = Desk::open().await;
    let account = desk.account().await;
    let charge = desk.charge(1000, "pm_card_visa").await;
    let form = |amount: i64, more: &str| format!("amount={amount}&currency=eur&destination={account}{more}");
    let source = format!("&source_transaction={}", text(&charge, "id"));

    assert_eq!(desk.post("/v1/transfers", &form(500, "")).await.error().1, "balance_insufficient");
    let transfer = desk.post("/v1/transfers", &form(900, &format!("{source}&metadata[run]=3"))).await.ok();
    assert_eq!(text(&transfer, "transfer_group"), format!("group_{}", text(&charge, "id")));
    assert_eq!(desk.post("/v1/transfers", &form(101, &source)).await.error(), (400, "", "amount"));
    assert_eq!(
        desk.post("/v1/transfers", &form(5, &source.replace("ch_", "ch_x"))).await.error(),
        (400, "resource_missing", "source_transaction")
    );
    assert_eq!(
        desk.post("/v1/transfers", "amount=5&currency=eur&destination=acct_none").await.error(),
        (400, "resource_missing", "destination")
    );

    let connected = [("Stripe-Account", account.as_str())];
    assert_eq!((desk.balance(&[]).await, desk.balance(&connected).await), ((0, 60), (0, 900)));
    let payment = desk.get_as(&format!("/v1/charges/{}", text(&transfer, "destination_payment")), &connected).await.ok();
    assert_eq!(payment["source_transfer"], transfer["id"]);
    desk.control("/clock", json!({"advance_secs": 2 * 86_400})).await.ok();
    assert_eq!((desk.balance(&[]).await, desk.balance(&connected).await), ((60, 0), (900, 0)));
    desk.post("/v1/transfers", &form(60, "&transfer_group=run-9")).await.ok();
    let listed = desk.get("/v1/transfers?transfer_group=run-9").await.ok();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(desk.get("/_sim/transfers").await.ok()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_reversal_reaches_as_far_as_the_accounts_balance() {
    let desk = Desk::open().await;
    let account = desk.account().await;
    let connected = [("Stripe-Account", account.as_str())];
    desk.pay(10_000, "pm_card_bypassPending").await;
    let transfer = desk.post("/v1/transfers", &format!("amount=1000&currency=eur&destination={account}")).await.ok();
    let path = format!("/v1/transfers/{}", text(&transfer, "id"));
    let reversals = format!("{path}/reversals");
    desk.post(&reversals, "amount=300&metadata[why]=refund").await.ok();
    assert_eq!(desk.post(&reversals, "amount=701").await.error(), (400, "", "amount"));
    desk.post_with("/v1/payouts", &connected, "amount=600&currency=eur").await.ok();
    assert_eq!(desk.post(&reversals, "amount=101").await.error().1, "balance_insufficient");
    desk.post(&reversals, "amount=100").await.ok();

    let transfer = desk.get(&path).await.ok();
    assert_eq!((&transfer["amount_reversed"], &transfer["reversed"]), (&json!(400), &json!(false)));
    assert_eq!(transfer["reversals"]["data"].as_array().unwrap().len(), 2);
    assert_eq!(desk.get(&reversals).await.ok()["data"][1]["metadata"], json!({"why": "refund"}));
    assert_eq!(desk.balance(&connected).await, (0, 0));
    let types = desk.event_types().await;
    assert_eq!(types.iter().filter(|kind| *kind == "transfer.reversed").count(), 2);
}

#[tokio::test]
async fn a_payout_arrives_with_the_clock_and_can_fail_even_then() {
    let desk = Desk::open().await;
    let account = desk.account().await;
    let connected = [("Stripe-Account", account.as_str())];
    desk.pay(10_000, "pm_card_bypassPending").await;
    desk.post("/v1/transfers", &format!("amount=1000&currency=eur&destination={account}")).await.ok();
    assert_eq!(desk.post_with("/v1/payouts", &connected, "amount=1001&currency=eur").await.error().1, "balance_insufficient");

    let payout = desk.control(&format!("/accounts/{account}/pay_out"), Value::Null).await.ok();
    let id = text(&payout, "id");
    assert_eq!((&payout["amount"], &payout["automatic"]), (&json!(1000), &json!(true)));
    let inside = desk.get_as(&format!("/v1/balance_transactions?payout={id}"), &connected).await.ok();
    let kinds: Vec<_> = inside["data"].as_array().unwrap().iter().map(|row| text(row, "type")).collect();
    assert_eq!(kinds, ["payout", "payment"]);
    desk.control("/clock", json!({"advance_secs": 86_400})).await.ok();
    assert_eq!(text(&desk.get_as(&format!("/v1/payouts/{id}"), &connected).await.ok(), "status"), "paid");
    desk.control(&format!("/payouts/{id}/fail"), json!({"code": "no_account"})).await.ok();
    let failed = desk.get_as(&format!("/v1/payouts/{id}"), &connected).await.ok();
    assert_eq!((text(&failed, "status"), text(&failed, "failure_code")), ("failed", "no_account"));
    assert_eq!(desk.balance(&connected).await, (1000, 0));
    let events = desk.get_as("/v1/events?type=payout.*", &connected).await.ok();
    let kinds: Vec<_> = events["data"].as_array().unwrap().iter().rev().map(|row| text(row, "type")).collect();
    assert_eq!(kinds, ["payout.created", "payout.paid", "payout.failed"]);
    assert!(events["data"].as_array().unwrap().iter().all(|row| text(row, "account") == account));
}

#[tokio::test]
async fn a_deauthorized_account_is_out_of_reach() {
    let desk = Desk::open().await;
    let account = desk.account().await;
    desk.pay(10_000, "pm_card_bypassPending").await;
    desk.control(&format!("/accounts/{account}/deauthorize"), Value::Null).await.ok();
    assert_eq!(desk.get(&format!("/v1/accounts/{account}")).await.error(), (403, "account_invalid", ""));
    assert_eq!(desk.get_as("/v1/balance", &[("Stripe-Account", &account)]).await.error().0, 403);
    let transfer = desk.post("/v1/transfers", &format!("amount=5&currency=eur&destination={account}")).await;
    assert_eq!(transfer.error(), (400, "resource_missing", "destination"));
}
