//! The statement as the page shows it: finished strings and lengths, in the shape that `statement.typ` reads.

use chrono::{Datelike, NaiveDate};
use kernel::Currency;
use serde::Serialize;

use crate::{
    DocumentError, LineKind, StatementDocument, StatementLine,
    figures::{amount, month, term},
    typeface::{clean, width},
};

/// Heights in the chart are thousandths of its whole height.
const CHART_HEIGHT: i128 = 1000;

/// What `statement.typ` leaves for what and why beside the date and the two columns of figures, in points: 148 mm without
/// twice 4.5 points a character and 8 points of air.
const WHAT_AND_WHY: f64 = 148.0 * 72.0 / 25.4;
const FIGURE: f64 = 4.5;
const AIR: f64 = 8.0;
const FEWEST_FIGURES: usize = 9;

/// The sizes of what and of why, in points.
const WHAT: f64 = 9.0;
const WHY: f64 = 7.5;

/// The values of `/statement.json`.
#[derive(Serialize)]
pub(crate) struct Page {
    title: String,
    summary: String,
    /// Year, month, day of issue.
    issued: (i32, u32, u32),
    co_op: String,
    party: String,
    handle: Option<String>,
    number: String,
    running: String,
    month: String,
    currency: &'static str,
    facts: Vec<(&'static str, String)>,
    replaces: Option<String>,
    opening: String,
    earned: String,
    paid_out: String,
    closing: String,
    equation: String,
    held: Option<String>,
    change: String,
    line_count: String,
    totals: Vec<Total>,
    chart: Chart,
    lines: Vec<Line>,
    payouts: Vec<Payout>,
    seal: String,
    /// The most characters that a figure of the balances, the totals, the lines and the payouts has.
    longest_sum: usize,
    longest_total: usize,
    longest_amount: usize,
    longest_payout: usize,
}

#[derive(Serialize)]
struct Total {
    kind: &'static str,
    lines: String,
    amount: String,
}

#[derive(Serialize)]
struct Line {
    on: String,
    kind: &'static str,
    what: String,
    why: Option<String>,
    gross: String,
    amount: String,
    /// Does the text surely take no more than one row of letters each?
    brief: bool,
}

#[derive(Serialize)]
struct Payout {
    on: String,
    transfer: String,
    status: String,
    amount: String,
}

/// Earnings of each day of the month, drawn upwards from a base line, losses downwards.
#[derive(Serialize)]
struct Chart {
    bars: Vec<i64>,
    /// The part of the height above the base line.
    above: i64,
    note: String,
    alt: String,
}

impl Page {
    /// Lays out the values of a statement that adds up.
    pub(crate) fn of(statement: &StatementDocument) -> Result<Self, DocumentError> {
        let currency = statement.currency;
        let sums = Sums::of(statement)?;
        let shown = |minor| amount(minor, currency);
        let number = clean(&statement.number);
        let (co_op, party, month) = (clean(&statement.co_op), clean(&statement.party), month(statement.month));
        let title = format!("Payout statement {number}, {month}");
        let mut page = Self {
            summary: format!("{title}, of {party} at {co_op}"),
            title,
            issued: (statement.issued_on.year(), statement.issued_on.month(), statement.issued_on.day()),
            running: format!("{} · {}", shortened(&statement.co_op, 40), shortened(&statement.party, 32)),
            facts: facts(statement, &number),
            replaces: replaces(statement, &number),
            handle: statement.handle.as_deref().map(clean),
            opening: shown(statement.opening_minor),
            earned: shown(sums.earned),
            paid_out: shown(sums.paid_out),
            closing: shown(statement.closing_minor),
            equation: format!(
                "{}{}{} = {} {currency}",
                shown(statement.opening_minor),
                term(sums.earned, currency),
                term(sums.paid_out, currency),
                shown(statement.closing_minor)
            ),
            held: held(statement),
            change: shown(sums.change),
            line_count: statement.lines.len().to_string(),
            totals: totals(statement)?,
            chart: Chart::of(statement)?,
            lines: statement.lines.iter().map(|line| Line::of(line, currency)).collect(),
            payouts: payouts(statement),
            seal: format!("sha-256 {}", clean(&statement.content_hash)),
            co_op,
            party,
            number,
            month,
            currency: currency.code(),
            longest_sum: 0,
            longest_total: 0,
            longest_amount: 0,
            longest_payout: 0,
        };
        page.measure();
        Ok(page)
    }

