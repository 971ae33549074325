//! What does not go in: told by line, with the cure, and nothing of its sale goes in either.

use imports::{ImportsError, Options};

use super::world::{HEADER, Importing};

const GOOD: &str = "A1,2026-11-02,web,mug,Mug,1,12.50,EUR,eva,maker-1";

async fn refusal(world: &Importing, bytes: &[u8]) -> String {
    let path = world.raw_file(bytes);
    let error = world.imports().await.sales(&path, Options::default(), &mut |_| {}).await.unwrap_err();
    error.refusal().unwrap_or_else(|| panic!("{error} is a refusal")).message
}

#[tokio::test]
async fn each_row_that_cannot_be_is_rejected_with_its_line_and_the_cure() {
    let world = Importing::new().await;
    for (row, told) in [
        ("B,2026-11-02,web,mug,,1,12.50,USD,,maker-1", "keeps its books in EUR"),
        ("B,2026-11-02,web,mug,,1,12.50,EUR,,maker-l", "did you mean maker-1"),
        ("B,2026-11-02,web,mug,,1,12.50,EUR,,tax", "not a maker"),
        ("B,2nd of November,web,mug,,1,12.50,EUR,,maker-1", "write it as 2026-11-02 14:30"),
        ("B,2027-11-02,web,mug,,1,12.50,EUR,,maker-1", "in the future"),
        ("B,2026-11-02,shop,mug,,1,12.50,EUR,,maker-1", "none of web"),
        ("B,2026-11-02,web,mug,,0,12.50,EUR,,maker-1", "quantity is 0"),
        ("B,2026-11-02,web,mug,,1.5,12.50,EUR,,maker-1", "not a whole number"),
        ("B,2026-11-02,web,mug,,2000000,12.50,EUR,,maker-1", "more than 1000000 units"),
        ("B,2026-11-02,web,mug,,99999999999999999999999,1,EUR,,maker-1", "more than 1000000 units"),
        ("B,2026-11-02,web,mug,,1,12.505,EUR,,maker-1", "at most 2 decimals"),
        ("B,2026-11-02,web,mug,,1,\"12,50\",EUR,,maker-1", "write it as 12.50"),
        ("B,2026-11-02,web,mug,,1,-12.50,EUR,,maker-1", "negative quantity"),
        ("B,2026-11-02,web,mug,,1,99999999999999,EUR,,maker-1", "more than anything costs"),
        ("B,2026-11-02,web,mug,,1000000,9999999999,EUR,,maker-1", "more than one line can come to"),
        ("B,2026-11-02,web,mug,,-1,0,EUR,,maker-1", "no money moves"),
        ("B,2026-11-02,web,mug,,1,0.00,EUR,,maker-1", "no price on any line"),
        ("B,2026-11-02,web,,,1,12.50,EUR,,maker-1", "sku is empty"),
        (",2026-11-02,web,mug,,1,12.50,EUR,,maker-1", "sale_id is empty"),
        ("B,2026-11-02,web,mug,,1,12.50,EUR,maker-1", "9 fields where the header has 10"),
    ] {
        let (report, rejects) = world.import_with_rejects(&format!("{row}\n")).await;
        assert_eq!((report.counts.rows, report.counts.rejected), (1, 1), "{row}");
        assert!(report.rejected[0].line == 2 && report.rejected[0].reason.contains(told), "{row}: {:?}", report.rejected);
        assert_eq!(rejects.lines().count(), 2, "{rejects}");
    }
    assert_eq!(world.number("select count(*) from sale").await + world.number("select count(*) from posting").await, 0);
}

#[tokio::test]
async fn one_wrong_row_keeps_its_whole_sale_out_and_lets_the_others_in() {
    let world = Importing::new().await;
    let rows = format!(
        "{GOOD}\nB2,2026-11-02,web,mug,,1,5,EUR,,maker-1\nB2,2026-11-02,web,=cmd(),,1,6,EUR,,maker-9\nB2,2026-11-03,web,mug,,-1,5,EUR,,maker-1\n"
    );
    let (report, rejects) = world.import_with_rejects(&rows).await;
    assert_eq!((report.counts.sale_rows, report.counts.rejected, report.counts.refund_rows), (1, 3, 0));
    assert!(report.rejected[0].reason.contains("line 4 of the same sale is wrong"), "{:?}", report.rejected);
    assert_eq!(world.number("select count(*) from sale").await, 1);
    assert!(rejects.starts_with(&format!("{HEADER},line,reason\n")), "{rejects}");
    assert!(rejects.contains("'=cmd()"), "nothing that a spreadsheet runs: {rejects}");
    // Mended there and imported from there
    let mended = rejects.replace("maker-9", "maker-2");
    let report = world.import_file(&world.raw_file(mended.as_bytes())).await;
    assert_eq!((report.counts.sale_rows, report.counts.refund_rows, report.counts.rejected), (2, 1, 0));
    assert_eq!(world.number("select count(*) from sale_line where sku = '=cmd()'").await, 1);
}

