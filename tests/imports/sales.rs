//! Rows become sales, each once, whole or not at all.

use imports::{ImportsError, Options, Stage};
use kernel::Clock;

use super::world::Importing;
use crate::world::november;

const TWO_SALES: &str = "\
A1,2026-11-02 14:30,web,mug,Blue mug,2,12.50,EUR,eva,maker-1
A2,2026-11-03T09:00:00Z,stall,bowl,\"Bowl, large\",1,30,EUR,,maker-2
A1,2026-11-02 14:31,web,card,,1,0.99,eur,eva,maker-2
";

#[tokio::test]
async fn rows_with_one_sale_id_are_lines_of_one_sale_wherever_they_stand() {
    let world = Importing::new().await;
    let report = world.import(TWO_SALES).await;
    assert_eq!((report.counts.rows, report.counts.sale_rows, report.counts.sales_new), (3, 3, 2));
    assert_eq!((report.amounts.sales, report.books.sales), (5599, 5599));
    assert_eq!(
        world.number("select count(*) from sale_line line join sale using (coop_id, sale_id) where reference = 'import:A1'").await,
        2
    );
    assert_eq!(world.number("select count(*) from sale where channel = 'till' and status = 'settled' and payment = 'outside'").await, 1);
    // 10 % of each line to the co-op, the rest to its maker
    assert_eq!((world.owed(0).await, world.owed(1).await), (2250, 2700 + 89));
    assert_eq!(
        world.number("select -sum(amount)::int8 from entry join account using (coop_id, account_id) where kind = 'coop_income'").await,
        560
    );
}

#[tokio::test]
async fn the_same_file_again_adds_nothing() {
    let world = Importing::new().await;
    let first = world.import(TWO_SALES).await;
    let written = world.written().await;
    let again = world.import(TWO_SALES).await;
    assert_eq!(world.written().await, written);
    assert_eq!((again.counts.sale_rows, again.counts.sale_rows_known, again.counts.sales_new), (3, 3, 0));
    assert_eq!((again.amounts, again.books), (first.amounts, first.books));
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let world = Importing::new().await;
    let rows = format!(
        "{TWO_SALES}A2,2026-11-05,till,bowl,,-1,30,EUR,,maker-2\nX9,2026-11-05,till,bowl,,-1,30,EUR,,maker-2\nA3,2026-11-05,web,x,,0,1,EUR,,maker-1\n"
    );
    let path = world.file(&rows);
    let before = world.written().await;
    let options = Options { dry_run: true, rejects: None };
    let mut dry = world.imports().await.sales(&path, options, &mut |_| {}).await.unwrap();
    assert_eq!(world.written().await, before);
    assert!(dry.dry_run);
    dry.dry_run = false;
    assert_eq!(dry, world.import_file(&path).await);
    assert_eq!((dry.counts.refund_rows, dry.counts.parked, dry.counts.rejected), (1, 1, 1));
}

#[tokio::test]
async fn an_import_that_was_stopped_half_way_is_started_again_and_completes() {
    let world = Importing::new().await;
    let rows: String = (0..1_200)
        .map(|sale| format!("S{sale},2026-11-02 10:00,web,mug,Mug,1,1.{:02},EUR,,maker-1\n", sale % 100))
        .collect::<Vec<_>>()
        .concat();
    let path = world.file(&rows);
    let imports = world.imports().await;
    // Stopped for good after the first batch: the future is dropped, like a process that is killed
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    let mut tell = |progress: imports::Progress| {
        if progress.stage == Stage::Sales
            && let Some(stop) = stop.take()
        {
            stop.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        result = stopped => result.unwrap(),
        result = imports.sales(&path, Options::default(), &mut tell) => panic!("it was to be stopped: {result:?}"),
    }
    let half = world.number("select count(*) from sale").await;
    assert!((500..1_200).contains(&half), "{half} sales are whole, the rest is not there");
    assert_eq!(world.number("select count(*) from sale where status <> 'settled'").await, 0);
    let report = world.import_file(&path).await;
    assert_eq!(
        (report.counts.rows, report.counts.sale_rows, report.counts.sales_new),
        (1_200, 1_200, 1_200 - usize::try_from(half).unwrap())
    );
    assert_eq!(world.number("select count(*) from posting where kind = 'settlement'").await, 1_200);
    assert_eq!(world.number("select sum(gross)::int8 from sale").await, report.books.sales);
}

#[tokio::test]
async fn two_imports_of_one_file_at_once_bring_it_in_once() {
    let world = Importing::new().await;
    let rows: String =
        (0..700).map(|sale| format!("S{sale},2026-11-02 10:00,web,mug,Mug,1,1.50,EUR,,maker-1\n")).collect::<Vec<_>>().concat();
    let path = world.file(&rows);
    let (one, other) = tokio::join!(world.import_file(&path), world.import_file(&path));
    assert_eq!(one.counts.sales_new + other.counts.sales_new, 700);
    assert_eq!(world.number("select count(*) from posting where kind = 'payment'").await, 700);
}

#[tokio::test]
async fn a_sale_is_shared_under_the_version_in_force_when_it_was_sold() {
    let world = Importing::new().await;
    world.adopt("20 %", november(15)).await;
    let report = world
        .import(
            "OLD,2026-10-01,web,mug,,1,10,EUR,,maker-1\nV1,2026-11-14,web,mug,,1,10,EUR,,maker-2\nV2,2026-11-16,web,mug,,1,10,EUR,,maker-3\n",
        )
        .await;
    assert_eq!(report.counts.sales_new, 3);
    // Before the first version, the first one
    assert_eq!((world.owed(0).await, world.owed(1).await, world.owed(2).await), (900, 900, 800));
}

#[tokio::test]
async fn sales_of_a_closed_month_are_booked_on_the_first_open_day_and_said_so() {
    let mut world = Importing::new().await;
    world.clock = Clock::stopped_at("2026-12-05T12:00:00Z".parse().unwrap());
    ledger::close_month(&world.db.pools.orm, (world.coop.id, "2026-11".parse().unwrap()), &world.coop.zone, None, world.clock.now())
        .await
        .unwrap();
    let report = world.import(TWO_SALES).await;
    assert_eq!(report.counts.sales_new, 2);
    assert!(
        report.warnings.iter().any(|warning| warning.contains("2 sales") && warning.contains("1 December 2026")),
        "{:?}",
        report.warnings
    );
}

#[tokio::test]
async fn a_co_op_without_an_agreement_imports_nothing_and_is_told_why() {
    let mut world = Importing::new().await;
    let new =
        identity::NewCoop { slug: "other", name: "Other", country: "NL", currency: "EUR".parse().unwrap(), time_zone: "Europe/Amsterdam" };
    world.coop = identity::found(&world.db.pools.orm, new, november(1)).await.unwrap();
    let result = world.imports().await.sales(&world.file(TWO_SALES), Options::default(), &mut |_| {}).await;
    assert!(matches!(result, Err(ImportsError::NoAgreement(name)) if name == "Other"));
}