    fn measure(&mut self) {
        self.longest_sum = longest([&self.opening, &self.earned, &self.paid_out, &self.closing]);
        self.longest_total = longest(self.totals.iter().map(|total| &total.amount).chain([&self.change]));
        self.longest_amount = longest(self.lines.iter().flat_map(|line| [&line.gross, &line.amount]));
        let figures = u32::try_from(self.longest_amount.max(FEWEST_FIGURES)).unwrap_or(u32::MAX);
        let room = WHAT_AND_WHY - 2.0 * (f64::from(figures) * FIGURE + AIR);
        for line in &mut self.lines {
            let why = line.why.as_deref().map_or(0.0, width);
            line.brief = width(&line.what) * WHAT <= room && why * WHY <= room;
        }
        self.longest_payout = longest(self.payouts.iter().map(|payout| &payout.amount));
    }
}

/// The change of the balance, apart for what was earned and what was paid out. Minor units.
struct Sums {
    change: i64,
    earned: i64,
    paid_out: i64,
}

impl Sums {
    fn of(statement: &StatementDocument) -> Result<Self, DocumentError> {
        let change = sum(&statement.lines);
        let paid_out = sum(statement.lines.iter().filter(|line| line.kind == LineKind::Payout));
        if i128::from(statement.opening_minor) + change != i128::from(statement.closing_minor) {
            return Err(DocumentError::DoesNotAddUp {
                number: statement.number.clone(),
                opening: statement.opening_minor,
                lines: change,
                closing: statement.closing_minor,
            });
        }
        let fits = |sum| fits(sum, statement);
        Ok(Self { change: fits(change)?, earned: fits(change - paid_out)?, paid_out: fits(paid_out)? })
    }
}

fn sum<'a>(lines: impl IntoIterator<Item = &'a StatementLine>) -> i128 {
    lines.into_iter().map(|line| i128::from(line.amount_minor)).sum()
}

fn fits(sum: i128, statement: &StatementDocument) -> Result<i64, DocumentError> {
    i64::try_from(sum).map_err(|_| DocumentError::TooLarge { number: statement.number.clone(), sum })
}

fn longest<'a>(figures: impl IntoIterator<Item = &'a String>) -> usize {
    figures.into_iter().map(|figure| figure.chars().count()).max().unwrap_or(0)
}

/// A name cut to what a running head has room for.
fn shortened(name: &str, most: usize) -> String {
    let name = clean(name);
    match name.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", name[..end].trim_end()),
        None => name,
    }
}

