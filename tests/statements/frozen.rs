//! H3: what was issued stays.

use ::statements::{Kind, Statements};
use chrono::TimeDelta;
use sqlx::Row as _;

use super::house::{House, the_month};
use crate::world::november;

#[tokio::test]
async fn h3_an_issued_statement_is_frozen_and_a_change_makes_revision_2() {
    let house = House::open().await;
    let coop = &house.shop.coop;
    let maker = house.shop.makers[0];
    house.sell((1_000, 2_000), november(3)).await;
    let first = house.statements.close(coop, the_month(), None).await.unwrap().statements;
    assert_eq!((first.issued.len(), first.unchanged), (4, 0));
    let before = house.statements.get(coop.id, "2026-11-0001", None).await.unwrap();

    house.clock.advance(TimeDelta::days(2));
    let again = house.statements.close(coop, the_month(), None).await.unwrap();
    assert_eq!((again.statements.issued.len(), again.statements.unchanged, again.month.newly), (0, 4, false));
    assert_eq!(house.statements.get(coop.id, "2026-11-0001", None).await.unwrap(), before);

    // The maker's name was written wrongly, and the product as well.
    let owner = house.db.owner().await;
    sqlx::query("update party set name = 'Marta Maker' where party_id = $1").bind(maker.0).execute(&owner).await.unwrap();
    let changed = house.statements.freeze(coop, the_month()).await.unwrap();
    let revisions: Vec<_> = changed.issued.iter().map(|issued| (issued.number.as_str(), issued.revision, issued.party)).collect();
    assert_eq!((revisions, changed.unchanged), (vec![("2026-11-0001", 2, maker)], 3));
    let after = house.statements.get(coop.id, "2026-11-0001", None).await.unwrap();
    let replaced = after.sealed.document.replaces.clone().unwrap();
    assert_eq!((replaced.revision, replaced.hash), (1, before.sealed.hash_hex()));
    assert_eq!(replaced.issued_on, before.sealed.document.issued_on);
    assert_eq!(after.sealed.document.party.name, "Marta Maker");
    assert_eq!(house.statements.get(coop.id, "2026-11-0001", Some(1)).await.unwrap(), before, "what was issued stays");
}

#[tokio::test]
async fn h3_the_database_refuses_to_change_a_statement_and_keeps_what_was_hashed() {
    let house = House::open().await;
    house.sell((1_000, 2_000), november(3)).await;
    house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    let owner = house.db.owner().await;
    for sql in ["update statement set closing = 0", "delete from statement", "truncate statement cascade"] {
        let error = sqlx::query(sql).execute(&owner).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "GH001", "{sql}");
    }
    let sound = sqlx::query("select bool_and(sha256(convert_to(document::text, 'UTF8')) = hash) as sound, count(*) as rows from statement");
    let row = sound.fetch_one(&owner).await.unwrap();
    assert_eq!((row.get::<bool, _>("sound"), row.get::<i64, _>("rows")), (true, 4));
}

#[tokio::test]
async fn h3_books_that_were_repaired_behind_a_closed_month_make_revision_2() {
    let mut house = House::open().await;
    house.db.allow_difference();
    let maker = house.shop.makers[0];
    house.sell((1_000, 2_000), november(3)).await;
    house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    let before = house.issued(the_month()).await[&maker].account.closing().total;
    // A database administrator dates a correction into November and into its balances.
    let owner = house.db.owner().await;
    let repair = format!(
        "set session_replication_role = replica;
         insert into posting (coop_id, posting_id, kind, source_id, currency, legs, total, effective_at, available_at)
             values ({coop}, 900001, 'correction', 'case 12', 'EUR', 2, 250, '2026-11-20', '2026-11-20');
         insert into entry select {coop}, 900001, 1, account_id, -250 from account where coop_id = {coop} and kind = 'member_payable' and party_id = {maker};
         insert into entry select {coop}, 900001, 2, account_id, 250 from account where coop_id = {coop} and kind = 'coop_income';
         update period_balance set credits = credits + 250 where coop_id = {coop} and account_id in
             (select account_id from account where coop_id = {coop} and kind = 'member_payable' and party_id = {maker});
         set session_replication_role = origin;",
        coop = house.shop.coop.id
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(repair)).execute(&owner).await.unwrap();
    let frozen = house.statements.freeze(&house.shop.coop, the_month()).await.unwrap();
    assert_eq!((frozen.issued.len(), frozen.unchanged), (1, 3));
    let revised = &house.issued(the_month()).await[&maker];
    assert_eq!((revised.revision, revised.account.closing().total), (2, before + 250));
    let line = revised.account.lines().last().unwrap();
    assert_eq!((line.kind, line.description.as_str(), line.amount), (Kind::Adjustment, "correction case 12", 250));
}

#[tokio::test]
async fn h3_two_who_freeze_at_once_issue_each_statement_once_and_without_gaps() {
    let house = House::open().await;
    house.sell((1_000, 2_000), november(3)).await;
    let (coop, month) = (&house.shop.coop, the_month());
    let other = Statements::new(house.db.pools.orm.clone(), house.accounts.clone(), house.clock.clone());
    let (one, two) = tokio::join!(house.statements.close(coop, month, None), other.close(coop, month, None));
    let (one, two) = (one.unwrap().statements, two.unwrap().statements);
    assert_eq!((one.issued.len() + two.issued.len(), one.unchanged + two.unchanged), (4, 4));
    let numbers: Vec<String> = house.statements.list(coop.id, month).await.unwrap().into_iter().map(|summary| summary.number).collect();
    assert_eq!(numbers, ["2026-11-0001", "2026-11-0002", "2026-11-0003", "2026-11-0004"]);
}
