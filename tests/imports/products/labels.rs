//! Labels: what is printed names the lot and its owner to whoever scans it.

use std::{path::Path, process::Stdio};

use documents::LabelSheet;
use imports::products::{LabelAsk, find_label, label_sheet};
use kernel::{Code, LotId};
use serde_json::json;
use tokio::{io::AsyncWriteExt as _, process::Command};

use super::stage::{SHOPIFY, Stage, at_studio};
use crate::{
    node::Node,
    world::{coop_with_makers, in_coop},
};

const READER: &str = include_str!("../node/qr.mjs");
/// Fine enough for the smallest code on the smallest label.
const DOTS_PER_INCH: &str = "200";

fn ask() -> LabelAsk {
    LabelAsk {
        lots: Vec::new(),
        owner: None,
        location: None,
        copies: None,
        sheet: LabelSheet::of_name("a4-3x8").unwrap(),
        skip: 0,
        origin: "https://harbour.example/".to_owned(),
    }
}

impl Stage {
    async fn labels(&self, ask: &LabelAsk) -> Result<Vec<u8>, kernel::Refusal> {
        let made = in_coop(&self.db, self.coop.id, async |tx| label_sheet(tx, &self.coop, ask, self.clock.now()).await).await;
        made.map_err(|error| error.refusal().expect("it is no fault"))
    }
}

/// What a stranger's reader makes of the codes on the first page: `None`, after saying why, where there is no such reader.
async fn scanned(pdf: &[u8]) -> Option<Vec<String>> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("imports/node");
    let reader = Node::with_packages("strangers-qr", &sources, READER).await?;
    let arguments = ["-r", DOTS_PER_INCH, "-gray", "-f", "1", "-l", "1", "-"];
    let child = Command::new("pdftoppm").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            println!("SKIPPED: pdftoppm does not run: {error}");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    let bytes = pdf.to_vec();
    let speak = tokio::spawn(async move { stdin.write_all(&bytes).await });
    let output = child.wait_with_output().await.unwrap();
    speak.await.unwrap().unwrap();
    let page = std::env::temp_dir().join(format!("labels-{}.pgm", uuid::Uuid::now_v7().simple()));
    std::fs::write(&page, output.stdout).unwrap();
    let answer = reader.ask(&json!({"page": page, "columns": 3, "rows": 8})).await;
    std::fs::remove_file(page).unwrap();
    Some(serde_json::from_value(answer).unwrap())
}

#[tokio::test]
async fn b16_a_scanned_label_names_the_lot_and_its_owner() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    let pdf = stage.labels(&ask()).await.unwrap();
    assert!(pdf == stage.labels(&ask()).await.unwrap(), "the same labels are the same bytes");
    let Some(codes) = scanned(&pdf).await else { return };
    // A label for each unit: 4 scarves, 5 large mugs, 12 small ones
    assert_eq!(codes.len(), 21, "{codes:?}");
    let mut told = Vec::new();
    for code in &codes {
        assert!(code.starts_with("https://harbour.example/l/"), "{code}");
        let found = in_coop(&stage.db, stage.coop.id, async |tx| find_label(tx, &stage.coop, code).await.unwrap()).await.unwrap();
        let price = found.price.unwrap();
        told.push(format!("{} {} {} {price}", found.owner_name, found.sku, found.units));
    }
    told.sort();
    let counted = |line: &str| told.iter().filter(|known| *known == line).count();
    assert_eq!(counted("Maker 1 MUG-S-BLUE 12 18.00 EUR"), 12, "{told:#?}");
    assert_eq!((counted("Maker 1 MUG-L-BLUE 5 24.50 EUR"), counted("Maker 2 SCARF 4 65.00 EUR")), (5, 4), "{told:#?}");
}

#[tokio::test]
async fn b16_a_label_of_another_coop_names_nothing_here() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    let lot: uuid::Uuid = stage.texts("select lot_id::text from lot limit 1").await[0].parse().unwrap();
    let (quarry, _) = coop_with_makers(&stage.db, "quarry", 1).await;
    let theirs = LabelAsk { lots: vec![LotId(lot)], ..ask() };
    let made = in_coop(&stage.db, quarry.id, async |tx| label_sheet(tx, &quarry, &theirs, stage.clock.now()).await).await;
    assert_eq!(made.unwrap_err().refusal().unwrap().code, Code::NotFound);
    let one = LabelAsk { copies: Some(1), ..theirs };
    assert!(stage.labels(&one).await.is_ok());
    for nonsense in ["", "https://harbour.example/l/", "4006381333931", "https://harbour.example/l/00000000000000000000000000"] {
        let found = in_coop(&stage.db, stage.coop.id, async |tx| find_label(tx, &stage.coop, nonsense).await.unwrap()).await;
        assert_eq!(found, None, "{nonsense}");
    }
}

#[tokio::test]
async fn b16_labels_are_asked_by_owner_and_place_and_nothing_is_refused() {
    let stage = Stage::open().await;
    stage.import(SHOPIFY, &at_studio()).await;
    let of = |maker: usize| LabelAsk { owner: Some(stage.makers[maker]), location: Some(stage.studio), ..ask() };
    assert!(stage.labels(&of(1)).await.unwrap() != stage.labels(&of(0)).await.unwrap());
    let none = stage.labels(&of(2)).await.unwrap_err();
    assert!(none.code == Code::InvalidInput && none.message.contains("nothing to label"), "{none}");
    let many = stage.labels(&LabelAsk { copies: Some(1_000), ..ask() }).await.unwrap_err();
    assert!(many.message.contains("these are 3000 labels; 2400 are the most"), "{many}");
    let wrong = LabelAsk { sheet: LabelSheet { width: 90_000, ..ask().sheet }, ..ask() };
    assert!(stage.labels(&wrong).await.unwrap_err().message.contains("do not lie on its paper"));
}
