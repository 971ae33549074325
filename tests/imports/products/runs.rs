//! A file becomes products, offers, prices and stock; every row ends somewhere.

use std::fmt::Write as _;

use imports::products::{
    Format, ImportId, ImportState, Mapping, Options, ProductFile, ProductImports, product_import, product_imports, rejected_rows,
};
use kernel::{Clock, Code};

use super::stage::{OFN, SHOPIFY, SQUARE, Stage, at_studio, rows};
use crate::world::{coop_with_makers, in_coop, november};

const IMAGES: &str = "
select product.handle || ' ' || product.status || ': ' || string_agg(variant.sku || '[' || array_to_string(variant.options, '/') || '] ' || party.handle || ' ' || price.amount, ', ' order by variant.position, party.handle)
from product join variant using (coop_id, product_id) join offer using (coop_id, variant_id) join party using (coop_id, party_id)
join price using (coop_id, offer_id) group by product.handle, product.status order by 1";

#[tokio::test]
async fn k4_a_shopify_file_becomes_products_offers_prices_and_stock() {
    let stage = Stage::open().await;
    let mut rejects = Vec::new();
    let file = ProductFile { name: "shop/products.csv", bytes: SHOPIFY.as_bytes() };
    let report = stage.imports().import(file, &at_studio(), Some(&mut rejects), &mut |_| {}).await.unwrap();
    assert_eq!((report.format, report.rows.rows, report.new_products), (Format::Shopify, 6, 3));
    // The row of the third picture changes nothing by itself
    assert_eq!(rows(&report), (4, 0, 1, 1));
    assert_eq!((report.units.received, report.units.counted_in, report.units.counted_out), (21, 0, 0));
    assert_eq!(
        stage.texts(IMAGES).await,
        [
            "linen-scarf active: SCARF[] maker-2 6500",
            "speckled-mug active: MUG-S-BLUE[Small/Blue] maker-1 1800, MUG-L-BLUE[Large/Blue] maker-1 2450",
            "workshop-card draft: CARD[] maker-2 250",
        ]
    );
    assert_eq!(stage.free("MUG-S-BLUE").await, ["Studio 12"]);
    assert_eq!(
        stage.texts("select title || ': ' || description from product_text where title like 'Speck%'").await,
        ["Speckled mug: Thrown by hand, glazed twice.\n\n300 ml\ndishwasher safe"]
    );
    assert_eq!(stage.texts("select name from category order by 1").await, ["Mugs", "Scarves"]);
    assert!(report.warnings.iter().any(|warning| warning.contains("3 pictures are named by address")), "{:?}", report.warnings);
    let rejects = String::from_utf8(rejects).unwrap();
    assert!(rejects.lines().count() == 2 && rejects.contains("GIFT") && rejects.contains("it is a gift card"), "{rejects}");
    assert!(rejects.lines().next().unwrap().ends_with(",Status,line,reason"), "{rejects}");
}

#[tokio::test]
async fn k5_square_and_open_food_network_files_become_the_same_sort_of_thing() {
    let stage = Stage::open().await;
    let square = stage.import(SQUARE, &Options::default()).await;
    assert_eq!((square.format, rows(&square)), (Format::Square, (3, 0, 0, 1)));
    assert!(square.rejected[0].reason.contains("its kind \"appointments service\" is none of"), "{:?}", square.rejected);
    assert_eq!(stage.free("CANDLE-L").await, ["Stall 7 2", "Studio 10"]);
    let food = stage.import(OFN, &at_studio()).await;
    assert_eq!((food.format, rows(&food)), (Format::Ofn, (4, 0, 0, 1)));
    assert_eq!((food.rejected[0].line, food.rejected[0].reason.contains("there is no maker \"Nobody's Farm\"")), (6, true));
    assert_eq!(
        stage.texts(IMAGES).await,
        [
            "beeswax-candle active: CANDLE-S[Small] maker-3 900, CANDLE-L[Large] maker-3 2100",
            "carrots-maker-1 active: carrots-maker-1-500-g[500 g] maker-1 120, carrots-maker-1-1-kg[1 kg] maker-1 220",
            "carrots-maker-2 active: carrots-maker-2-1-bunch[1 bunch] maker-2 180",
            "eggs-maker-2 active: EGG-6[6 egg] maker-2 350",
            "oak-spoon active: SPOON[] maker-1 125000",
        ]
    );
}

#[tokio::test]
async fn k4_the_same_file_again_changes_nothing() {
    let stage = Stage::open().await;
    for (text, options) in [(SHOPIFY, at_studio()), (SQUARE, Options::default()), (OFN, at_studio())] {
        stage.import(text, &options).await;
        let before = stage.everything().await;
        let again = stage.import(text, &options).await;
        assert_eq!((again.rows.created, again.rows.changed, again.new_products), (0, 0, 0), "{:?}", again.rows);
        assert_eq!(again.units, imports::products::Units::default());
        assert_eq!(stage.everything().await, before);
    }
}

