//! Thousands of random operations against a small in-memory ledger, compared after each.

use std::collections::BTreeMap;

use ::ledger::{Account, AccountKind, Accounts, Posting};
use kernel::CoopId;
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use test_support::TestDb;

use super::posting;
use crate::world::{coop_with_makers, in_coop};

/// What the books should be: for each account its debits and credits, and the sources that were posted.
#[derive(Default)]
struct Model {
    accounts: BTreeMap<Account, (i64, i64)>,
    sources: BTreeMap<String, Vec<(Account, i64)>>,
}

impl Model {
    fn post(&mut self, source: &str, legs: &[(Account, i64)]) -> bool {
        if self.sources.contains_key(source) {
            return false;
        }
        for (account, amount) in legs {
            let (debits, credits) = self.accounts.entry(*account).or_default();
            *debits += (*amount).max(0);
            *credits += (-*amount).max(0);
        }
        self.sources.insert(source.to_owned(), legs.to_vec());
        true
    }
}

/// One step: a few transfers under sources from a small range, so that many repeat.
type Step = Vec<(u16, u8, u8, i64)>;

fn transfer(accounts: &[Account], step: (u16, u8, u8, i64)) -> (String, Vec<(Account, i64)>) {
    let (source, from, to, _) = step;
    // The amount follows from the source: the same source always comes with the same legs
    let amount = i64::from(source) * 7 % 1000 + 1;
    let from = (usize::from(from) * 31 + usize::from(source)) % accounts.len();
    let to = (from + 1 + usize::from(to) % (accounts.len() - 1)) % accounts.len();
    (format!("{source}-{from}-{to}"), vec![(accounts[from], amount), (accounts[to], -amount)])
}

#[tokio::test]
async fn d1_d17_random_operations_agree_with_a_model_after_each() {
    let db = TestDb::new().await;
    let (coop, parties) = coop_with_makers(&db, "harbour", 4).await;
    let mut accounts: Vec<Account> = parties.iter().map(|party| Account::of(AccountKind::MemberPayable, *party)).collect();
    accounts.extend([AccountKind::Clearing, AccountKind::CoopIncome, AccountKind::Unsettled].map(Account::own));
    let numbers = Accounts::default();
    let mut model = Model::default();
    let mut runner = TestRunner::deterministic();
    let steps = proptest::collection::vec((0_u16..600, 0_u8..6, 0_u8..6, 1_i64..1000), 1..25);
    let mut operations = 0;
    for round in 0..160 {
        let step: Step = steps.new_tree(&mut runner).unwrap().current();
        operations += step.len();
        let transfers: Vec<_> = step.into_iter().map(|one| transfer(&accounts, one)).collect();
        let batch: Vec<Posting> = transfers.iter().map(|(source, legs)| posting(coop.id, source, legs)).collect();
        let posted = in_coop(&db, coop.id, async |tx| ::ledger::post(tx, &numbers, &batch).await.unwrap()).await;
        let expected = transfers.iter().filter(|(source, legs)| model.post(source, legs)).count();
        assert_eq!(posted.fresh.len(), expected, "round {round}");
        if round % 7 == 0 {
            in_coop(&db, coop.id, async |tx| ::ledger::roll_up(tx, &[coop.id]).await.unwrap()).await;
        }
        if round % 11 == 0 {
            in_coop(&db, coop.id, async |tx| ::ledger::seal(tx, coop.id).await.unwrap()).await;
        }
        assert_eq!(read(&db, coop.id).await, model.accounts, "round {round}");
    }
    assert!(operations > 1500, "{operations} operations were tried");
    let verdict = ::ledger::verify(&db.pools.orm, coop.id).await.unwrap();
    assert_eq!((verdict.difference, usize::try_from(verdict.postings).unwrap()), (None, model.sources.len()));
}

async fn read(db: &TestDb, coop: CoopId) -> BTreeMap<Account, (i64, i64)> {
    let balances = in_coop(db, coop, async |tx| ::ledger::balances(tx, coop).await.unwrap()).await;
    balances.into_iter().map(|balance| (balance.account, (balance.debits, balance.credits))).collect()
}
