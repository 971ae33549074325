//! What the database refuses, whatever the code does.

use ::ledger::{Account, AccountKind, Accounts, LedgerError, Posting};
use db::{Sqlstate, sqlstate, statement};
use sea_orm::{ConnectionTrait as _, DbErr};
use test_support::TestDb;

use super::{head, post, to_party};
use crate::world::{coop_with_makers, in_coop, november};

#[test]
fn d1_a_posting_cannot_be_built_unbalanced() {
    let legs = [(Account::own(AccountKind::Clearing), 100), (Account::own(AccountKind::CoopIncome), -99)];
    let error = Posting::try_new(head(kernel::CoopId(1), "a"), legs).unwrap_err();
    assert_eq!(error.to_string(), "test of a does not balance: its legs sum to 1");
}

async fn try_sql(db: &TestDb, coop: kernel::CoopId, sql: &str) -> DbErr {
    let tx = db::begin(&db.pools.orm, coop).await.unwrap();
    tx.execute_raw(statement(sql, [])).await.expect_err("the database should refuse this")
}

#[tokio::test]
async fn d1_the_database_refuses_legs_that_do_not_sum_to_zero() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    post(&db, &Accounts::default(), coop.id, &[to_party(coop.id, "a", parties[0], 100)]).await;
    let unbalanced = "with head as (
            insert into posting (coop_id, kind, source_id, currency, legs, total, effective_at, available_at)
            select coop_id, 'test', 'b', 'EUR', 2, 100, now(), now() from coop returning coop_id, posting_id)
        insert into entry select coop_id, posting_id, leg, leg, case leg when 1 then 100 else -99 end from head, generate_series(1, 2) as leg";
    assert_eq!(sqlstate(&try_sql(&db, coop.id, unbalanced).await), Some(Sqlstate::Unbalanced));
    let another_leg = "insert into entry select coop_id, posting_id, 3, account_id, 5 from entry limit 1";
    assert_eq!(sqlstate(&try_sql(&db, coop.id, another_leg).await), Some(Sqlstate::Unbalanced));
    let added_pair = "insert into entry select coop_id, posting_id, leg + 2, account_id, -amount from entry";
    assert_eq!(sqlstate(&try_sql(&db, coop.id, added_pair).await), Some(Sqlstate::Unbalanced));
    let no_legs = "insert into posting (coop_id, kind, source_id, currency, legs, total, effective_at, available_at)
        select coop_id, 'test', 'c', 'EUR', 2, 100, now(), now() from coop";
    assert_eq!(sqlstate(&try_sql(&db, coop.id, no_legs).await), Some(Sqlstate::Unbalanced));
}

#[tokio::test]
async fn d2_update_delete_and_truncate_are_refused_by_the_database() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    post(&db, &Accounts::default(), coop.id, &[to_party(coop.id, "a", parties[0], 100)]).await;
    for sql in ["update entry set amount = 1", "delete from entry", "delete from posting", "update posting set total = 1", "truncate entry"]
    {
        assert_eq!(sqlstate(&try_sql(&db, coop.id, sql).await), Some(Sqlstate::InsufficientPrivilege), "as the application: {sql}");
    }
    let owner = db.owner().await;
    for sql in [
        "update entry set amount = 1",
        "delete from entry",
        "truncate posting, entry",
        "delete from seal",
        "update period_close set month = month",
    ] {
        let error = sqlx::query(sql).execute(&owner).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "GH001", "even as the owner: {sql}");
    }
}

#[tokio::test]
async fn a1_another_co_ops_rows_do_not_exist_and_cannot_be_written() {
    let db = TestDb::new().await;
    let (ours, parties) = coop_with_makers(&db, "harbour", 1).await;
    let (theirs, _) = coop_with_makers(&db, "valley", 1).await;
    post(&db, &Accounts::default(), ours.id, &[to_party(ours.id, "a", parties[0], 100)]).await;
    let seen = in_coop(&db, theirs.id, async |tx| ::ledger::balances(tx, ours.id).await.unwrap()).await;
    assert_eq!(seen, []);
    let nothing_named = db.pools.orm.query_one_raw(statement("select count(*) as n from posting", [])).await.unwrap().unwrap();
    assert_eq!(nothing_named.try_get::<i64>("", "n").unwrap(), 0);
    let tx = db::begin(&db.pools.orm, theirs.id).await.unwrap();
    let foreign = to_party(ours.id, "b", parties[0], 100);
    let error = ::ledger::post(&tx, &Accounts::default(), &[foreign]).await.unwrap_err();
    assert!(matches!(error, LedgerError::Db(error) if sqlstate(&error) == Some(Sqlstate::InsufficientPrivilege)));
}

