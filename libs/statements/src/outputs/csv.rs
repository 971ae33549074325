//! The table for spreadsheets.

use kernel::Money;

use crate::Document;

/// The columns of the CSV file. Amounts are decimals with a point, such as `-12.34`, in `currency`.
///
/// The first row is the opening balance (`kind` `opening`), the last the closing balance (`closing`); `balance` is what is
/// owed after the row, held or not, and `held` what the row did to the held part.
pub const CSV_COLUMNS: [&str; 17] = [
    "statement",
    "revision",
    "currency",
    "line",
    "date",
    "kind",
    "sale",
    "sale_id",
    "sale_line",
    "description",
    "agreement",
    "arithmetic",
    "gross",
    "fee",
    "held",
    "amount",
    "balance",
];

/// The statement as a table, UTF-8, comma, CRLF-free; see [`CSV_COLUMNS`]. Texts that a spreadsheet would run as a formula
/// begin with an apostrophe.
pub fn csv(document: &Document) -> Vec<u8> {
    let account = &document.account;
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    let mut write = |row: [String; 17]| table.write_record(&row).expect("a row of texts can be written to memory");
    let shown = |minor: i64| Money::new(minor, document.currency).shown().to_string();
    write(CSV_COLUMNS.map(str::to_owned));
    let first = document.month.first_day();
    let last = document.month.next().first_day().pred_opt().unwrap_or(first);
    let bound = |on: chrono::NaiveDate, kind: &str, held: i64, balance: i64| {
        let mut row: [String; 17] = std::array::from_fn(|_| String::new());
        row[0].clone_from(&document.number);
        row[1] = document.revision.to_string();
        document.currency.code().clone_into(&mut row[2]);
        row[4] = on.to_string();
        kind.clone_into(&mut row[5]);
        row[14] = shown(held);
        row[16] = shown(balance);
        row
    };
    write(bound(first, "opening", account.opening().held, account.opening().total));
    let mut balance = account.opening().total;
    for line in account.lines() {
        balance = balance.saturating_add(line.amount);
        let optional = |minor: Option<i64>| minor.map(shown).unwrap_or_default();
        let sale = line.sale.as_ref();
        write([
            document.number.clone(),
            document.revision.to_string(),
            document.currency.code().to_owned(),
            line.number.to_string(),
            line.on.to_string(),
            line.kind.name().to_owned(),
            inert(&sale.map(crate::SaleRef::name).unwrap_or_default()),
            sale.map(|sale| sale.id.to_string()).unwrap_or_default(),
            sale.and_then(|sale| sale.line).map(|line| line.to_string()).unwrap_or_default(),
            inert(&line.description),
            inert(line.agreement.as_deref().unwrap_or_default()),
            inert(line.arithmetic.as_deref().unwrap_or_default()),
            optional(line.gross),
            optional(line.fee),
            shown(line.held),
            shown(line.amount),
            shown(balance),
        ]);
    }
    write(bound(last, "closing", account.closing().held, account.closing().total));
    table.into_inner().expect("memory can be flushed")
}

/// Text that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text.to_owned() }
}