#[tokio::test]
async fn k4_a_dry_run_tells_the_same_and_writes_nothing() {
    let stage = Stage::open().await;
    let dry = Options { dry_run: true, ..at_studio() };
    let mut told = stage.import(SHOPIFY, &dry).await;
    assert!(stage.everything().await.is_empty());
    assert_eq!((told.import, stage.number("select count(*) from product_import").await), (None, 0));
    let real = stage.import(SHOPIFY, &at_studio()).await;
    (told.dry_run, told.import) = (false, real.import);
    assert_eq!(told, real);
    // Also of a second file that changes half of it
    let second = SHOPIFY.replace("24.50", "26.00").replace(",12,deny", ",11,deny");
    let mut told = stage.import(&second, &dry).await;
    let real = stage.import(&second, &at_studio()).await;
    (told.dry_run, told.import) = (false, real.import);
    assert_eq!(told, real);
    assert_eq!(rows(&real), (0, 2, 3, 1));
}

#[tokio::test]
async fn k4_a_mapping_reads_a_strangers_columns_and_a_wrong_one_is_refused() {
    let stage = Stage::open().await;
    let mapping = Mapping::parse("title = Name\nsku = Code\nprice = Retail\nmaker = Made by\nquantity = Stock").unwrap();
    let options = Options { mapping: Some(mapping), ..at_studio() };
    let report = stage.import("Code,Name,Made by,Retail,Stock\nB-1,Bowl,Maker 2,30.00,6\nB-2,Plate,Maker 2,\"24,00\",6\n", &options).await;
    assert_eq!(rows(&report), (1, 0, 0, 1));
    assert_eq!(report.rejected[0].line, 3);
    let error = stage.try_import("Code,Title,Made by,Retail,Stock\n", &options).await.unwrap_err();
    let refusal = error.refusal().unwrap();
    assert!(refusal.code == Code::InvalidInput && refusal.message.contains("reads title from \"Name\""), "{refusal}");
    let nowhere = Options { location: Some("Cellar".to_owned()), ..Options::default() };
    let refusal = stage.try_import(SHOPIFY, &nowhere).await.unwrap_err().refusal().unwrap();
    assert!(refusal.message.contains("there is no location \"Cellar\": there are Studio, Stall 7"), "{refusal}");
    let refusal = stage.try_import(SHOPIFY, &Options::default()).await.unwrap_err().refusal().unwrap();
    assert!(refusal.message.contains("does not say where its units lie"), "{refusal}");
    let without = Options { without_stock: true, ..Options::default() };
    assert_eq!(rows(&stage.import(SHOPIFY, &without).await), (4, 0, 1, 1));
    assert_eq!(stage.number("select count(*) from movement where quantity <> 6").await, 0);
}

#[tokio::test]
async fn k4_rows_that_contradict_what_is_there_are_rejected_with_their_line() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    let text = "\
handle,title,kind,option1_name,option1_value,sku,barcode,maker,price
tray,Tray,,,,CARD,,maker-1,10
tray-2,Tray,,,,TRAY,4006381333931,maker-1,10
linen-scarf,,digital,,,SCARF,,maker-2,65
workshop-card,,,Colour,Red,CARD-2,,maker-2,2.50
fresh,,,,,FRESH,,maker-2,2.50
linen-scarf-2,Other scarf,,,,SCARF-2,,maker-2,
pool,Pool,,,,POOL,,maker-1,5
";
    let report = stage.import(text, &at_studio()).await;
    assert_eq!(rows(&report), (1, 0, 0, 6));
    let told: Vec<(u64, &str)> = report.rejected.iter().map(|row| (row.line, row.reason.as_str())).collect();
    for ((line, reason), (wanted_line, wanted)) in told.iter().zip([
        (2, "sku \"CARD\" belongs to the product workshop-card"),
        (3, "barcode 4006381333931 belongs to the sku \"MUG-S-BLUE\""),
        (4, "it is goods here and cannot become digital"),
        (5, "it has no options here and the options Colour in the file"),
        (6, "title is empty"),
        (7, "price is empty; a new offer needs one"),
    ]) {
        assert!(*line == wanted_line && reason.contains(wanted), "line {line}: {reason}; wanted line {wanted_line}: {wanted}");
    }
}

