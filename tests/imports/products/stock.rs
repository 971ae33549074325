//! Staying in step with a shop elsewhere, by what it can sell.

use imports::products::Options;

use super::stage::{SHOPIFY, Stage, at_studio, rows};

fn with_mugs(units: &str) -> String {
    SHOPIFY.replace(",12,deny", &format!(",{units},deny"))
}

#[tokio::test]
async fn k5_a_later_file_sets_what_can_be_sold_and_leaves_promises_beside_it() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    stage.hold("MUG-S-BLUE", 3).await;
    assert_eq!(stage.free("MUG-S-BLUE").await, ["Studio 9"]);
    // The shop elsewhere sold two: it has nine left to sell, as we have
    let same = stage.import(&with_mugs("9"), &at_studio()).await;
    assert_eq!((rows(&same), same.units.counted_out), ((0, 0, 5, 1), 0), "three are promised and still lie here");
    let report = stage.import(&with_mugs("7"), &at_studio()).await;
    assert_eq!((rows(&report), report.units.counted_out), ((0, 1, 4, 1), 2));
    assert_eq!(stage.free("MUG-S-BLUE").await, ["Studio 7"]);
    assert_eq!(stage.number("select on_hand from stock join variant using (coop_id, variant_id) where sku = 'MUG-S-BLUE'").await, 10);
    let more = stage.import(&with_mugs("20"), &at_studio()).await;
    assert_eq!((more.units.received, more.units.counted_in), (0, 13));
    assert_eq!(
        stage
            .texts(
                "select movement.kind || ' ' || movement.quantity from movement join lot using (coop_id, lot_id) join variant using (coop_id, variant_id)
                     where variant.sku = 'MUG-S-BLUE' order by movement.movement_id"
            )
            .await,
        ["received 12", "counted -2", "counted 13"]
    );
    // What was counted says what was expected, as every stock count does
    assert_eq!(
        stage
            .texts(
                "select expected || ' -> ' || counted from stock_count_line line join stock_count using (coop_id, count_id)
                     order by counted_at, counted"
            )
            .await,
        ["12 -> 10", "10 -> 23"]
    );
}

#[tokio::test]
async fn k5_less_than_is_promised_is_never_taken_away() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    stage.hold("SCARF", 4).await;
    let none = SHOPIFY.replace("SCARF,180,shopify,4", "SCARF,180,shopify,0");
    let report = stage.import(&none, &at_studio()).await;
    assert_eq!((rows(&report), report.units.counted_out), ((0, 0, 5, 1), 0), "nothing is free, as the file says");
    assert_eq!(stage.number("select on_hand from stock join variant using (coop_id, variant_id) where sku = 'SCARF'").await, 4);
}

#[tokio::test]
async fn k5_each_place_is_counted_on_its_own_and_the_oldest_lot_goes_first() {
    let stage = Stage::open().await;
    let file = |studio: &str, stall: &str| {
        format!("title,sku,price,maker,location,quantity\nBowl,BOWL,30,maker-1,Studio,{studio}\nBowl,BOWL,30,maker-1,Stall 7,{stall}\n")
    };
    assert_eq!(rows(&stage.import(&file("5", "2"), &Options::default()).await), (2, 0, 0, 0));
    assert_eq!(stage.free("BOWL").await, ["Stall 7 2", "Studio 5"]);
    assert_eq!(rows(&stage.import(&file("5", "1"), &Options::default()).await), (0, 1, 1, 0));
    assert_eq!(stage.free("BOWL").await, ["Stall 7 1", "Studio 5"]);
    let report = stage.import(&file("", "x"), &Options::default()).await;
    assert_eq!((rows(&report), report.rejected[0].line), ((0, 0, 1, 1), 3));
    let report = stage.import(&file("5", "1").replace("Stall 7", "Attic"), &Options::default()).await;
    assert!(report.rejected[0].reason.contains("there is no location \"Attic\""), "{:?}", report.rejected);
    // A row that names no place means the same as one that names the chosen one
    let report = stage.import(&file("5", "9").replace("Stall 7", ""), &at_studio()).await;
    assert!(report.rejected[0].reason.contains("an earlier row counts \"BOWL\" of the same maker"), "{:?}", report.rejected);
    assert_eq!(stage.free("BOWL").await, ["Stall 7 1", "Studio 5"]);
}
