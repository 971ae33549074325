//! One day of a real shop, as strangers wrote it down.

use std::{env, path::PathBuf};

use identity::{NewCoop, NewParty, PartyKind};
use imports::{Imports, Options};
use kernel::{Clock, Money};
use ledger::Accounts;
use test_support::TestDb;

use super::world::{HEADER, adopt, number};
use crate::world::in_coop;

const FILE: &str = "uci-online-retail/2010-12-01.csv";
const MAKERS: usize = 7;

fn shared_data() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = env::var_os("GUILDHALL_SHARED_DATA").map_or(beside, PathBuf::from);
    Some(folder.join(FILE)).filter(|path| path.exists())
}

/// The shop's columns as ours: a maker by stock code, postage and the like to the co-op. Returns the file, and the sums of
/// what was sold and of what was given back, in pence.
fn convert(path: &PathBuf) -> (Vec<u8>, i64, i64) {
    let pounds = "GBP".parse().unwrap();
    let mut rows = csv::Reader::from_path(path).unwrap();
    let mut ours = csv::Writer::from_writer(Vec::new());
    ours.write_record(HEADER.split(',')).unwrap();
    let (mut sold, mut given_back) = (0, 0);
    for row in rows.records() {
        let row = row.unwrap();
        let [invoice, code, description, quantity, at, price, customer] = std::array::from_fn(|column| row[column].to_owned());
        let is_goods = code.starts_with(|first: char| first.is_ascii_digit());
        let maker = code.bytes().fold(0, |sum, byte| (sum * 31 + usize::from(byte)) % MAKERS);
        let maker = if is_goods { format!("maker-{maker}") } else { "co-op".to_owned() };
        let amount = quantity.parse::<i64>().unwrap() * Money::parse(&price, pounds).unwrap().minor;
        if amount > 0 {
            sold += amount;
        } else {
            given_back -= amount;
        }
        ours.write_record([&invoice, &at, "web", &code, &description, &quantity, &price, "GBP", &customer, &maker]).unwrap();
    }
    (ours.into_inner().unwrap(), sold, given_back)
}

#[tokio::test]
async fn a_day_of_a_real_shop_is_accounted_for_to_the_last_row_and_penny() {
    let Some(source) = shared_data() else {
        eprintln!("skipped: {FILE} is not there; GUILDHALL_SHARED_DATA names its folder");
        return;
    };
    let db = TestDb::new().await;
    let founded = "2010-11-01T00:00:00Z".parse().unwrap();
    let new = NewCoop { slug: "shop", name: "Shop", country: "GB", currency: "GBP".parse().unwrap(), time_zone: "Europe/London" };
    let coop = identity::found(&db.pools.orm, new, founded).await.unwrap();
    let makers = (0..MAKERS).map(|maker| NewParty {
        kind: PartyKind::Member,
        handle: format!("maker-{maker}"),
        name: format!("Maker {maker}"),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    });
    in_coop(&db, coop.id, async |tx| identity::add_parties(tx, coop.id, makers.collect()).await.unwrap()).await;
    adopt(&db, coop.id, "12 %", founded).await;
    let (bytes, sold, given_back) = convert(&source);
    let path = env::temp_dir().join(format!("guildhall-retail-{}.csv", uuid::Uuid::now_v7().simple()));
    std::fs::write(&path, bytes).unwrap();
    let clock = Clock::stopped_at("2011-01-05T00:00:00Z".parse().unwrap());
    let imports = Imports::of(&db.pools.orm, coop.clone(), Accounts::default(), &clock).await.unwrap();

    let options = Options { dry_run: true, rejects: None };
    let dry = imports.sales(&path, options, &mut |_| {}).await.unwrap();
    let mut rejects = Vec::new();
    let options = Options { dry_run: false, rejects: Some(&mut rejects) };
    let report = imports.sales(&path, options, &mut |_| {}).await.unwrap();
    let counts = report.counts;
    assert_eq!((dry.counts, dry.amounts, dry.books), (counts, report.amounts, report.books));

    // Rows: each is something. Ten have price 0: stock that was counted, not sold
    assert_eq!(counts.rows, 3_108);
    assert_eq!(counts.rows, counts.sale_rows + counts.refund_rows + counts.parked + counts.rejected);
    assert_eq!((counts.sale_rows, counts.refund_rows + counts.parked, counts.rejected), (3_072, 26, 10), "{:#?}", report.rejected);
    assert!(counts.parked > 0, "the originals of most cancellations lie before that day");
    assert_eq!(String::from_utf8(rejects).unwrap().lines().count(), 1 + 10);
    assert_eq!(imports::parked(&db.pools.orm, coop.id).await.unwrap().len(), counts.parked);

    // Pennies: the ledger's own sums, not the report's
    let cash = "select sum(amount)::int8 from entry join account using (coop_id, account_id) where kind = 'cash'";
    assert_eq!(report.amounts.sales, sold);
    assert_eq!(report.amounts.refunds + report.amounts.parked, given_back);
    assert_eq!(number(&db, coop.id, cash).await, sold - report.amounts.refunds);
    // Postage, manual entries and samples went in, as the co-op's own
    assert_eq!(number(&db, coop.id, "select count(*) from sale_line where sku in ('POST', 'DOT', 'M', 'C2')").await, 8);

    // Twice is once
    let postings = number(&db, coop.id, "select count(*) from posting").await;
    let again = imports.sales(&path, Options::default(), &mut |_| {}).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(number(&db, coop.id, "select count(*) from posting").await, postings);
    assert_eq!((again.amounts, again.books, again.counts.sales_new), (report.amounts, report.books, 0));
    assert_eq!((again.counts.sale_rows_known, again.counts.parked), (counts.sale_rows, counts.parked));
}
