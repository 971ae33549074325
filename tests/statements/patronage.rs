//! D18: a surplus shared among the members.

use std::collections::BTreeMap;

use ::ledger::{Account, AccountKind};
use ::statements::{Kind, Metric, PatronageFault, PatronageOrder, StatementsError};
use chrono::TimeDelta;
use kernel::{Code, Money};

use super::house::{House, the_month};
use crate::world::november;

fn order(house: &House, metric: Metric) -> PatronageOrder {
    PatronageOrder {
        key: "2026".to_owned(),
        first: the_month(),
        last: the_month(),
        surplus: Money::new(10_001, house.shop.coop.currency),
        metric,
        cash: "20 %".parse().unwrap(),
    }
}

#[tokio::test]
async fn d18_patronage_is_shared_by_sales_in_cash_and_capital_once() {
    let house = House::open().await;
    let coop = &house.shop.coop;
    house.sell((1_000, 2_000), november(3)).await;
    let made = house.statements.patronage(coop, &order(&house, Metric::SalesCredited), None).await.unwrap();
    assert!(made.newly);
    assert_eq!(made.shares.iter().map(|share| share.party).collect::<Vec<_>>(), house.shop.makers, "the venue is no member");
    assert_eq!(made.shares.iter().map(|share| share.amount).sum::<i64>(), 10_001);
    assert_eq!(made.shares.iter().map(|share| share.cash).sum::<i64>(), 2_000);
    let owed = house.shop.owed(&house.db).await;
    for share in &made.shares {
        assert_eq!(owed[&Account::of(AccountKind::Capital, share.party)], share.retained);
        assert_eq!(owed[&Account::of(AccountKind::MemberPayable, share.party)], share.weight + share.cash);
    }

    let again = house.statements.patronage(coop, &order(&house, Metric::SalesCredited), None).await.unwrap();
    assert_eq!((again.newly, &again.shares), (false, &made.shares));
    assert_eq!(house.shop.owed(&house.db).await, owed, "a second time moves nothing");
    let other = PatronageOrder { surplus: Money::new(1, coop.currency), ..order(&house, Metric::SalesCredited) };
    let refusal = house.statements.patronage(coop, &other, None).await.unwrap_err().refusal().unwrap();
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (Code::Conflict, "patronage \"2026\" was shared out before with other figures; use a new key")
    );

    house.clock.advance(TimeDelta::days(40));
    house.statements.close(coop, the_month(), None).await.unwrap();
    house.statements.close(coop, the_month().next(), None).await.unwrap();
    let document = &house.issued(the_month().next()).await[&house.shop.makers[0]];
    let line = &document.account.lines()[0];
    assert_eq!((line.kind, line.description.as_str(), line.amount), (Kind::Patronage, "Patronage 2026", made.shares[0].cash));
    let arithmetic = line.arithmetic.as_deref().unwrap();
    assert!(arithmetic.contains("x surplus 100.01 EUR = ") && arithmetic.ends_with("is retained as capital"), "{arithmetic}");
}

#[tokio::test]
async fn d18_patronage_by_hours_takes_members_of_this_co_op_only() {
    let house = House::open().await;
    let coop = &house.shop.coop;
    let hours = |of: &[(usize, i64)]| {
        Metric::Hours(of.iter().map(|(maker, hours)| (house.shop.makers[*maker], *hours)).collect::<BTreeMap<_, _>>())
    };
    let made = house.statements.patronage(coop, &order(&house, hours(&[(0, 30), (1, 10), (2, 0)])), None).await.unwrap();
    assert_eq!(made.shares.iter().map(|share| (share.weight, share.amount)).collect::<Vec<_>>(), [(30, 7_501), (10, 2_500)]);

    let fault =
        async |metric| match house.statements.patronage(coop, &PatronageOrder { key: "x".to_owned(), ..order(&house, metric) }, None).await
        {
            Err(StatementsError::Patronage(fault)) => fault,
            other => panic!("refused: {other:?}"),
        };
    let venue = house.shop.venue;
    assert_eq!(fault(Metric::Hours([(venue, 5)].into())).await, PatronageFault::NoMember(venue));
    assert_eq!(fault(hours(&[(0, -1)])).await, PatronageFault::Negative(house.shop.makers[0]));
    assert_eq!(fault(hours(&[(0, 0)])).await, PatronageFault::Nobody(the_month(), the_month()));
    assert_eq!(fault(Metric::SalesCredited).await, PatronageFault::Nobody(the_month(), the_month()));
}
