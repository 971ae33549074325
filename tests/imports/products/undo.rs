//! Taking an import back.

use imports::products::{ImportId, ImportState, Kept, Options, Report, Undone, product_import};

use super::stage::{SHOPIFY, Stage, at_studio, rows};
use crate::world::in_coop;

impl Stage {
    async fn undo(&self, report: &Report) -> Undone {
        self.imports().undo(ImportId(report.import.unwrap()), &mut |_| {}).await.unwrap()
    }

    async fn state(&self, report: &Report) -> ImportState {
        let import = ImportId(report.import.unwrap());
        in_coop(&self.db, self.coop.id, async |tx| product_import(tx, self.coop.id, import).await.unwrap().unwrap().state).await
    }

    async fn images(&self) -> Vec<String> {
        self.texts("select product_image(coop_id, product_id)::text from product order by 1").await
    }
}

fn kept(product: &str, reason: &str) -> Vec<Kept> {
    vec![Kept { product: product.to_owned(), reason: reason.to_owned() }]
}

#[tokio::test]
async fn k4_what_an_import_made_is_archived_and_its_lots_go_back() {
    let stage = Stage::open().await;
    let report = stage.import(SHOPIFY, &at_studio()).await;
    let undone = stage.undo(&report).await;
    assert_eq!((undone.archived, undone.restored, undone.kept), (3, 0, 0), "{:?}", undone.kept_products);
    assert_eq!(stage.texts("select distinct status::text from product").await, ["archived"]);
    assert_eq!(stage.number("select count(*) from variant where archived_at is null").await, 0);
    assert_eq!(stage.number("select count(*) from offer where withdrawn_at is null").await, 0);
    assert_eq!(stage.number("select sum(on_hand) from stock").await, 0);
    assert_eq!(stage.number("select -sum(quantity) from movement where kind = 'returned'").await, 21);
    assert_eq!(stage.state(&report).await, ImportState::Undone);
    // A second time there is nothing left to do
    let again = stage.undo(&report).await;
    assert_eq!((again.archived, again.restored, again.kept), (0, 0, 0));
    // And the file can come once more
    let back = stage.import(SHOPIFY, &at_studio()).await;
    assert_eq!((rows(&back), back.new_products, back.units.received), ((0, 4, 1, 1), 0, 0));
    assert_eq!(stage.free("MUG-S-BLUE").await, ["Studio 12"]);
    assert_eq!(stage.number("select count(*) from product where status = 'archived'").await, 0);
}

#[tokio::test]
async fn k4_what_an_import_changed_becomes_what_it_was() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    let before = stage.images().await;
    let changed = SHOPIFY
        .replace("Speckled mug", "Freckled mug")
        .replace("24.50", "26.00")
        .replace(",12,deny", ",15,deny")
        .replace(",5,deny,manual,26.00", ",1,deny,manual,26.00")
        .replace(
            "linen-scarf,Linen scarf,Woven on a foot loom.,Maker 2,,Scarves",
            "linen-scarf,Linen scarf,Woven by hand.,Maker 2,,Shawls",
        );
    let report = stage.import(&changed, &at_studio()).await;
    assert_eq!(rows(&report), (0, 3, 2, 1));
    assert_ne!(stage.images().await, before);
    let undone = stage.undo(&report).await;
    assert_eq!((undone.archived, undone.restored, undone.kept), (0, 2, 0), "{:?}", undone.kept_products);
    assert_eq!(stage.images().await, before);
    assert_eq!(
        (stage.free("MUG-S-BLUE").await, stage.free("MUG-L-BLUE").await),
        (vec!["Studio 12".to_owned()], vec!["Studio 5".to_owned()])
    );
}

#[tokio::test]
async fn k4_what_was_sold_promised_or_changed_since_stays_and_says_why() {
    let stage = Stage::open().await;
    let report = stage.import(SHOPIFY, &at_studio()).await;
    stage.sell("MUG-S-BLUE", 1).await;
    let held = stage.hold("SCARF", 1).await;
    stage.run("update price set amount = 300 where amount = 250").await;
    let undone = stage.undo(&report).await;
    assert_eq!((undone.archived, undone.kept), (0, 3));
    let mut told = undone.kept_products;
    told.sort_by(|one, other| one.product.cmp(&other.product));
    assert_eq!(
        told,
        [
            kept("linen-scarf", "units of it are promised or set aside; release them first"),
            kept("speckled-mug", "some of it was sold since; archive it by hand when nothing of it is left"),
            kept("workshop-card", "somebody changed it since; archive or change it by hand"),
        ]
        .concat()
    );
    assert_eq!(stage.state(&report).await, ImportState::Done);
    assert_eq!(stage.number("select sum(on_hand) from stock").await, 20);
    // Once nothing stands in the way, it is taken back as well
    stage.run(&format!("update reservation set state = 'released', closed_at = now() where reservation_id = '{held}'")).await;
    let again = stage.undo(&report).await;
    assert_eq!((again.archived, again.kept), (1, 2));
    assert_eq!(stage.free("SCARF").await, ["Studio 0"]);
}

#[tokio::test]
async fn k4_imports_are_taken_back_last_one_first() {
    let stage = Stage::open().await;
    let plain = |price: &str, units: &str| format!("title,sku,price,maker,quantity\nBowl,BOWL,{price},maker-1,{units}\n");
    let first = stage.import(&plain("30", "4"), &at_studio()).await;
    let second = stage.import(&plain("31", "6"), &at_studio()).await;
    let refused = stage.undo(&first).await;
    assert_eq!(refused.kept_products, kept("bowl", "a later import changed it; take that one back first"));
    assert_eq!(stage.undo(&second).await.restored, 1);
    assert_eq!((stage.free("BOWL").await, stage.number("select amount from price").await), (vec!["Studio 4".to_owned()], 3000));
    assert_eq!(stage.undo(&first).await.archived, 1);
    assert_eq!(stage.free("BOWL").await, ["Studio 0"]);
}

#[tokio::test]
async fn k4_variants_that_an_import_added_go_and_the_others_stay() {
    let stage = Stage::open().await;
    let head = "title,option1_name,option1_value,sku,price,maker\n";
    stage.import(&format!("{head}Bowl,Size,S,B-S,30,maker-1\n"), &at_studio()).await;
    let before = stage.images().await;
    let added = stage.import(&format!("{head}Bowl,Size,L,B-L,40,maker-1\nBowl,Size,S,B-S,32,maker-2\n"), &Options::default()).await;
    assert_eq!(rows(&added), (2, 0, 0, 0));
    assert_eq!(stage.undo(&added).await.restored, 1);
    assert_ne!(stage.images().await, before, "what was made is archived, not deleted");
    let sold =
        "select variant.sku || ' ' || party.handle from variant join offer using (coop_id, variant_id) join party using (coop_id, party_id)
                where variant.archived_at is null and offer.withdrawn_at is null";
    assert_eq!(stage.texts(sold).await, ["B-S maker-1"]);
}