fn iso(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

fn facts(statement: &StatementDocument, number: &str) -> Vec<(&'static str, String)> {
    let first = statement.month.first_day();
    let last = statement.month.next().first_day().pred_opt().unwrap_or(first);
    vec![
        ("Statement", number.to_owned()),
        ("Revision", statement.revision.to_string()),
        ("Issued", iso(statement.issued_on)),
        ("Period", format!("{} to {}", iso(first), iso(last))),
        ("Currency", statement.currency.code().to_owned()),
    ]
}

fn replaces(statement: &StatementDocument, number: &str) -> Option<String> {
    statement.replaces.as_ref().map(|earlier| {
        format!(
            "This is revision {}. It replaces revision {} of {number}, issued on {}.",
            statement.revision,
            earlier.revision,
            iso(earlier.issued_on)
        )
    })
}

/// What part of the closing balance cannot be paid out yet.
fn held(statement: &StatementDocument) -> Option<String> {
    let currency = statement.currency;
    (statement.held_minor != 0).then(|| {
        let held = amount(statement.held_minor, currency);
        match statement.closing_minor.checked_sub(statement.held_minor) {
            Some(free) if free >= 0 => {
                format!(
                    "{held} {currency} of the closing balance is held while a dispute is open; {} {currency} is free.",
                    amount(free, currency)
                )
            }
            Some(_) | None => format!("{held} {currency} is held while a dispute is open, and no part of the closing balance is free."),
        }
    })
}

/// One row for each kind that occurs.
fn totals(statement: &StatementDocument) -> Result<Vec<Total>, DocumentError> {
    let mut totals = Vec::new();
    for kind in LineKind::ALL {
        let lines: Vec<&StatementLine> = statement.lines.iter().filter(|line| line.kind == kind).collect();
        if !lines.is_empty() {
            let minor = fits(sum(lines.iter().copied()), statement)?;
            let amount = amount(minor, statement.currency);
            totals.push(Total { kind: kind.label(), lines: lines.len().to_string(), amount });
        }
    }
    Ok(totals)
}

impl Line {
    fn of(line: &StatementLine, currency: Currency) -> Self {
        let sale = line.sale.as_ref().map(|sale| format!("Sale {sale}"));
        let why: Vec<String> = [sale, line.agreement.clone(), line.arithmetic.clone()].into_iter().flatten().collect();
        Self {
            on: iso(line.on),
            kind: line.kind.label(),
            what: clean(&line.description),
            why: (!why.is_empty()).then(|| clean(&why.join(" · "))),
            brief: false,
            gross: line.gross_minor.map_or_else(String::new, |gross| amount(gross, currency)),
            amount: amount(line.amount_minor, currency),
        }
    }
}

fn payouts(statement: &StatementDocument) -> Vec<Payout> {
    let row = |payout: &crate::StatementPayout| Payout {
        on: iso(payout.on),
        transfer: clean(&payout.transfer),
        status: clean(&payout.status),
        amount: amount(payout.amount_minor, statement.currency),
    };
    statement.payouts.iter().map(row).collect()
}

impl Chart {
    fn of(statement: &StatementDocument) -> Result<Self, DocumentError> {
        let (first, next) = (statement.month.first_day(), statement.month.next().first_day());
        let earned_on = |day| sum(statement.lines.iter().filter(|line| line.on == day && line.kind != LineKind::Payout));
        let days: Vec<i128> = first.iter_days().take_while(|day| *day < next).map(earned_on).collect();
        let best = days.iter().copied().max().unwrap_or(0).max(0);
        let worst = days.iter().copied().min().unwrap_or(0).min(0);
        let span = (best - worst).max(1);
        let scaled = |earned: i128| fits(earned * CHART_HEIGHT / span, statement);
        let note = format!("best day {}", amount(fits(best, statement)?, statement.currency));
        Ok(Self {
            bars: days.iter().copied().map(scaled).collect::<Result<_, _>>()?,
            above: scaled(best)?,
            alt: format!("Bars of what was earned on each day of {}; {note} {}", month(statement.month), statement.currency),
            note,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(description: &str, arithmetic: &str) -> StatementDocument {
        let line = StatementLine {
            on: NaiveDate::default(),
            kind: LineKind::SalesShare,
            sale: None,
            description: description.to_owned(),
            agreement: None,
            gross_minor: Some(850),
            arithmetic: Some(arithmetic.to_owned()),
            amount_minor: 723,
        };
        StatementDocument {
            co_op: "Harbour Makers".to_owned(),
            party: "Ana".to_owned(),
            handle: None,
            number: "1".to_owned(),
            revision: 1,
            replaces: None,
            month: "2026-11".parse().unwrap(),
            issued_on: NaiveDate::default(),
            currency: "EUR".parse().unwrap(),
            opening_minor: 0,
            closing_minor: 723,
            held_minor: 0,
            lines: vec![line],
            payouts: Vec::new(),
            content_hash: String::new(),
        }
    }

    fn brief(description: &str, arithmetic: &str) -> bool {
        Page::of(&statement(description, arithmetic)).unwrap().lines[0].brief
    }

    #[test]
    fn what_is_held_is_told_apart_from_what_is_free() {
        let told = |closing_minor: i64, held_minor| {
            let opening_minor = closing_minor - 723;
            let page = Page::of(&StatementDocument { opening_minor, closing_minor, held_minor, ..statement("Mug", "") });
            page.unwrap().held
        };
        assert_eq!(told(723, 0), None);
        assert_eq!(told(723, 700).unwrap(), "7.00 EUR of the closing balance is held while a dispute is open; 0.23 EUR is free.");
        assert_eq!(told(100, 700).unwrap(), "7.00 EUR is held while a dispute is open, and no part of the closing balance is free.");
    }

    #[test]
    fn only_a_line_that_surely_does_not_wrap_has_a_row_of_known_height() {
        assert!(brief("Stoneware mug, speckled × 1", "8.50 × 85 % = 7.23, +0.01 rounding"));
        assert!(!brief(&"mug ".repeat(30), "8.50 × 85 % = 7.23"));
        assert!(!brief("Mug", &"8.50 × 85 % = 7.23, ".repeat(6)));
        assert!(!brief(&"محمد ".repeat(16), "8.50"), "letters of a fixed pitch are wider");
    }
}
