use identity::{PartyKind, PayoutAccount};
use kernel::CURRENCIES;
use proptest::prelude::*;

use super::*;

fn party(id: i64) -> Party {
    Party {
        id: PartyId(id),
        kind: PartyKind::Member,
        handle: format!("maker-{id}"),
        name: format!("Maker {id}"),
        email: None,
        account: PayoutAccount { stripe_account: Some(format!("acct_{id}")), payouts_enabled: Some(true), reason: None },
        minimum_payout: 0,
        held_reason: None,
    }
}

fn owed(owed: i64) -> Standing {
    Standing { party: PartyId(1), owed, late: 0, pending: 0, pending_until: None, on_its_way: 0 }
}

fn terms(currency: &str) -> Terms {
    let cutoff = "2026-11-01T00:00:00+01:00".parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc();
    Terms { currency: currency.parse().unwrap(), cutoff, minimums: true, zone: chrono_tz::Europe::Amsterdam }
}

fn one(party: Party, standing: Standing, currency: &str) -> Planned {
    plan(&[party], &[standing], &terms(currency)).remove(0).verdict
}

fn reason(party: Party, standing: Standing) -> String {
    match one(party, standing, "EUR") {
        Planned::Skip { reason } => reason,
        Planned::Pay { amount, .. } => panic!("{amount} was paid"),
    }
}

#[test]
fn g5_what_is_due_is_paid_in_whole() {
    let paid = Planned::Pay { amount: 6_200, destination: "acct_1".to_owned(), rest: None };
    assert_eq!(one(party(1), owed(6_200), "EUR"), paid);
}

#[test]
fn g5_every_reason_is_a_sentence_to_act_on() {
    let with = |change: fn(&mut Party)| {
        let mut changed = party(1);
        change(&mut changed);
        reason(changed, owed(3_000))
    };
    assert_eq!(reason(party(1), owed(-1_234)), "owes the co-op 12.34 EUR; later sales are kept until it is covered");
    assert_eq!(reason(party(1), owed(0)), "nothing is owed");
    assert_eq!(reason(party(1), Standing { on_its_way: 500, ..owed(0) }), "nothing is owed; 5.00 EUR of an earlier run is on its way");
    assert_eq!(with(|party| party.held_reason = Some("stall fee in dispute".to_owned())), "held by the co-op: stall fee in dispute");
    assert_eq!(with(|party| party.account.stripe_account = None), "has no payout account; it is paid after connecting one with Stripe");
    let disabled = with(|party| {
        party.account =
            PayoutAccount { payouts_enabled: Some(false), reason: Some("an identity document is due".to_owned()), ..party.account.clone() };
    });
    assert_eq!(disabled, "Stripe does not pay out to its account: an identity document is due");
    assert!(with(|party| party.account.payouts_enabled = None).starts_with("Stripe has not said yet"));
    assert_eq!(
        with(|party| party.minimum_payout = 5_000),
        "30.00 EUR is due, less than the minimum payout of 50.00 EUR; it is paid when more has come together"
    );
}

#[test]
fn g5_what_is_not_due_stays_and_says_since_when() {
    let until = Some("2026-11-09T12:00:00Z".parse().unwrap());
    let some = Standing { late: 1_000, pending: 200, pending_until: until, ..owed(6_200) };
    let expected =
        "of 62.00 EUR owed, 10.00 EUR was earned after the cutoff of 1 November 2026, 2.00 EUR is not available before 9 November 2026";
    assert_eq!(
        one(party(1), some, "EUR"),
        Planned::Pay { amount: 5_000, destination: "acct_1".to_owned(), rest: Some(expected.to_owned()) }
    );
    let none = Standing { late: 6_200, ..owed(6_200) };
    assert_eq!(reason(party(1), none), "62.00 EUR is owed, but not yet due: 62.00 EUR was earned after the cutoff of 1 November 2026");
}

#[test]
fn g5_payouts_leave_in_the_steps_of_their_currency() {
    let Planned::Pay { amount, rest, .. } = one(party(1), owed(123_456), "HUF") else { panic!("not paid") };
    assert_eq!(
        (amount, rest.as_deref()),
        (123_400, Some("of 1234.56 HUF owed, 0.56 HUF is less than the step of 1.00 HUF in which payouts go"))
    );
    let Planned::Skip { reason } = one(party(1), owed(99), "HUF") else { panic!("paid") };
    assert_eq!(reason, "0.99 HUF is due, less than the smallest payout of 1.00 HUF");
}

proptest! {
    #[test]
    fn g5_every_party_is_either_paid_within_what_is_due_or_has_a_reason(
        owed in -1_000_000_i64..1_000_000, late in 0_i64..200_000, pending in 0_i64..200_000,
        minimum in 0_i64..300_000, held: bool, connected: bool, enabled: Option<bool>, currency in 0..CURRENCIES.len(), minimums: bool,
    ) {
        let mut party = party(1);
        party.minimum_payout = minimum;
        party.held_reason = held.then(|| "under review".to_owned());
        party.account.payouts_enabled = enabled;
        if !connected { party.account.stripe_account = None; }
        let currency = CURRENCIES[currency];
        let terms = Terms { currency, minimums, ..terms("EUR") };
        let standing = Standing { late, pending, ..self::owed(owed) };
        let lines = plan(std::slice::from_ref(&party), &[standing], &terms);
        prop_assert_eq!(lines.len(), 1);
        match &lines[0].verdict {
            Planned::Pay { amount, rest, .. } => {
                let left = owed - amount;
                prop_assert!(*amount > 0 && *amount % currency.payout_quantum() == 0);
                prop_assert!(*amount <= owed - late - pending, "never more than is due");
                prop_assert!(left - late - pending < currency.payout_quantum(), "and all of it but crumbs");
                prop_assert_eq!(rest.is_some(), left > 0, "what is left is explained");
                prop_assert!(!held && connected && enabled == Some(true) && (!minimums || *amount >= minimum));
            }
            Planned::Skip { reason } => {
                prop_assert!(!reason.is_empty());
                let due = owed - late - pending;
                let payable = due >= currency.payout_quantum() && !held && connected && enabled == Some(true);
                prop_assert!(!payable || (minimums && due - due % currency.payout_quantum() < minimum), "not without need: {}", reason);
            }
        }
    }
}