#[tokio::test]
async fn a_free_line_beside_a_paid_one_is_kept() {
    let world = Importing::new().await;
    let report = world.import(&format!("{GOOD}\nA1,2026-11-02,web,sticker,Gift,1,0,EUR,eva,maker-2\n")).await;
    assert_eq!((report.counts.sale_rows, report.counts.rejected, report.books.sales), (2, 0, 1250));
    assert_eq!(world.number("select count(*) from sale_line where amount = 0").await, 1);
}

#[tokio::test]
async fn lines_that_contradict_each_other_are_rejected_together() {
    let world = Importing::new().await;
    for (second, told) in [
        ("A1,2026-11-02,till,mug,,1,5,EUR,eva,maker-1", "differ in their channel"),
        ("A1,2026-11-02,web,mug,,1,5,EUR,adam,maker-1", "differ in their buyer"),
        ("A1,2026-11-09,web,mug,,1,5,EUR,eva,maker-1", "differ in their day"),
    ] {
        let report = world.import(&format!("{GOOD}\n{second}\n")).await;
        assert_eq!((report.counts.rejected, report.counts.sale_rows), (2, 0));
        assert!(report.rejected[0].reason.contains(told), "{:?}", report.rejected);
    }
}

#[tokio::test]
async fn a_sale_that_is_known_with_other_lines_is_rejected_and_left_as_it_is() {
    let world = Importing::new().await;
    world.import(&format!("{GOOD}\n")).await;
    let written = world.written().await;
    for (row, told) in [(GOOD.replace("12.50", "13.50"), "other lines"), (GOOD.replace("2026-11-02", "2026-11-03"), "another date")] {
        let report = world.import(&format!("{row}\n")).await;
        assert_eq!(report.counts.rejected, 1);
        assert!(report.rejected[0].reason.contains(told), "{:?}", report.rejected);
    }
    assert_eq!(world.written().await, written);
}

#[tokio::test]
async fn what_is_not_utf8_is_told_with_its_line() {
    let world = Importing::new().await;
    let mut bytes = format!("{HEADER}\n{GOOD}\nB1,2026-11-02,web,mug,Caf").into_bytes();
    bytes.push(0xe9); // Latin-1
    bytes.extend(b",1,5,EUR,,maker-1\n");
    let report = world.import_file(&world.raw_file(&bytes)).await;
    assert_eq!((report.counts.sale_rows, report.counts.rejected), (1, 1));
    assert!(report.rejected[0].line == 3 && report.rejected[0].reason.contains("description is not UTF-8"), "{:?}", report.rejected);
}

#[tokio::test]
async fn a_file_that_is_no_such_table_is_refused_as_a_whole() {
    let world = Importing::new().await;
    let without = |column: &str| HEADER.split(',').filter(|name| *name != column).collect::<Vec<_>>().join(",");
    for (bytes, told) in [
        (format!("{}\n", without("unit_price").replace(",maker", "")).into_bytes(), "no column unit_price, maker"),
        (format!("{}\n", HEADER.replace(',', ";")).into_bytes(), "save it with commas"),
        (format!("{HEADER},SKU\n").into_bytes(), "the column sku is there twice"),
        (Vec::new(), "it is empty"),
        (vec![0xff, 0xfe, b's', 0], "UTF-16"),
    ] {
        let message = refusal(&world, &bytes).await;
        assert!(message.contains(told), "{message}");
    }
    let missing = world.imports().await.sales(std::path::Path::new("/nowhere.csv"), Options::default(), &mut |_| {}).await;
    assert!(matches!(missing, Err(ImportsError::Unreadable { .. })));
    assert_eq!(world.number("select count(*) from sale").await, 0);
}

#[tokio::test]
async fn columns_in_any_order_and_unknown_ones_are_taken_with_a_warning() {
    let world = Importing::new().await;
    let file = "\u{feff}Maker,Country,SALE_ID,sold_at,channel,sku,description,quantity,unit_price,currency,buyer\r\nmaker-1,NL,A1,2026-11-02,web,mug,Mug,1,12.50,EUR,eva\r\n";
    let report = world.import_file(&world.raw_file(file.as_bytes())).await;
    assert_eq!(report.counts.sale_rows, 1);
    assert!(report.warnings[0].contains("\"country\""), "{:?}", report.warnings);
}
