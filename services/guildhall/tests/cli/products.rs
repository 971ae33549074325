//! Products in, out and taken back, and labels, by the command.

use std::fs;

use sea_orm::ConnectionTrait as _;

use crate::House;

const FILE: &str = "\
title,sku,price,maker,quantity
Bowl,BOWL,30.00,mara,4
Plate,PLATE,x,mara,4
";

/// A co-op with a studio, and a file of a bowl and a plate whose price cannot be read.
async fn stage() -> (House, String) {
    let house = House::with_coop().await;
    let tx = db::begin(&house.db.pools.orm, house.coop.id).await.unwrap();
    let sql = "insert into location (coop_id, location_id, kind, name) select coop_id, gen_random_uuid(), 'studio', 'Studio' from coop";
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
    let file = house.home.path().join("products.csv").display().to_string();
    fs::write(&file, FILE).unwrap();
    (house, file)
}

#[tokio::test]
async fn k4_the_command_imports_tells_what_was_rejected_and_takes_it_back() {
    let (house, file) = stage().await;
    let rejects = house.home.path().join("rejects.csv").display().to_string();
    let dry = house.run(&["import", "products", &file, "--co-op", "harbour", "--dry-run", "--json"]).await;
    assert_eq!((dry.code, &dry.json()["rows"]["created"], &dry.json()["import"]), (5, &1.into(), &serde_json::Value::Null), "{dry:?}");
    let real = house.run(&["import", "products", &file, "--co-op", "harbour", "--rejects", &rejects, "--json"]).await;
    let told = real.json();
    assert_eq!((real.code, &told["rows"]["created"], &told["rows"]["rejected"]), (5, &1.into(), &1.into()), "{real:?}");
    assert_eq!((&told["units"]["received"], &told["format"]), (&4.into(), &"plain".into()));
    assert!(fs::read_to_string(&rejects).unwrap().contains("Plate,PLATE,x,mara,4,3,"), "{rejects}");
    let shown = house.run(&["import", "products", &file]).await;
    assert!(shown.code == 5 && shown.out.contains("unchanged") && shown.out.contains("price \"x\" is not an amount"), "{shown:?}");
    let runs = house.run(&["import", "runs", "--json"]).await;
    assert_eq!((runs.code, runs.json()["imports"].as_array().map(Vec::len)), (0, Some(2)), "{runs:?}");
    let import = told["import"].as_str().unwrap();
    let undone = house.run(&["import", "undo", import, "--json"]).await;
    assert_eq!((undone.code, &undone.json()["archived"]), (0, &1.into()), "{undone:?}");
    let nobody = house.run(&["import", "undo", "00000000-0000-0000-0000-000000000000"]).await;
    assert_eq!(nobody.code, 3, "{nobody:?}");
}

#[tokio::test]
async fn k4_what_the_command_exports_it_takes_back_unchanged() {
    let (house, file) = stage().await;
    house.run(&["import", "products", &file]).await;
    let out = house.home.path().join("out.csv").display().to_string();
    let exported = house.run(&["export", "products", &out, "--json"]).await;
    assert_eq!((exported.code, &exported.json()["rows"]), (0, &1.into()), "{exported:?}");
    let back = house.run(&["import", "products", &out, "--json"]).await;
    assert_eq!((back.code, &back.json()["rows"]["unchanged"]), (0, &1.into()), "{back:?}");
    let printed = house.run(&["export", "products"]).await;
    assert_eq!(printed.out, fs::read_to_string(&out).unwrap());
}

#[tokio::test]
async fn b16_the_command_prints_labels_and_names_the_sheets_it_knows() {
    let (house, file) = stage().await;
    house.run(&["import", "products", &file]).await;
    let pdf = house.home.path().join("labels.pdf").display().to_string();
    let printed = house.run(&["labels", &pdf, "--maker", "mara", "--location", "studio", "--json"]).await;
    assert_eq!(printed.code, 0, "{printed:?}");
    assert!(fs::read(&pdf).unwrap().starts_with(b"%PDF-"));
    for (arguments, said) in [
        (["labels", &pdf, "--sheet", "a3"], "there is no sheet \"a3\"; there are a4-3x8"),
        (["labels", &pdf, "--location", "Cellar"], "there is no location \"Cellar\""),
        (["labels", &pdf, "--maker", "nobody"], "there is no maker \"nobody\""),
    ] {
        let refused = house.run(&arguments).await;
        assert!(refused.code == 3 && refused.err.contains(said), "{refused:?}");
    }
}
