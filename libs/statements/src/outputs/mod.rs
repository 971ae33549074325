//! A statement as files: PDF for people, CSV for spreadsheets, JSON for programs and proof.

mod csv;
mod letter;

use crate::{Document, Kind, Line, Sealed};
use documents::{DocumentError, LineKind, StatementDocument, StatementLine, StatementPayout};

pub use csv::{CSV_COLUMNS, csv};
pub(crate) use letter::letter_text;

/// One of the files of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// On paper, A4.
    Pdf,
    /// A table, one row per line.
    Csv,
    /// The canonical document, byte for byte what was hashed.
    Json,
}

impl FileKind {
    /// What it is called after the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// Its MIME type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// Where a file of a statement lies: `harbour/2026-11/2026-11-0007-r1.pdf`.
pub fn key(document: &Document, kind: FileKind) -> String {
    let Document { co_op, month, number, revision, .. } = document;
    format!("{}/{month}/{number}-r{revision}.{}", co_op.slug, kind.extension())
}

/// Typesets a statement. The same statement gives the same bytes; takes a processor's time, so call it where blocking is
/// allowed.
pub fn pdf(sealed: &Sealed) -> Result<Vec<u8>, DocumentError> {
    documents::render_pdf(&page(sealed))
}

fn page(sealed: &Sealed) -> StatementDocument {
    let document = &sealed.document;
    let account = &document.account;
    StatementDocument {
        co_op: document.co_op.name.clone(),
        party: document.party.name.clone(),
        handle: Some(format!("@{}", document.party.handle)),
        number: document.number.clone(),
        revision: document.revision,
        replaces: document.replaces.as_ref().map(|it| documents::Replaced { revision: it.revision, issued_on: it.issued_on }),
        month: document.month,
        issued_on: document.issued_on,
        currency: document.currency,
        opening_minor: account.opening().total,
        closing_minor: account.closing().total,
        held_minor: account.closing().held,
        lines: account.lines().iter().map(line).collect(),
        payouts: account.payouts().iter().map(payout).collect(),
        content_hash: sealed.hash_hex(),
    }
}

fn line(line: &Line) -> StatementLine {
    StatementLine {
        on: line.on,
        kind: match line.kind {
            Kind::Sale => LineKind::SalesShare,
            Kind::Refund | Kind::RefundFailed => LineKind::Refund,
            Kind::DisputeHold | Kind::DisputeReleased | Kind::DisputeLost => LineKind::Dispute,
            Kind::Guarantee => LineKind::Guarantee,
            Kind::Patronage | Kind::Advance | Kind::Adjustment => LineKind::Adjustment,
            Kind::Payout | Kind::PayoutReturned => LineKind::Payout,
        },
        sale: line.sale.as_ref().map(crate::SaleRef::name),
        description: line.description.clone(),
        agreement: line.agreement.clone(),
        gross_minor: line.gross,
        arithmetic: line.arithmetic.clone(),
        amount_minor: line.amount,
    }
}

fn payout(payout: &crate::PayoutNote) -> StatementPayout {
    StatementPayout {
        on: payout.on,
        transfer: payout.transfer.clone().unwrap_or_else(|| "not sent yet".to_owned()),
        amount_minor: payout.amount,
        status: payout.status.clone(),
    }
}

#[cfg(test)]
mod tests;
