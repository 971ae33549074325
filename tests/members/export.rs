//! A co-op's way out with everything.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use identity::{BuiltIn, NewInvitation};
use kernel::Code;
use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::{
    people::{address, built_in, refused},
    stage::Stage,
};
use crate::world::Shop;

/// How many rows of a co-op each table has, as the owner of the schema sees it.
async fn rows_of(stage: &Stage, coop: i32) -> BTreeMap<String, i64> {
    let owner = stage.db.owner().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.columns
         where column_name = 'coop_id' and table_name in (select relname from pg_class where relpersistence = 'p') and table_schema = 'public' and table_name in (select table_name from information_schema.tables
               where table_schema = 'public' and table_type = 'BASE TABLE')",
    )
    .fetch_all(&owner)
    .await
    .unwrap();
    let mut rows = BTreeMap::new();
    for table in tables {
        let count = format!("select count(*) from {table} where coop_id = {coop}");
        rows.insert(table, sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&owner).await.unwrap());
    }
    rows
}

/// Lets a stock tar unpack it, and reads the lines of each table.
fn unpacked(archive: &[u8], into: &Path) -> BTreeMap<String, Vec<Value>> {
    fs::write(into.join("export.tar.gz"), archive).unwrap();
    let tar = Command::new("tar").args(["-xzf", "export.tar.gz"]).current_dir(into).status().unwrap();
    assert!(tar.success());
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for folder in fs::read_dir(into).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let lines = tables.entry(folder.file_name().into_string().unwrap()).or_default();
        for part in fs::read_dir(folder.path()).unwrap() {
            let text = fs::read_to_string(part.unwrap().path()).unwrap();
            lines.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    tables
}

#[tokio::test]
async fn a16_an_export_holds_every_row_of_the_coop_and_of_no_other() {
    let stage = Stage::open().await;
    let other = Shop::open(&stage.db, "busy").await;
    let shop = Shop::open(&stage.db, "quay").await;
    for shop in [&other, &shop] {
        let sales: Vec<_> =
            (0..40).map(|_| shop.sale(kernel::SaleId(uuid::Uuid::now_v7()), (1_000, 501), ::orders::Payment::Stripe)).collect();
        shop.place(&stage.db, &sales).await;
    }
    let ana = stage.ana;
    let member = built_in(&stage.identity, &ana, BuiltIn::Member).await.id;
    stage.identity.invite(&ana, NewInvitation { email: address("Ben"), role: member, anyone: false }).await.unwrap();
    stage.work().await;

    for coop in [stage.coop.id, shop.coop.id] {
        let tx = db::begin_snapshot(&stage.db.pools.orm, coop).await.unwrap();
        let packed = identity::pack(&tx, coop, stage.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tables = unpacked(&packed.file, folder.path());
        let expected = rows_of(&stage, coop.0).await;
        for (table, rows) in &expected {
            assert_eq!(tables.get(table).map_or(0, Vec::len), usize::try_from(*rows).unwrap(), "{table}");
        }
        for (table, rows) in &tables {
            assert!(rows.iter().all(|row| table == "person" || row["coop_id"] == coop.0), "{table} holds another co-op's row");
        }
        let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.path().join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["rows"].as_object().unwrap().len(), expected.len() + 1, "every table is named, and the people");
        assert_eq!(packed.rows, tables.values().map(|rows| i64::try_from(rows.len()).unwrap()).sum::<i64>());
        if coop == stage.coop.id {
            assert_eq!(tables["person"][0]["email"], "ana@example.org");
            assert!(tables["invitation"][0].get("token_hash").is_none(), "no secret goes out, nor its hash");
        } else {
            assert_eq!((tables["sale"].len(), tables["sale_line"].len()), (40, 80));
        }
    }
}

#[tokio::test]
async fn a16_an_export_is_asked_for_made_once_and_kept() {
    let stage = Stage::open().await;
    let asked = stage.identity.export_coop(&stage.ana).await.unwrap();
    assert_eq!(stage.identity.export_coop(&stage.ana).await.unwrap(), asked, "one that is being made is the answer");
    stage.work().await;
    let made = stage.identity.exports(&stage.ana).await.unwrap().remove(0);
    let file = made.made.expect("the job has made it");
    let bytes = stage.storage.get(&file.key).await.unwrap();
    assert_eq!(i64::try_from(bytes.len()).unwrap(), file.bytes);
    assert!(file.rows > 10 && file.tables > 20, "{file:?}");
    assert_ne!(stage.identity.export_coop(&stage.ana).await.unwrap().id, asked.id, "after that, another");
    let eve = stage.stranger().await;
    assert!(stage.identity.exports(&eve).await.unwrap().is_empty());
    let mia = super::people::acting(&stage.db, &stage.coop, "Mia", "member").await;
    assert_eq!(refused(stage.identity.export_coop(&mia).await).0, Code::Forbidden);
}
