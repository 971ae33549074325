//! Sheets of labels to print, cut or peel: a QR code, and what it is about in words.
//!
//! The sizes of a sheet are data, so whatever the stationer sells can be described. The code is drawn as a path: it is as sharp
//! as the printer is.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};
use fast_qr::{ECL, QRBuilder};
use serde::Serialize;

use crate::{
    DocumentError,
    typeface::clean,
    typeset::{self, Layout},
};

const LABELS: Layout = Layout { pages: include_str!("labels.typ"), margins: None };
/// What a reader of codes wants to be empty around one, in modules.
const QUIET: usize = 4;
/// The smallest label that a code and words can be read on, in micrometres.
const SMALLEST: (u32, u32) = (40_000, 20_000);
/// The longest side of a paper, in micrometres.
const LARGEST_PAPER: u32 = 2_000_000;
/// Labels at once: a hundred sheets of 24.
pub const MAX_LABELS: usize = 2_400;

/// A sheet of labels. All lengths in micrometres, so that nothing is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelSheet {
    /// The paper's width.
    pub paper_width: u32,
    /// The paper's height.
    pub paper_height: u32,
    /// Labels beside each other.
    pub columns: u32,
    /// Labels below each other.
    pub rows: u32,
    /// A label's width.
    pub width: u32,
    /// A label's height.
    pub height: u32,
    /// From the paper's left edge to the first label.
    pub left: u32,
    /// From the paper's top edge to the first label.
    pub top: u32,
    /// Between labels beside each other.
    pub gap_x: u32,
    /// Between labels below each other.
    pub gap_y: u32,
}

impl LabelSheet {
    const fn a4((columns, rows): (u32, u32), (width, height): (u32, u32), (left, top): (u32, u32), gap_x: u32) -> Self {
        Self { paper_width: 210_000, paper_height: 297_000, columns, rows, width, height, left, top, gap_x, gap_y: 0 }
    }

    /// The sheets that are known by name: paper, columns and rows.
    pub const KNOWN: [(&str, Self); 4] = [
        ("a4-3x8", Self::a4((3, 8), (70_000, 37_000), (0, 500), 0)),
        ("a4-3x7", Self::a4((3, 7), (63_500, 38_100), (7_250, 15_150), 2_500)),
        ("a4-2x7", Self::a4((2, 7), (99_100, 38_100), (4_650, 15_150), 2_500)),
        ("a4-4x10", Self::a4((4, 10), (48_500, 25_400), (8_000, 21_500), 0)),
    ];

    /// The sheet of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|(known, _)| *known == name).map(|(_, sheet)| sheet)
    }

    /// Whether its labels lie on its paper and something can be read on them.
    fn fits(&self) -> bool {
        let span = |count: u32, size: u32, gap: u32| {
            let (count, size, gap) = (u128::from(count), u128::from(size), u128::from(gap));
            count * size + count.saturating_sub(1) * gap
        };
        let across = u128::from(self.left) + span(self.columns, self.width, self.gap_x);
        let down = u128::from(self.top) + span(self.rows, self.height, self.gap_y);
        let is_paper = self.paper_width <= LARGEST_PAPER && self.paper_height <= LARGEST_PAPER;
        let is_label = self.width >= SMALLEST.0 && self.height >= SMALLEST.1 && self.columns > 0 && self.rows > 0;
        is_paper && is_label && across <= u128::from(self.paper_width) && down <= u128::from(self.paper_height)
    }
}

/// What stands on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What the code says: an address.
    pub code: String,
    /// What it is.
    pub title: String,
    /// Which of its variants; may be empty.
    pub variant: String,
    /// Whose it is.
    pub maker: String,
    /// What it costs, with its currency; may be empty.
    pub price: String,
    /// Small print, such as the SKU and the lot.
    pub note: String,
}

/// The values that `labels.typ` reads.
#[derive(Serialize)]
struct Page {
    title: String,
    /// Year, month, day.
    issued: (i32, u32, u32),
    sheet: [u32; 10],
    labels: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    qr: String,
    alt: String,
    title: String,
    variant: String,
    maker: String,
    price: String,
    note: String,
}

/// Typesets label sheets as a PDF file, the first label in the top left corner after `skip` places that are used up. The same
/// labels of the same day give the same bytes.
pub fn render_labels(title: &str, on: NaiveDate, sheet: &LabelSheet, labels: &[Label], skip: usize) -> Result<Vec<u8>, DocumentError> {
    if !sheet.fits() || skip >= (sheet.columns * sheet.rows) as usize {
        return Err(DocumentError::Sheet);
    }
    if labels.is_empty() || labels.len() + skip > MAX_LABELS {
        return Err(DocumentError::Labels(labels.len()));
    }
    let LabelSheet { paper_width, paper_height, columns, rows, width, height, left, top, gap_x, gap_y } = *sheet;
    let page = Page {
        title: clean(title),
        issued: (on.year(), on.month(), on.day()),
        sheet: [paper_width, paper_height, columns, rows, width, height, left, top, gap_x, gap_y],
        labels: std::iter::repeat_with(|| Ok(Shown::nothing())).take(skip).chain(labels.iter().map(Shown::of)).collect::<Result<_, _>>()?,
    };
    typeset::pdf(title, LABELS, serde_json::to_vec(&page)?)
}

impl Shown {
    fn nothing() -> Self {
        let none = String::new;
        Self { qr: none(), alt: none(), title: none(), variant: none(), maker: none(), price: none(), note: none() }
    }

    fn of(label: &Label) -> Result<Self, DocumentError> {
        Ok(Self {
            qr: drawn(&label.code)?,
            alt: clean(&label.code),
            title: clean(&label.title),
            variant: clean(&label.variant),
            maker: clean(&label.maker),
            price: clean(&label.price),
            note: clean(&label.note),
        })
    }
}

/// A code as an SVG of one path; a run of dark modules in a row is a rectangle of it.
fn drawn(text: &str) -> Result<String, DocumentError> {
    let drawing = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| DocumentError::Code(text.len()))?;
    let modules = drawing.size;
    let mut path = String::new();
    for row in 0..modules {
        let mut column = 0;
        while column < modules {
            let run = (column..modules).take_while(|place| drawing[row][*place].value()).count();
            if run > 0 {
                // A string never refuses to be written to
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
            }
            column += run.max(1);
        }
    }
    let side = modules + 2 * QUIET;
    Ok(format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_sheets_lie_on_their_paper() {
        for (name, sheet) in LabelSheet::KNOWN {
            assert!(sheet.fits(), "{name}");
            assert_eq!(LabelSheet::of_name(name), Some(sheet));
        }
        let (_, sheet) = LabelSheet::KNOWN[0];
        assert!(!LabelSheet { columns: 4, ..sheet }.fits());
        assert!(!LabelSheet { rows: 0, ..sheet }.fits());
        assert!(!LabelSheet { rows: u32::MAX, gap_y: u32::MAX, ..sheet }.fits());
    }

    #[test]
    fn a_code_has_its_three_corners_and_an_empty_border() {
        let svg = drawn("https://example.org/l/aaaa").unwrap();
        // 7 dark modules in a row: the upper edges of two corners, then their lower edges, then the third
        assert!(svg.contains("M4 4h7v1h-7z") && svg.contains("viewBox=\"0 0 33 33\"") && svg.contains("M22 4h7v1h-7z"), "{svg}");
        assert!(svg.contains("M4 22h7v1h-7z"));
        assert!(matches!(drawn(&"x".repeat(5_000)), Err(DocumentError::Code(5_000))));
    }
}
