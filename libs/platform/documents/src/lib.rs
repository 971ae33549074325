//! Paper: turns plain values into PDF files that are the same, byte for byte, whenever they are made again.
//!
//! There are two documents: the monthly payout statement (fill a [`StatementDocument`], call [`render_pdf`]), and sheets of
//! labels with QR codes ([`render_labels`]). Typst runs in
//! this process with the fonts of `fonts/` and nothing else: no file, no network, no clock. The layout is `statement.typ`,
//! with its margins in `statement-margins.typ`.
//! What people wrote reaches it as values in a JSON file, so a name is never read as markup. The result is archival and
//! tagged for screen readers (PDF/A-2a and PDF/UA-1).
//!
//! Rendering is work for a processor, not for an async runtime: call it where blocking is allowed. It takes memory and time
//! in proportion to the lines, some 10 to 40 ms for an ordinary month and a second or two for 2,000 lines, optimised.

mod error;
mod figures;
mod labels;
mod statement;
mod typeface;
mod typeset;
mod view;

pub use error::DocumentError;
pub use labels::{Label, LabelSheet, MAX_LABELS, render_labels};
pub use statement::{LineKind, Replaced, StatementDocument, StatementLine, StatementPayout};

const STATEMENT: typeset::Layout =
    typeset::Layout { pages: include_str!("statement.typ"), margins: Some(include_str!("statement-margins.typ")) };

/// Typesets a payout statement as a PDF file: A4, archival, tagged. The same statement gives the same bytes.
///
/// Refuses a statement whose lines do not lead from its opening to its closing balance.
pub fn render_pdf(statement: &StatementDocument) -> Result<Vec<u8>, DocumentError> {
    let page = view::Page::of(statement)?;
    let ident = format!("payout statement {} revision {}", statement.number, statement.revision);
    typeset::pdf(&ident, STATEMENT, serde_json::to_vec(&page)?)
}
