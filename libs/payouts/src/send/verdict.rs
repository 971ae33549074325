//! What Stripe's list of transfers says about one payout.

use kernel::Money;
use stripe_gateway::objects::Transfer;

use crate::facts::PAYOUT_KEY;

use super::{claim::Command, outcome::Pause};

/// Whether a payout's transfer exists at Stripe. Only a missing one may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It exists and is not wholly taken back.
    Live(Box<Transfer>),
    /// It existed and was wholly taken back.
    Reversed(Box<Transfer>),
    /// Stripe has none.
    Missing,
    /// It cannot be told; the reason is for people.
    Unverifiable(Pause),
}

/// Judges the transfers of a payout's group: exactly one, with our mark, amount, currency and destination, or none.
pub(crate) fn verdict(command: &Command, group: Vec<Transfer>) -> Verdict {
    let count = group.len();
    let mut found = group.into_iter();
    let Some(transfer) = found.next() else { return Verdict::Missing };
    if count > 1 {
        return Verdict::Unverifiable(Pause::new(format!(
            "Stripe shows {count} transfers for this payout, such as {}; compare them in Stripe's dashboard and reverse what is too much",
            transfer.id
        )));
    }
    let ours = transfer.metadata.get(PAYOUT_KEY).is_some_and(|payout| *payout == command.payout.to_string());
    let same = transfer.amount == command.amount
        && transfer.currency.eq_ignore_ascii_case(command.currency.code())
        && transfer.destination.as_ref().is_none_or(|account| account.id() == command.destination);
    if !ours || !same {
        let expected = Money::new(command.amount, command.currency);
        return Verdict::Unverifiable(Pause::new(format!(
            "Stripe shows transfer {} under this payout's name, but it is not {expected} to {}; look at it in Stripe's dashboard",
            transfer.id, command.destination
        )));
    }
    if transfer.reversed || transfer.amount_reversed >= transfer.amount {
        Verdict::Reversed(Box::new(transfer))
    } else {
        Verdict::Live(Box::new(transfer))
    }
}

#[cfg(test)]
mod tests {
    use kernel::{CoopId, PartyId};
    use uuid::Uuid;

    use super::*;
    use crate::{PayoutId, RunId};

    fn command() -> Command {
        let (run, party) = (RunId(Uuid::nil()), PartyId(7));
        Command {
            coop: CoopId(1),
            run,
            payout: PayoutId::of(run, party),
            party,
            currency: "EUR".parse().unwrap(),
            amount: 5_000,
            destination: "acct_1".to_owned(),
            attempt: 1,
            tries: 0,
            fresh: false,
            lease: Uuid::nil(),
            leased_until: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn transfer(change: impl FnOnce(&mut Transfer)) -> Transfer {
        let json = serde_json::json!({
            "id": "tr_1", "amount": 5000, "amount_reversed": 0, "currency": "eur", "destination": "acct_1", "reversed": false,
            "transfer_group": command().payout.group(), "metadata": { PAYOUT_KEY: command().payout.to_string() },
        });
        let mut transfer = serde_json::from_value(json).unwrap();
        change(&mut transfer);
        transfer
    }

    #[test]
    fn g6_there_are_four_verdicts() {
        let live = transfer(|_| {});
        assert_eq!(verdict(&command(), vec![live.clone()]), Verdict::Live(Box::new(live)));
        let partly = transfer(|transfer| transfer.amount_reversed = 300);
        assert_eq!(verdict(&command(), vec![partly.clone()]), Verdict::Live(Box::new(partly)));
        let gone = transfer(|transfer| (transfer.amount_reversed, transfer.reversed) = (5_000, true));
        assert_eq!(verdict(&command(), vec![gone.clone()]), Verdict::Reversed(Box::new(gone)));
        assert_eq!(verdict(&command(), vec![]), Verdict::Missing);
        for strange in [
            vec![transfer(|transfer| transfer.amount = 4_999)],
            vec![transfer(|transfer| transfer.currency = "usd".to_owned())],
            vec![transfer(|transfer| transfer.destination = Some(stripe_gateway::objects::Expandable::Id("acct_2".to_owned())))],
            vec![transfer(|transfer| transfer.metadata.clear())],
            vec![transfer(|_| {}), transfer(|transfer| transfer.id = "tr_2".to_owned())],
        ] {
            assert!(matches!(verdict(&command(), strange), Verdict::Unverifiable(pause) if pause.reason.contains("tr_1")));
        }
    }
}
