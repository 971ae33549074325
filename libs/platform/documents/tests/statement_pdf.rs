//! What a payout statement must survive, seen through the public door: bytes in, a PDF out.

#![expect(clippy::unwrap_used, reason = "a helper that panics fails its test")]

use chrono::{Days, NaiveDate};
use documents::{DocumentError, LineKind, Replaced, StatementDocument, StatementLine, StatementPayout, render_pdf};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn share(on: NaiveDate, number: usize, amount_minor: i64) -> StatementLine {
    StatementLine {
        on,
        kind: LineKind::SalesShare,
        sale: Some(format!("W-{number}")),
        description: "Stoneware mug, speckled × 1".to_owned(),
        agreement: Some("Co-op default v3".to_owned()),
        gross_minor: Some(850),
        arithmetic: Some("8.50 × 85 % = 7.23, +0.01 rounding".to_owned()),
        amount_minor,
    }
}

/// November 2026 of one maker, with so many sales of 7.23.
fn statement(sales: usize) -> StatementDocument {
    let first = day("2026-11-01");
    let lines: Vec<StatementLine> =
        (0..sales).map(|number| share(first + Days::new(u64::try_from(number % 30).unwrap()), number, 723)).collect();
    StatementDocument {
        co_op: "Harbour Makers Co-operative".to_owned(),
        party: "Ana Ferreira".to_owned(),
        handle: Some("@ana".to_owned()),
        number: "HM-2026-11-0007".to_owned(),
        revision: 1,
        replaces: None,
        month: "2026-11".parse().unwrap(),
        issued_on: day("2026-12-01"),
        currency: "EUR".parse().unwrap(),
        opening_minor: 4_210,
        closing_minor: 4_210 + 723 * i64::try_from(sales).unwrap(),
        held_minor: 0,
        lines,
        payouts: Vec::new(),
        content_hash: "4f1c9a0b7e2d5c38".repeat(4),
    }
}

/// Keeps `statement` for the eye when the variable names a folder.
fn rendered(name: &str, statement: &StatementDocument) -> Vec<u8> {
    let pdf = render_pdf(statement).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    if let Some(folder) = std::env::var_os("STATEMENT_SAMPLES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), &pdf).unwrap();
    }
    pdf
}

#[test]
fn the_same_statement_gives_the_same_bytes_whatever_was_made_between() {
    let one = statement(12);
    let first = rendered("plain", &one);
    rendered("other", &statement(3));
    assert!(first == render_pdf(&one).unwrap());
    assert!(first != render_pdf(&StatementDocument { revision: 2, ..one }).unwrap());
}

#[test]
fn a_statement_that_does_not_add_up_is_refused_by_number() {
    let wrong = StatementDocument { closing_minor: 1, ..statement(2) };
    let refused = render_pdf(&wrong).unwrap_err();
    assert!(matches!(refused, DocumentError::DoesNotAddUp { lines: 1446, closing: 1, .. }));
    assert!(refused.to_string().contains("HM-2026-11-0007"), "{refused}");
}

#[test]
fn an_empty_month_still_makes_a_statement() {
    rendered("empty", &statement(0));
}

#[test]
fn every_kind_of_line_and_a_revision_are_shown() {
    let mut full = statement(20);
    let extra = [
        (LineKind::Fee, -31, "Card fee of order W-3"),
        (LineKind::Refund, -723, "Mug came broken"),
        (LineKind::Dispute, -1_446, "Dispute opened by the buyer's bank: held until it is decided"),
        (LineKind::Adjustment, -250, "Kiln electricity, share of the cost pool"),
        (LineKind::Guarantee, 5_000, "Top-up to the minimum guarantee of the Winter Market"),
        (LineKind::Payout, -12_000, "Payout run 14"),
    ];
    for (kind, amount_minor, description) in extra {
        let bare = StatementLine { sale: None, agreement: None, arithmetic: None, gross_minor: None, ..share(day("2026-11-21"), 0, 0) };
        full.lines.push(StatementLine { kind, amount_minor, description: description.to_owned(), ..bare });
        full.closing_minor += amount_minor;
    }
    full.held_minor = 1_446;
    full.revision = 2;
    full.replaces = Some(Replaced { revision: 1, issued_on: day("2026-12-01") });
    full.payouts.push(StatementPayout {
        on: day("2026-11-21"),
        transfer: "tr_1QxYz2AbCdEfGhIjKlMnOpQr".to_owned(),
        amount_minor: 12_000,
        status: "Confirmed".to_owned(),
    });
    rendered("full", &full);
}

#[test]
fn names_are_data_and_never_markup() {
    let hostile = [
        "#panic() $x^2$ *bold* _it_ @ref <label> `raw` // note /* note */ \\u{41} = head\n- list",
        "\"quoted\" 'single' {json} [1,2] \u{0}\u{7}\ttab",
        "שלום עולם محمد العربي \u{202e}abc\u{2066}x\u{2069}",
        "👩‍👩‍👧 陈伟 \u{feff}\u{e000}\u{fffe} e\u{301}\u{323}",
        "",
    ];
    for (number, name) in hostile.into_iter().enumerate() {
        let mut one = statement(3);
        name.clone_into(&mut one.co_op);
        name.clone_into(&mut one.party);
        name.clone_into(&mut one.number);
        name.clone_into(&mut one.content_hash);
        one.handle = Some(name.to_owned());
        one.lines[0].description = name.to_owned();
        one.lines[0].sale = Some(name.to_owned());
        rendered(&format!("hostile-{number}"), &one);
    }
}

#[test]
fn long_names_and_large_or_negative_amounts_have_room() {
    let mut one = statement(0);
    one.co_op = "The Worshipful and Remarkably Long-Named Co-operative Society of Potters, Weavers and Printers of the Harbour".to_owned();
    one.party = "Maria da Conceição Albuquerque de Vasconcelos e Sousa-Ferreira, trading as Oficina do Barro e do Linho".to_owned();
    one.lines = vec![share(day("2026-11-03"), 1, -9_000_000_000_000_000), share(day("2026-11-04"), 2, 123_456_789_012)];
    one.lines[1].description = "x".repeat(300);
    one.lines[0].gross_minor = Some(-9_000_000_000_000_000);
    one.closing_minor = one.opening_minor + one.lines.iter().map(|line| line.amount_minor).sum::<i64>();
    rendered("large", &one);
}

#[test]
fn currencies_without_and_with_three_decimals_are_shown_in_their_own_way() {
    for code in ["JPY", "BHD"] {
        rendered(code, &StatementDocument { currency: code.parse().unwrap(), ..statement(8) });
    }
}

#[test]
fn a_sum_beyond_any_amount_is_refused() {
    let mut one = statement(0);
    one.opening_minor = i64::MIN;
    one.closing_minor = i64::MAX;
    one.lines = vec![share(day("2026-11-03"), 1, i64::MAX), share(day("2026-11-03"), 2, i64::MAX), share(day("2026-11-03"), 3, 1)];
    assert!(matches!(render_pdf(&one), Err(DocumentError::TooLarge { .. })));
}

#[test]
fn two_thousand_lines_run_over_many_pages() {
    let pdf = rendered("long", &statement(2_000));
    let text = String::from_utf8_lossy(&pdf);
    let pages = text.matches("/Type/Page").count() - text.matches("/Type/Pages").count();
    assert!((50..200).contains(&pages), "{pages} pages");
}
