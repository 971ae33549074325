//! Sheets of labels, seen through the public door: bytes in, a PDF out.

#![expect(clippy::unwrap_used, reason = "a helper that panics fails its test")]

use chrono::NaiveDate;
use documents::{DocumentError, Label, LabelSheet, MAX_LABELS, render_labels};

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn label(number: usize) -> Label {
    Label {
        code: format!("https://harbour.example/l/aebagbafaydqqcikbmga2dqpc{number}"),
        title: "Stoneware mug, speckled".to_owned(),
        variant: "Large · Blue".to_owned(),
        maker: "Ana Ferreira".to_owned(),
        price: "12.50 EUR".to_owned(),
        note: format!("MUG-L-BLUE · lot {number}"),
    }
}

fn rendered(name: &str, sheet: &LabelSheet, labels: &[Label], skip: usize) -> Vec<u8> {
    let pdf = render_labels("Labels", day(), sheet, labels, skip).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    if let Some(folder) = std::env::var_os("STATEMENT_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), &pdf).unwrap();
    }
    pdf
}

#[test]
fn the_same_labels_give_the_same_bytes_on_every_known_sheet() {
    let labels: Vec<Label> = (0..30).map(label).collect();
    for (name, sheet) in LabelSheet::KNOWN {
        let first = rendered(name, &sheet, &labels, 0);
        assert!(first == render_labels("Labels", day(), &sheet, &labels, 0).unwrap());
        assert!(first != render_labels("Labels", day(), &sheet, &labels, 1).unwrap(), "places that are used up are left empty");
    }
}

#[test]
fn what_people_wrote_is_data_and_has_an_end() {
    let sheet = LabelSheet::of_name("a4-4x10").unwrap();
    let mut hostile = label(0);
    hostile.title = "#panic() *bold* $x$ <script> 陈 \u{0}\u{202e}".repeat(20);
    hostile.maker = "x".repeat(500);
    hostile.note = "]] #image(\"/etc/passwd\")".to_owned();
    rendered("hostile-labels", &sheet, &[hostile], 39);
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let sheet = LabelSheet::of_name("a4-3x8").unwrap();
    let too_wide = LabelSheet { width: 90_000, ..sheet };
    assert!(matches!(render_labels("x", day(), &too_wide, &[label(0)], 0), Err(DocumentError::Sheet)));
    assert!(matches!(render_labels("x", day(), &sheet, &[label(0)], 24), Err(DocumentError::Sheet)));
    assert!(matches!(render_labels("x", day(), &sheet, &[], 0), Err(DocumentError::Labels(0))));
    assert!(matches!(render_labels("x", day(), &sheet, &vec![label(0); MAX_LABELS + 1], 0), Err(DocumentError::Labels(2401))));
    let endless = Label { code: "x".repeat(5_000), ..label(0) };
    assert!(matches!(render_labels("x", day(), &sheet, &[endless], 0), Err(DocumentError::Code(5_000))));
}
