//! The catalogue as a file, there and back.

use imports::products::{Exported, Options, export};

use super::stage::{OFN, SHOPIFY, SQUARE, Stage, at_studio, rows};

async fn exported(stage: &Stage) -> (Exported, String) {
    let mut bytes = Vec::new();
    let told = export(&stage.db.pools.orm, &stage.coop, stage.clock.now(), &mut bytes, &mut |_| {}).await.unwrap();
    (told, String::from_utf8(bytes).unwrap())
}

#[tokio::test]
async fn k4_an_export_comes_back_unchanged_and_makes_the_same_catalogue_elsewhere() {
    let stage = Stage::open().await;
    for (text, options) in [(SHOPIFY, at_studio()), (SQUARE, Options::default()), (OFN, at_studio())] {
        stage.import(text, &options).await;
    }
    // What is hard to write: formulas, quotes, newlines, commas, a second maker, a variant of nobody, a price of nothing
    let hard = "\
title,description,category,sku,price,maker,location,quantity
\"'=cmd|' /C calc'!A0\",\"She said \"\"no\"\",
then \"\"yes\"\"\",Home > Odd & ends,\"+A1,B\",0,maker-1,Stall 7,3
@Night,-5,,-NIGHT,1,maker-2,,
@Night,-5,,-NIGHT,2,maker-3,,
Sketch,,,SKETCH,,,,
";
    assert_eq!(rows(&stage.import(hard, &Options::default()).await), (4, 0, 0, 0));
    stage
        .run("update offer set withdrawn_at = now() from variant where variant.variant_id = offer.variant_id and variant.sku = 'CARD'")
        .await;
    stage.run("update variant set archived_at = now() where sku = 'CANDLE-S'").await;
    stage.hold("MUG-S-BLUE", 2).await;
    let before = stage.everything().await;
    let (told, file) = exported(&stage).await;
    assert_eq!(told.products, 11);
    let again = stage.import(&file, &Options::default()).await;
    assert_eq!((rows(&again), again.rows.rows as u64), ((0, 0, again.rows.unchanged, 0), told.rows), "{:?}", again.rejected);
    assert_eq!(stage.everything().await, before);
    assert_eq!(exported(&stage).await.1, file);
    let other = Stage::open().await;
    let there = other.import(&file, &Options::default()).await;
    assert_eq!((there.rows.created as u64, there.new_products as u64), (told.rows, told.products), "{:?}", there.rejected);
    assert_eq!(exported(&other).await.1, file);
}

#[tokio::test]
async fn k4_an_empty_catalogue_is_a_header() {
    let stage = Stage::open().await;
    let (told, file) = exported(&stage).await;
    assert_eq!((told, file.lines().count()), (Exported { products: 0, rows: 0 }, 1));
    assert!(file.starts_with("handle,title,description,category,kind,status,option1_name"), "{file}");
}
