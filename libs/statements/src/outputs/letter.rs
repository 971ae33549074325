//! The letter that a statement goes with.

use std::fmt::Write as _;

use kernel::Money;

use crate::Document;

/// Subject and text of the letter that a statement goes with.
pub(crate) fn letter_text(document: &Document) -> (String, String) {
    let money = |minor: i64| Money::new(minor, document.currency);
    let account = &document.account;
    let subject = match document.replaces {
        None => format!("{}: statement {} for {}", document.co_op.name, document.number, document.month),
        Some(_) => format!("{}: statement {} for {}, revision {}", document.co_op.name, document.number, document.month, document.revision),
    };
    let mut text = format!("Hello {},\n\nyour statement {} for {} is attached.\n\n", document.party.name, document.number, document.month);
    if let Some(earlier) = &document.replaces {
        let _ = write!(text, "It is revision {} and takes the place of the one issued on {}.\n\n", document.revision, earlier.issued_on);
    }
    let _ = writeln!(text, "Opening balance: {}", money(account.opening().total));
    for total in account.totals() {
        let _ = writeln!(text, "{}: {} ({})", total.kind.name().replace('_', " "), money(total.amount), total.lines);
    }
    let _ = writeln!(text, "Closing balance: {}", money(account.closing().total));
    if account.closing().held != 0 {
        let _ = writeln!(text, "Of this, held while a dispute is open: {}", money(account.closing().held));
    }
    let _ = write!(text, "\n{}\n", document.co_op.name);
    (subject, text)
}