#[tokio::test]
async fn k7_a_sale_whose_money_changes_without_a_posting_is_refused() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 1).await;
    let insert = |paid: i64| {
        format!(
            "insert into sale (coop_id, sale_id, channel, payment, currency, gross, sold_at, paid)
             select coop_id, gen_random_uuid(), 'till', 'cash', 'EUR', 100, now(), {paid} from coop"
        )
    };
    assert_eq!(sqlstate(&try_sql(&db, coop.id, &insert(100)).await), Some(Sqlstate::Unposted));
    in_coop(&db, coop.id, async |tx| tx.execute_raw(statement(&insert(0), [])).await.unwrap()).await;
    for change in ["paid = 100", "fee = 3, status = 'settled'"] {
        let error = try_sql(&db, coop.id, &format!("update sale set {change}")).await;
        assert_eq!(sqlstate(&error), Some(Sqlstate::Unposted), "{change}");
    }
}

#[tokio::test]
async fn d18_a_closed_month_refuses_postings_and_late_ones_go_to_the_next() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    let accounts = Accounts::default();
    post(&db, &accounts, coop.id, &[to_party(coop.id, "in time", parties[0], 100)]).await;
    let november_2026 = "2026-11".parse().unwrap();
    let after = november(30) + chrono::TimeDelta::days(5);
    let early = ::ledger::close_month(&db.pools.orm, (coop.id, november_2026), &coop.zone, None, november(20)).await;
    assert!(matches!(early, Err(LedgerError::NotOver(_))));
    let closed = ::ledger::close_month(&db.pools.orm, (coop.id, november_2026), &coop.zone, None, after).await.unwrap();
    assert!(closed.newly);
    assert_eq!(closed.ends_at.to_rfc3339(), "2026-11-30T23:00:00+00:00");
    let again = ::ledger::close_month(&db.pools.orm, (coop.id, november_2026), &coop.zone, None, after).await.unwrap();
    assert!(!again.newly);

    let by_hand = "with head as (
            insert into posting (coop_id, kind, source_id, currency, legs, total, effective_at, available_at)
            select coop_id, 'test', 'b', 'EUR', 2, 100, '2026-11-03', now() from coop returning coop_id, posting_id)
        insert into entry select coop_id, posting_id, leg, leg, case leg when 1 then 100 else -100 end from head, generate_series(1, 2) as leg";
    assert_eq!(sqlstate(&try_sql(&db, coop.id, by_hand).await), Some(Sqlstate::Closed));

    post(&db, &accounts, coop.id, &[to_party(coop.id, "late", parties[0], 7)]).await;
    let owed = async |at| {
        let balances = in_coop(&db, coop.id, async |tx| ::ledger::as_of(tx, coop.id, at).await.unwrap()).await;
        balances.iter().find(|balance| balance.account.kind == AccountKind::MemberPayable).unwrap().owed()
    };
    assert_eq!(owed(closed.ends_at - chrono::TimeDelta::seconds(1)).await, 100, "d17: as of the last moment of the month");
    assert_eq!(owed(closed.ends_at).await, 107, "the late posting is dated to the first open moment");
}

#[tokio::test]
async fn d16_the_exchange_rate_is_stored_on_the_posting() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 1).await;
    let mut head = head(coop.id, "sale in dollars");
    head.exchange = Some(::ledger::Exchange { from: "USD".parse().unwrap(), amount: 120, rate: "0.8333".to_owned() });
    let legs = [(Account::own(AccountKind::Clearing), 100), (Account::of(AccountKind::MemberPayable, parties[0]), -100)];
    post(&db, &Accounts::default(), coop.id, &[Posting::try_new(head, legs).unwrap().unwrap()]).await;
    let stored: String = sqlx::query_scalar("select exchange::text from posting").fetch_one(&db.owner().await).await.unwrap();
    assert_eq!(stored, r#"{"from": "USD", "rate": "0.8333", "amount": 120}"#);
}

#[tokio::test]
async fn d1_the_currency_table_holds_what_the_code_holds() {
    let db = TestDb::new().await;
    let rows: Vec<(String, i16, i16, i64)> =
        sqlx::query_as("select code::text, exponent, stripe_exponent, payout_quantum from currency order by code")
            .fetch_all(&db.pools.sqlx)
            .await
            .unwrap();
    let code: Vec<_> = kernel::CURRENCIES
        .iter()
        .map(|c| (c.code().to_owned(), i16::from(c.exponent()), i16::from(c.stripe_exponent()), c.payout_quantum()))
        .collect();
    assert_eq!(rows, code);
}