#[tokio::test]
async fn k4_several_makers_offer_one_variant_and_what_a_file_leaves_empty_stays() {
    let stage = Stage::open().await;
    stage.import("title,description,sku,price,maker\nBowl,Oak,BOWL,30,maker-1\nBowl,,BOWL,32,maker-2\n", &at_studio()).await;
    assert_eq!(stage.texts(IMAGES).await, ["bowl draft: BOWL[] maker-1 3000, BOWL[] maker-2 3200"]);
    stage
        .run("insert into price (coop_id, offer_id, currency, channel, amount) select coop_id, offer_id, 'EUR', 'stream', 2500 from offer")
        .await;
    let report = stage.import("title,sku,price,maker,status\nBowl,BOWL,,maker-1,active\nBowl,BOWL,33,maker-2,\n", &at_studio()).await;
    assert_eq!(rows(&report), (0, 2, 0, 0));
    let prices = "select string_agg(amount || ' ' || channel, ', ' order by amount) from price group by offer_id order by 1";
    assert_eq!(stage.texts(prices).await, ["2500 stream, 3000 all", "2500 stream, 3300 all"], "other channels keep their prices");
    assert_eq!(stage.texts("select description from product_text").await, ["Oak"]);
    assert_eq!(stage.texts("select status::text from product").await, ["active"]);
}

#[tokio::test]
async fn k4_an_import_that_was_stopped_goes_on_and_every_row_is_counted_once() {
    let stage = Stage::open().await;
    let mut text = String::from("title,sku,price,maker,quantity\n");
    for number in 0..600 {
        let price = if number % 100 == 99 { "x" } else { "4.50" };
        let _ = writeln!(text, "Thing {number},T-{number},{price},maker-1,2");
    }
    let file = ProductFile { name: "things.csv", bytes: text.as_bytes() };
    // Killed after the first batch: nobody hears of the second
    let (imports, options) = (stage.imports(), at_studio());
    let mut batches = 0;
    {
        let (first_batch, stopped) = tokio::sync::oneshot::channel();
        let mut first_batch = Some(first_batch);
        let mut tell = |_| {
            batches += 1;
            if let Some(first_batch) = first_batch.take() {
                let _ = first_batch.send(());
            }
        };
        let import = imports.import(file, &options, None, &mut tell);
        tokio::select! { biased; _ = stopped => {}, report = import => panic!("it came to its end: {report:?}") }
    }
    assert_eq!(batches, 1);
    let known = in_coop(&stage.db, stage.coop.id, async |tx| product_imports(tx, stage.coop.id, None, 10).await.unwrap()).await;
    assert_eq!((known.len(), known[0].state, known[0].rows.created, known[0].rows.rejected), (1, ImportState::Running, 250, 6));
    let refusal = imports.undo(known[0].id, &mut |_| {}).await.unwrap_err().refusal().unwrap();
    assert!(refusal.code == Code::NotNow && refusal.message.contains("is not at its end"), "{refusal}");
    let mut rejects = Vec::new();
    let report = imports.import(file, &options, Some(&mut rejects), &mut |_| {}).await.unwrap();
    assert!(report.resumed && report.import == Some(known[0].id.0));
    assert_eq!((report.rows.rows, rows(&report)), (600, (594, 0, 0, 6)));
    assert_eq!(String::from_utf8(rejects).unwrap().lines().count(), 7, "also those of before it was stopped");
    assert_eq!(stage.number("select count(*) from product").await, 594);
    assert_eq!(stage.number("select sum(on_hand) from stock").await, 2 * 594);
    in_coop(&stage.db, stage.coop.id, async |tx| {
        let done = product_import(tx, stage.coop.id, known[0].id).await.unwrap().unwrap();
        assert_eq!((done.state, done.rows), (ImportState::Done, report.rows));
        let rejected = rejected_rows(tx, stage.coop.id, known[0].id, 101, 2).await.unwrap();
        assert_eq!(rejected.iter().map(|row| row.line).collect::<Vec<_>>(), [201, 301]);
    })
    .await;
}

#[tokio::test]
async fn k4_another_coop_neither_meets_these_products_nor_can_take_the_import_back() {
    let stage = Stage::open().await;
    let report = stage.import(SHOPIFY, &at_studio()).await;
    let (quarry, _) = coop_with_makers(&stage.db, "quarry", 3).await;
    let theirs = ProductImports::new(stage.db.pools.orm.clone(), quarry.clone(), Clock::stopped_at(november(20)));
    let refusal = theirs.undo(ImportId(report.import.unwrap()), &mut |_| {}).await.unwrap_err().refusal().unwrap();
    assert_eq!(refusal.code, Code::NotFound);
    let file = ProductFile { name: "products.csv", bytes: SHOPIFY.as_bytes() };
    let options = Options { without_stock: true, ..Options::default() };
    let own = theirs.import(file, &options, None, &mut |_| {}).await.unwrap();
    assert_eq!((own.new_products, rows(&own)), (3, (4, 0, 1, 1)), "the same SKUs are free there");
    assert_eq!(stage.number("select count(*) from product").await, 3);
}
