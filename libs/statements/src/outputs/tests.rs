use kernel::SaleId;

use super::*;
use crate::{CoopHead, MonthAccount, Owed, PartyHead, SaleRef};

fn document() -> Document {
    let line = |kind, description: &str, amount, held| Line {
        number: 0,
        on: "2026-11-02".parse().unwrap(),
        kind,
        sale: Some(SaleRef { id: SaleId(uuid::Uuid::nil()), reference: Some("=HYPERLINK(1)".to_owned()), line: Some(1) }),
        description: description.to_owned(),
        agreement: Some("Co-op default v3".to_owned()),
        versions: Vec::new(),
        arithmetic: Some("-1 of it, \"quoted\"".to_owned()),
        gross: Some(1_000),
        fee: None,
        amount,
        held,
        posting: 9,
    };
    let lines = vec![line(Kind::Sale, "@SUM(A1)", 674, 0), line(Kind::DisputeHold, "Mug × 1", 0, 674), line(Kind::Refund, "+1", -74, 0)];
    Document {
        format: crate::FORMAT,
        number: "2026-11-0007".to_owned(),
        revision: 1,
        replaces: None,
        issued_on: "2026-12-01".parse().unwrap(),
        co_op: CoopHead { slug: "harbour".to_owned(), name: "Harbour Makers".to_owned() },
        party: PartyHead { id: kernel::PartyId(7), handle: "ana".to_owned(), name: "Ana".to_owned() },
        month: "2026-11".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        account: MonthAccount::try_new(Owed { total: -50, held: 0 }, lines, Vec::new(), Owed { total: 550, held: 674 }).unwrap(),
    }
}

#[test]
fn h4_the_table_has_the_documented_columns_and_no_cell_that_runs() {
    let table = String::from_utf8(csv(&document())).unwrap();
    let id = "00000000-0000-0000-0000-000000000000";
    let expected = [
        "statement,revision,currency,line,date,kind,sale,sale_id,sale_line,description,agreement,arithmetic,gross,fee,held,amount,balance"
            .to_owned(),
        "2026-11-0007,1,EUR,,2026-11-01,opening,,,,,,,,,0.00,,-0.50".to_owned(),
        format!(
            "2026-11-0007,1,EUR,1,2026-11-02,sale,'=HYPERLINK(1),{id},1,'@SUM(A1),Co-op default v3,\"'-1 of it, \"\"quoted\"\"\",10.00,,0.00,6.74,6.24"
        ),
        format!(
            "2026-11-0007,1,EUR,2,2026-11-02,dispute_hold,'=HYPERLINK(1),{id},1,Mug × 1,Co-op default v3,\"'-1 of it, \"\"quoted\"\"\",10.00,,6.74,0.00,6.24"
        ),
        format!(
            "2026-11-0007,1,EUR,3,2026-11-02,refund,'=HYPERLINK(1),{id},1,'+1,Co-op default v3,\"'-1 of it, \"\"quoted\"\"\",10.00,,0.00,-0.74,5.50"
        ),
        "2026-11-0007,1,EUR,,2026-11-30,closing,,,,,,,,,6.74,,5.50".to_owned(),
    ];
    assert_eq!(table.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn h3_the_hash_is_that_of_the_canonical_json_and_the_json_reads_back() {
    let sealed = document().seal();
    assert_eq!(serde_json::from_str::<Document>(&sealed.json).unwrap(), sealed.document);
    assert_eq!(document().seal(), sealed);
    let mut other = document();
    other.party.name = "Anna".to_owned();
    assert_ne!(other.clone().seal().hash, sealed.hash);
    assert!(!other.says_the_same_as(&sealed.document));
    other.party.name = "Ana".to_owned();
    other.issued_on = "2027-01-01".parse().unwrap();
    other.revision = 2;
    assert!(other.says_the_same_as(&sealed.document), "the head alone is no reason for a new revision");
}

#[test]
fn h4_the_page_is_typeset_from_the_frozen_document() {
    let sealed = document().seal();
    let page = page(&sealed);
    assert_eq!((page.opening_minor, page.closing_minor, page.lines.len()), (-50, 550, 3));
    assert_eq!(page.content_hash, sealed.hash_hex());
    let file = pdf(&sealed).unwrap();
    assert!(file.starts_with(b"%PDF-"));
    assert_eq!(pdf(&sealed).unwrap(), file);
}

#[test]
fn files_lie_under_the_co_op_and_the_month() {
    assert_eq!(key(&document(), FileKind::Csv), "harbour/2026-11/2026-11-0007-r1.csv");
}

#[test]
fn the_letter_says_what_is_held() {
    let (subject, text) = letter_text(&document());
    assert_eq!(subject, "Harbour Makers: statement 2026-11-0007 for 2026-11");
    assert!(text.contains("Closing balance: 5.50 EUR\nOf this, held while a dispute is open: 6.74 EUR"), "{text}");
}
