//! Rows that give back: booked where their sale is known, parked where it is not.

use super::world::Importing;

const SOLD: &str = "A1,2026-11-02,web,mug,Mug,4,12.50,EUR,eva,maker-1\nA1,2026-11-02,web,bowl,Bowl,1,30,EUR,eva,maker-2\n";

#[tokio::test]
async fn a_row_that_names_its_sale_gives_back_from_that_line_alone() {
    let world = Importing::new().await;
    let report = world.import(&format!("{SOLD}A1,2026-11-04,web,mug,,-1,12.50,EUR,eva,maker-1\n")).await;
    assert_eq!((report.counts.sale_rows, report.counts.refund_rows), (2, 1));
    assert_eq!((report.amounts.refunds, report.books.refunds), (1250, 1250));
    assert_eq!((world.owed(0).await, world.owed(1).await), (4500 - 1125, 2700));
    // And in a file of its own, the same row again is the same refund
    let again = world.import("A1,2026-11-04,web,mug,,-1,12.50,EUR,eva,maker-1\n").await;
    assert_eq!((again.counts.refund_rows, again.counts.refund_rows_known), (1, 1));
    assert_eq!(world.number("select count(*) from refund").await, 1);
}

#[tokio::test]
async fn two_rows_that_say_the_same_are_two_refunds_once() {
    let world = Importing::new().await;
    let rows = format!("{SOLD}A1,2026-11-04,web,mug,,-1,12.50,EUR,eva,maker-1\nA1,2026-11-04,web,mug,,-1,12.50,EUR,eva,maker-1\n");
    for known in [0, 2] {
        let report = world.import(&rows).await;
        assert_eq!((report.counts.refund_rows, report.counts.refund_rows_known, report.books.refunds), (2, known, 2500));
    }
    assert_eq!(world.number("select sum(amount)::int8 from refund").await, 2500);
}

#[tokio::test]
async fn more_than_is_left_is_parked_and_moves_nothing() {
    let world = Importing::new().await;
    let report = world
        .import(&format!("{SOLD}A1,2026-11-04,web,mug,,-3,12.50,EUR,eva,maker-1\nA1,2026-11-05,web,mug,,-2,12.50,EUR,eva,maker-1\n"))
        .await;
    assert_eq!((report.counts.refund_rows, report.counts.parked), (1, 1));
    assert!(report.parked[0].reason.contains("no 2 units of mug"), "{:?}", report.parked);
    assert_eq!(world.number("select sum(refunded)::int8 from sale").await, 3750);
}

#[tokio::test]
async fn a_cancellation_finds_the_one_sale_it_can_mean() {
    let world = Importing::new().await;
    let report = world.import(&format!("C17,2026-11-04,web,mug,,-4,12.50,EUR,eva,maker-1\n{SOLD}")).await;
    assert_eq!((report.counts.refund_rows, report.counts.parked), (1, 0));
    assert_eq!(world.number("select refunded from sale where reference = 'import:A1'").await, 5000);
}

#[tokio::test]
async fn a_cancellation_that_can_mean_two_sales_is_parked_with_both_names() {
    let world = Importing::new().await;
    let report = world
        .import("A1,2026-11-02,web,mug,,1,12.50,EUR,eva,maker-1\nA2,2026-11-03,web,mug,,1,12.50,EUR,eva,maker-1\nC17,2026-11-04,web,mug,,-1,12.50,EUR,eva,maker-1\n")
        .await;
    assert_eq!((report.counts.refund_rows, report.counts.parked), (0, 1));
    assert!(report.parked[0].reason.contains("A2 or A1"), "{:?}", report.parked);
}

#[tokio::test]
async fn what_was_parked_is_listed_and_settled_when_its_sale_comes() {
    let world = Importing::new().await;
    let cancellation = "C17,2026-11-04,web,mug,Mug,-1,12.50,EUR,eva,maker-1\n";
    let report = world.import(cancellation).await;
    assert_eq!((report.counts.rows, report.counts.parked, report.amounts.parked), (1, 1, 1250));
    assert_eq!(world.number("select count(*) from posting").await, 0);
    let parked = imports::parked(&world.db.pools.orm, world.coop.id).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].line, parked[0].sale_ref.as_str(), parked[0].quantity), (2, "C17", -1));
    assert!(parked[0].reason.contains("import the original"), "{}", parked[0].reason);
    // Again: parked still, once
    assert_eq!(world.import(cancellation).await.counts.parked, 1);
    assert_eq!(world.number("select count(*) from import_parked").await, 1);
    // The original comes, in another file
    let report = world.import(SOLD).await;
    assert_eq!((report.counts.rows, report.counts.unparked, report.amounts.refunds), (2, 1, 0));
    assert_eq!(imports::parked(&world.db.pools.orm, world.coop.id).await.unwrap(), []);
    assert_eq!(world.owed(0).await, 4500 - 1125);
    // And the row of the first file is in the books now
    let again = world.import(cancellation).await;
    assert_eq!((again.counts.refund_rows_known, again.counts.parked, again.books.refunds), (1, 0, 1250));
}

#[tokio::test]
async fn another_co_ops_sales_are_never_given_back() {
    let world = Importing::new().await;
    world.import(SOLD).await;
    let (other, makers) = crate::world::coop_with_makers(&world.db, "inland", 1).await;
    super::world::adopt(&world.db, other.id, "10 %", crate::world::november(1)).await;
    let imports = imports::Imports::of(&world.db.pools.orm, other.clone(), ledger::Accounts::default(), &world.clock).await.unwrap();
    let path = world.file("A1,2026-11-04,web,mug,,-1,12.50,EUR,eva,maker-1\n");
    let report = imports.sales(&path, imports::Options::default(), &mut |_| {}).await.unwrap();
    assert_eq!((report.counts.parked, makers.len()), (1, 1));
    assert_eq!(imports::parked(&world.db.pools.orm, world.coop.id).await.unwrap(), []);
    assert_eq!(world.number("select sum(refunded)::int8 from sale").await, 0);
}
