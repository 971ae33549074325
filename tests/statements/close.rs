//! D18: a closed month takes no more postings.

use ::ledger::LedgerError;
use ::statements::{Kind, StatementsError};
use chrono::TimeDelta;
use db::{Sqlstate, sqlstate};
use sea_orm::ConnectionTrait as _;

use super::house::{House, the_month};
use crate::world::{in_coop, november};

#[tokio::test]
async fn d18_a_closed_month_refuses_postings_and_late_ones_go_to_the_next() {
    let house = House::open().await;
    let coop = &house.shop.coop;
    house.sell((1_000, 2_000), november(3)).await;
    house.statements.close(coop, the_month(), None).await.unwrap();
    let before = house.issued(the_month()).await;

    let refused = in_coop(&house.db, coop.id, async |tx| {
        let sql = format!(
            "with made as (
                insert into posting (coop_id, kind, source_id, currency, legs, total, effective_at, available_at, posting_id)
                values ({coop}, 'late', '1', 'EUR', 2, 5, '2026-11-30', '2026-11-30', nextval('posting_posting_id_seq')) returning posting_id)
             insert into entry select {coop}, made.posting_id, row_number() over (order by account_id), account_id,
                case account.kind when 'clearing' then 5 else -5 end
             from made cross join account where account.coop_id = {coop} and account.kind in ('clearing', 'coop_income')",
            coop = coop.id
        );
        let savepoint = tx.execute_unprepared("savepoint before").await;
        savepoint.unwrap();
        let error = tx.execute_unprepared(&sql).await.unwrap_err();
        tx.execute_unprepared("rollback to before").await.unwrap();
        sqlstate(&error)
    })
    .await;
    assert_eq!(refused, Some(Sqlstate::Closed));

    // A sale of November whose fee is known in December only.
    let late = house.sell((700, 300), november(29)).await;
    let frozen = house.statements.freeze(coop, the_month()).await.unwrap();
    assert_eq!((frozen.issued.len(), frozen.unchanged), (0, 4));
    assert_eq!(house.issued(the_month()).await, before);
    house.clock.advance(TimeDelta::days(40));
    house.statements.close(coop, the_month().next(), None).await.unwrap();
    let december = house.issued(the_month().next()).await;
    let line = &december[&house.shop.makers[0]].account.lines()[0];
    assert_eq!((line.kind, line.on.to_string().as_str()), (Kind::Sale, "2026-12-01"));
    assert_eq!(line.sale.as_ref().map(|sale| sale.id), Some(late));
}

#[tokio::test]
async fn d18_months_are_closed_in_order_and_when_they_are_over() {
    let house = House::open().await;
    let coop = &house.shop.coop;
    house.sell((1_000, 2_000), november(3)).await;
    let early = house.statements.close(coop, the_month().next(), None).await.unwrap_err();
    assert!(matches!(early, StatementsError::Ledger(LedgerError::NotOver(_))), "{early}");
    house.statements.close(coop, the_month(), None).await.unwrap();
    house.clock.advance(TimeDelta::days(70));
    let skipped = house.statements.close(coop, the_month().next().next(), None).await.unwrap_err();
    assert_eq!(skipped.refusal().unwrap().message, "2027-01 cannot be closed before 2026-12: months are closed in order");
    assert!(house.statements.list(coop.id, the_month().next().next()).await.unwrap().is_empty());
}
