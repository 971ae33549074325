//! Statement PDFs on one core.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use chrono::NaiveDate;
use documents::{LineKind, StatementDocument, StatementLine, render_pdf};

use crate::{pgbench, report::Figure};

/// A month of a busy maker.
fn document(number: u32, lines: u32) -> Result<StatementDocument, Box<dyn Error>> {
    let day = |line: u32| NaiveDate::from_ymd_opt(2026, 10, 1 + line % 31).ok_or("October has 31 days");
    let lines: Result<Vec<StatementLine>, Box<dyn Error>> = (0..lines)
        .map(|line| {
            Ok(StatementLine {
                on: day(line)?,
                kind: LineKind::SalesShare,
                sale: Some(format!("{:08x}", number * 1000 + line)),
                description: "2 × Mug, speckled".to_owned(),
                agreement: Some("Co-op default v3".to_owned()),
                gross_minor: Some(3000),
                arithmetic: Some("83 % of 30.00 after the fee of 0.70 = 24.32".to_owned()),
                amount_minor: 2432 + i64::from(line),
            })
        })
        .collect();
    let lines = lines?;
    let opening = i64::from(number);
    Ok(StatementDocument {
        co_op: "Harbour Makers".to_owned(),
        party: format!("Maker {number}"),
        handle: Some(format!("@maker-{number}")),
        number: format!("2026-10/{number:04}"),
        revision: 1,
        replaces: None,
        month: "2026-10".parse()?,
        issued_on: NaiveDate::from_ymd_opt(2026, 11, 1).ok_or("November has a first day")?,
        currency: "EUR".parse()?,
        opening_minor: opening,
        closing_minor: opening + lines.iter().map(|line| line.amount_minor).sum::<i64>(),
        held_minor: 0,
        lines,
        payouts: Vec::new(),
        content_hash: "0".repeat(64),
    })
}

pub(crate) fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut figures = Vec::new();
    render_pdf(&document(0, 1)?)?; // fonts and library are loaded once per process
    for (path, lines) in [("statement PDFs of 20 lines, one core", 20), ("statement PDFs of 45 lines, one core", 45)] {
        let (started, mut made) = (Instant::now(), 0);
        while started.elapsed() < Duration::from_secs(pgbench::SECONDS.into()) {
            made += 1;
            render_pdf(&document(made, lines)?)?;
        }
        figures.push(Figure {
            path,
            ours: f64::from(made) / started.elapsed().as_secs_f64(),
            reference: "–",
            theirs: None,
            budget: "more than 50/s per core",
            note: "another party each time".to_owned(),
        });
    }
    Ok(figures)
}
