//! Costs that makers share: to the cent, by the rule, once a month, and balanced in the books.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use ::costs::{Charge, Costs, CostsError, NewPool, Pool, PoolId, Rule, Sharer};
use ::ledger::{Account, AccountKind, Accounts};
use ::orders::{Agreements, FeeKnown, Payment};
use chrono::TimeDelta;
use kernel::{Actor, Clock, Code, Month, PartyId, Permission, Permissions, PersonId, SaleId, SessionId, Who};
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{Shop, in_coop, november};

pub(crate) use cases::{cases, pool};

struct Stage {
    db: TestDb,
    shop: Shop,
    costs: Costs,
    clock: Clock,
    ana: Actor,
}

fn treasurer(shop: &Shop) -> Actor {
    let who = Who::Person { person: PersonId(Uuid::now_v7()), session: SessionId(Uuid::nil()), factor_at: None };
    let permissions: Permissions = [Permission::StatementsClose, Permission::LedgerRead].into_iter().collect();
    Actor { coop: shop.coop.id, who, party: None, permissions }
}

fn code<T: std::fmt::Debug>(result: Result<T, CostsError>) -> Code {
    result.unwrap_err().refusal().expect("a refusal, not a fault").code
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

impl Stage {
    /// Noon of the first of December, after a November in which the makers sold.
    async fn open() -> Self {
        let db = TestDb::new().await;
        let shop = Shop::open(&db, "harbour").await;
        let clock = Clock::stopped_at(november(30) + TimeDelta::days(1));
        let costs = Costs::new(db.pools.orm.clone(), Accounts::default(), clock.clone());
        let ana = treasurer(&shop);
        Self { db, shop, costs, clock, ana }
    }

    async fn pool(&self, rule: Rule, measures: &[i64]) -> Pool {
        let sharers = self.shop.makers.iter().zip(measures).map(|(party, measure)| Sharer { party: *party, measure: *measure }).collect();
        let new =
            NewPool { id: PoolId(Uuid::now_v7()), name: "Rent of the hall".to_owned(), currency: self.shop.coop.currency, rule, sharers };
        let made = self.costs.open(&self.ana, new.clone()).await.unwrap();
        assert_eq!(self.costs.open(&self.ana, new).await.unwrap(), made, "twice is once");
        made
    }

    async fn charge(&self, pool: &Pool, of: &str, amount: i64) -> Result<Vec<(PartyId, i64)>, CostsError> {
        let charge = Charge { pool: pool.id, month: month(of), amount };
        let charged = self.costs.charge(&self.ana, charge, &self.shop.coop.zone).await?;
        Ok(charged.shares.into_iter().map(|share| (share.party, share.amount)).collect())
    }

    fn each(&self, amounts: [i64; 3]) -> Vec<(PartyId, i64)> {
        self.shop.makers.iter().copied().zip(amounts).collect()
    }

    /// A sale of the fifth of November, paid and settled.
    async fn sell(&self, amounts: (i64, i64)) {
        let id = SaleId(Uuid::now_v7());
        self.shop.place(&self.db, &[self.shop.sale(id, amounts, Payment::Stripe)]).await;
        in_coop(&self.db, self.shop.coop.id, async |tx| {
            let key = (self.shop.coop.id, id);
            let (mut sales, mut standing) = ::orders::load(tx, &Agreements::default(), &BTreeSet::from([key])).await.unwrap();
            let mut sale = sales.remove(&key).unwrap();
            sale.saw_payment(sale.gross, "EUR", Some("ch_1")).unwrap();
            sale.saw_fee(FeeKnown {
                balance_transaction: "txn_1".to_owned(),
                gross: sale.gross,
                fee: 40,
                currency: sale.currency,
                exchange_rate: None,
                at: november(5),
                available_at: november(5),
            });
            let booking = sale.book(&mut standing).unwrap();
            ::orders::save(tx, &Accounts::default(), &BTreeMap::from([(key, (sale, booking))]), &standing).await.unwrap();
        })
        .await;
    }

    async fn owed(&self) -> BTreeMap<Account, i64> {
        self.shop.owed(&self.db).await
    }
}

#[tokio::test]
async fn d13_a_cost_is_taken_out_of_what_each_is_owed_once_and_balances() {
    let stage = Stage::open().await;
    let pool = stage.pool(Rule::Equal, &[0, 0, 0]).await;
    for _ in 0..2 {
        assert_eq!(stage.charge(&pool, "2026-11", 10_000).await.unwrap(), stage.each([3_334, 3_333, 3_333]));
    }
    let owed = stage.owed().await;
    let payable = |maker: usize| owed[&Account::of(AccountKind::MemberPayable, stage.shop.makers[maker])];
    assert_eq!([payable(0), payable(1), payable(2)], [-3_334, -3_333, -3_333]);
    assert_eq!(code(stage.charge(&pool, "2026-11", 10_001).await), Code::Conflict);
    assert_eq!(code(stage.charge(&pool, "2026-12", 10_000).await), Code::NotNow, "December is not over");
    stage.clock.advance(TimeDelta::days(31));
    stage.charge(&pool, "2026-12", 1).await.unwrap();
}

#[tokio::test]
async fn d13_square_metres_and_sales_share_by_what_they_say() {
    let stage = Stage::open().await;
    let rent = stage.pool(Rule::Measure, &[12, 6, 0]).await;
    assert_eq!(stage.charge(&rent, "2026-11", 100_001).await.unwrap(), stage.each([66_667, 33_334, 0]));

    let booth = stage.pool(Rule::Sales, &[0, 0, 0]).await;
    assert_eq!(code(stage.charge(&booth, "2026-11", 900).await), Code::NotNow, "nobody sold anything");
    // Two lines of the same amount: one of the first maker, one shared by the second and third
    stage.sell((10_000, 10_000)).await;
    assert_eq!(stage.charge(&booth, "2026-11", 900).await.unwrap(), stage.each([450, 225, 225]));
}

#[tokio::test]
async fn d13_another_coop_has_no_such_pool_and_no_such_party_and_a_member_charges_nobody() {
    let stage = Stage::open().await;
    let pool = stage.pool(Rule::Equal, &[0, 0, 0]).await;
    let quarry = Shop::open(&stage.db, "quarry").await;
    let neighbour = treasurer(&quarry);
    let charge = Charge { pool: pool.id, month: month("2026-11"), amount: 100 };
    assert_eq!(code(stage.costs.charge(&neighbour, charge, &quarry.coop.zone).await), Code::NotFound);
    assert_eq!(code(stage.costs.pool(neighbour.coop, pool.id).await), Code::NotFound);
    let theirs = NewPool {
        id: PoolId(Uuid::now_v7()),
        name: "Rent".to_owned(),
        currency: stage.shop.coop.currency,
        rule: Rule::Equal,
        sharers: vec![Sharer { party: quarry.makers[0], measure: 0 }],
    };
    assert_eq!(code(stage.costs.open(&stage.ana, theirs.clone()).await), Code::NotFound);
    let member = Actor { permissions: Permissions::default(), ..stage.ana };
    assert_eq!(code(stage.costs.open(&member, theirs).await), Code::Forbidden);
    assert_eq!(code(stage.costs.charge(&member, charge, &stage.shop.coop.zone).await), Code::Forbidden);
    assert!(stage.owed().await.is_empty(), "nothing was posted");
}
