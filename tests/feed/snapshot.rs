//! Everything that is for sale, in one download.

use std::io::Read as _;

use flate2::read::GzDecoder;
use kernel::ProductId;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::stage::{Stage, change, product, text};

const PRODUCTS: usize = 4_000;
const VARIANTS: usize = 10_000;
const LIMIT: usize = 1_000_000;

const ADJECTIVES: [&str; 24] = [
    "Blue",
    "Red",
    "Speckled",
    "Tall",
    "Small",
    "Hand-thrown",
    "Woven",
    "Felted",
    "Carved",
    "Glazed",
    "Smoked",
    "Indigo",
    "Striped",
    "Oiled",
    "Round",
    "Square",
    "Salt-fired",
    "Raku",
    "Knitted",
    "Quilted",
    "Turned",
    "Hammered",
    "Folded",
    "Printed",
];
const NOUNS: [&str; 28] = [
    "mug", "bowl", "plate", "vase", "scarf", "hat", "gloves", "blanket", "spoon", "board", "stool", "lamp", "basket", "ring", "bracelet",
    "earrings", "print", "zine", "candle", "soap", "bag", "belt", "wallet", "teapot", "planter", "tile", "cushion", "journal",
];
const MATERIALS: [&str; 12] = [
    "stoneware",
    "porcelain",
    "oak",
    "ash",
    "merino wool",
    "linen",
    "cotton",
    "silver",
    "brass",
    "vegetable-tanned leather",
    "beeswax",
    "paper",
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % sides
    }
}

async fn run(owner: &PgPool, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(owner).await.unwrap();
}

/// The catalogue of a big co-op: a real title, SKU, EAN, attributes, prices and numbers for each.
async fn fill(stage: &Stage) {
    let owner = stage.db.owner().await;
    let coop = stage.coop.id;
    for table in ["product", "product_text", "variant", "offer", "price", "product_attribute", "publication"] {
        run(&owner, &format!("alter table {table} disable trigger audited")).await; // not what is measured
    }
    let (mut dice, mut rows): (Dice, [Vec<String>; 7]) = (Dice(2026), std::array::from_fn(|_| Vec::new()));
    for number in 0..PRODUCTS {
        let (id, title) = (Uuid::now_v7(), format!("{} {}", ADJECTIVES[dice.roll(24)], NOUNS[dice.roll(28)]));
        rows[0].push(format!("({coop}, '{id}', '{}-{number}', 'active', '{{size}}')", title.to_lowercase().replace(' ', "-")));
        rows[1].push(format!("({coop}, '{id}', 'en', '{title} no. {number}')"));
        rows[1].push(format!("({coop}, '{id}', 'nl', '{title} nr. {number}')"));
        rows[5].push(format!("({coop}, '{id}', 'material', '{}')", MATERIALS[dice.roll(12)]));
        rows[5].push(format!("({coop}, '{id}', 'year', '{}')", 2_015 + dice.roll(12)));
        rows[6].push(format!("({coop}, '{id}', 'web', now() - interval '{} seconds')", dice.roll(10_000_000)));
        rows[6].push(format!("({coop}, '{id}', 'till', now() - interval '{} seconds')", dice.roll(10_000_000)));
        for size in 0..(2 + usize::from(number % 2 == 0)) {
            let (variant, offer, code) = (Uuid::now_v7(), Uuid::now_v7(), dice.roll(1_000_000_000));
            let sku = format!("HM-{number:05}-{}", ["S", "M", "L"][size]);
            rows[2].push(format!("({coop}, '{variant}', '{id}', '{sku}', '40{code:09}{:02}', '{{{size}}}', {size})", dice.roll(100)));
            rows[3].push(format!("({coop}, '{offer}', '{variant}', {})", stage.makers[dice.roll(stage.makers.len())]));
            rows[4].push(format!("({coop}, '{offer}', 'EUR', {})", 500 + 50 * dice.roll(300)));
        }
    }
    let heads = [
        "product (coop_id, product_id, handle, status, option_names)",
        "product_text (coop_id, product_id, language, title)",
        "variant (coop_id, variant_id, product_id, sku, barcode, options, position)",
        "offer (coop_id, offer_id, variant_id, party_id)",
        "price (coop_id, offer_id, currency, amount)",
        "product_attribute (coop_id, product_id, name, value)",
        "publication (coop_id, product_id, channel, visible_from)",
    ];
    let inserts: Vec<String> =
        heads.iter().zip(rows).map(|(head, rows)| format!("insert into {head} values {};", rows.join(","))).collect();
    run(&owner, &format!("begin; set local guildhall.coops = '{coop}'; {} commit", inserts.concat())).await;
    owner.close().await;
}

fn read(gzip: &[u8]) -> Value {
    let mut text = String::new();
    GzDecoder::new(gzip).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn b15_a_snapshot_of_ten_thousand_variants_is_one_download_of_less_than_a_megabyte_and_changes_go_on_from_it() {
    let stage = Stage::open().await;
    fill(&stage).await;
    let snapshot = stage.catalogue.snapshot(&stage.ana, None).await.unwrap();
    let size = snapshot.gzip.len();
    println!("{VARIANTS} variants of {PRODUCTS} products in {size} bytes");
    assert!(size < LIMIT, "{size} bytes");
    let body = read(&snapshot.gzip);
    let products = body["products"].as_array().unwrap();
    let variants: usize = products.iter().map(|product| product["variants"].as_array().unwrap().len()).sum();
    assert_eq!((products.len(), variants, body["version"].as_i64()), (PRODUCTS, VARIANTS, Some(snapshot.version)));
    assert!(products.iter().all(|product| product["variants"][0]["offers"][0]["prices"][0]["minor"].is_u64()));
    assert_eq!(stage.changes(snapshot.version, None).await.changes.len(), 0, "there is nothing new yet");
    let first: ProductId = ProductId(products[0]["id"].as_str().unwrap().parse().unwrap());
    let mut renamed = change(first);
    renamed.texts = Some(vec![text("en", "Another mug")]);
    stage.save(renamed).await;
    let told = stage.changes(snapshot.version, None).await;
    assert_eq!((told.changes.len(), told.version), (1, snapshot.version + 1));
}

#[tokio::test]
async fn b15_a_snapshot_says_of_each_product_what_the_changes_say_and_holds_only_what_is_for_sale() {
    let stage = Stage::open().await;
    let mut draft = product("Draft", stage.makers[0]);
    draft.status = Some(::catalogue::ProductStatus::Draft);
    let mut web = product("Web only", stage.makers[0]);
    web.publications.as_mut().unwrap().truncate(1);
    stage.save_all(vec![product("Mug", stage.makers[0]), draft, web]).await;
    let changes = stage.changes(0, None).await;
    let told: Vec<Value> =
        changes.changes.iter().filter_map(|entry| entry.body.as_ref()).map(|body| serde_json::from_str(body.get()).unwrap()).collect();
    let everywhere = read(&stage.catalogue.snapshot(&stage.ana, None).await.unwrap().gzip);
    assert_eq!(everywhere["products"].as_array().unwrap(), &told);
    assert_eq!((told.len(), everywhere["version"].as_i64()), (2, Some(changes.version)));
    let till = read(&stage.catalogue.snapshot(&stage.ana, Some(::catalogue::Channel::Till)).await.unwrap().gzip);
    assert_eq!(till["products"].as_array().unwrap().len(), 1);
}
