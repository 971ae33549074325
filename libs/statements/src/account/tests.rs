use proptest::prelude::*;

use super::*;

pub(crate) fn line(kind: Kind, on: &str, amount: i64, held: i64) -> Line {
    Line {
        number: 0,
        on: on.parse().unwrap(),
        kind,
        sale: None,
        description: String::new(),
        agreement: None,
        versions: Vec::new(),
        arithmetic: None,
        gross: None,
        fee: None,
        amount,
        held,
        posting: 1,
    }
}

fn owed(total: i64, held: i64) -> Owed {
    Owed { total, held }
}

#[test]
fn h1_an_account_whose_lines_do_not_lead_to_its_closing_balance_cannot_be_built() {
    let lines = || vec![line(Kind::Sale, "2026-11-02", 700, 0), line(Kind::DisputeHold, "2026-11-03", 0, 300)];
    assert!(MonthAccount::try_new(owed(100, 0), lines(), Vec::new(), owed(800, 300)).is_ok());
    for wrong in [owed(799, 300), owed(800, 0), owed(801, 301)] {
        let error = MonthAccount::try_new(owed(100, 0), lines(), Vec::new(), wrong).unwrap_err();
        assert_eq!((error.opening, error.lines, error.closing), ((100, 0), (700, 300), (wrong.total, wrong.held)));
    }
}

#[test]
fn h1_an_account_read_from_a_file_is_checked_as_well() {
    let account = MonthAccount::try_new(owed(0, 0), vec![line(Kind::Sale, "2026-11-02", 700, 0)], Vec::new(), owed(700, 0)).unwrap();
    let text = serde_json::to_string(&account).unwrap();
    assert_eq!(serde_json::from_str::<MonthAccount>(&text).unwrap(), account);
    let wrong = text.replace(r#""closing":{"total":700"#, r#""closing":{"total":701"#);
    assert!(serde_json::from_str::<MonthAccount>(&wrong).unwrap_err().to_string().contains("do not make closing"));
}

#[test]
fn totals_are_by_kind_and_days_leave_payouts_out() {
    let lines = vec![
        line(Kind::Payout, "2026-11-30", -500, 0),
        line(Kind::Sale, "2026-11-02", 700, 0),
        line(Kind::Sale, "2026-11-02", 50, 0),
        line(Kind::Refund, "2026-11-04", -20, 0),
    ];
    let account = MonthAccount::try_new(owed(0, 0), lines, Vec::new(), owed(230, 0)).unwrap();
    let totals: Vec<_> = account.totals().iter().map(|total| (total.kind, total.lines, total.amount)).collect();
    assert_eq!(totals, [(Kind::Sale, 2, 750), (Kind::Refund, 1, -20), (Kind::Payout, 1, -500)]);
    let days: Vec<_> = account.days().iter().map(|day| (day.on.to_string(), day.earned)).collect();
    assert_eq!(days, [("2026-11-02".to_owned(), 750), ("2026-11-04".to_owned(), -20)]);
    assert_eq!(account.lines().iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

proptest! {
    #[test]
    fn h1_opening_plus_lines_is_closing_or_there_is_no_account(
        opening in any::<i32>(), amounts in proptest::collection::vec(any::<i32>(), 0..40), off in -2_i64..=2,
    ) {
        let opening = i64::from(opening);
        let sum: i64 = amounts.iter().map(|amount| i64::from(*amount)).sum();
        let lines = amounts.iter().map(|amount| line(Kind::Sale, "2026-11-02", i64::from(*amount), 0)).collect();
        let built = MonthAccount::try_new(owed(opening, 0), lines, Vec::new(), owed(opening + sum + off, 0));
        prop_assert_eq!(built.is_ok(), off == 0);
    }
}
