//! Another co-op's statements, lines and sales do not exist.

use ::statements::StatementsError;
use kernel::Code;

use super::house::{House, the_month};
use crate::world::{coop_with_makers, november};

#[tokio::test]
async fn another_co_ops_statement_does_not_exist() {
    let house = House::open().await;
    let sale = house.sell((1_000, 2_000), november(3)).await;
    house.statements.close(&house.shop.coop, the_month(), None).await.unwrap();
    let (other, _) = coop_with_makers(&house.db, "hill", 1).await;

    let statement = house.statements.get(other.id, "2026-11-0001", None).await.unwrap_err();
    let line = house.statements.explain_line(other.id, "2026-11-0001", 1).await.unwrap_err();
    let viewed = house.statements.viewed(other.id, "2026-11-0001", None).await.unwrap_err();
    for error in [statement, line, viewed] {
        let refusal = error.refusal().unwrap();
        assert_eq!((refusal.code, refusal.message.as_str()), (Code::NotFound, "there is no statement 2026-11-0001"));
    }
    let explained = house.statements.explain_sale(other.id, sale).await;
    assert!(matches!(explained, Err(StatementsError::NoSale(missing)) if missing == sale));
    assert!(house.statements.list(other.id, the_month()).await.unwrap().is_empty());
    house.statements.close(&other, the_month(), None).await.unwrap();
    assert!(house.statements.list(other.id, the_month()).await.unwrap().is_empty(), "nobody is owed anything there");
}
