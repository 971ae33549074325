//! What Stripe says, turned into books: in any order, any number of times.

mod any_order;
mod disputes;
mod events;
mod fees;
mod parked;
mod refunds;

use ::settlement::{BATCH, Settled, Settlement, accept};
use test_support::TestDb;

/// Keeps events and settles until nothing moves.
async fn settle(db: &TestDb, bodies: &[String]) -> Settled {
    let settlement = service(db);
    keep(db, bodies).await;
    settlement.run_until_still(BATCH).await.unwrap()
}

async fn keep(db: &TestDb, bodies: &[String]) {
    for body in bodies {
        accept(&db.pools.orm, body, false).await.unwrap();
    }
}

fn service(db: &TestDb) -> Settlement {
    Settlement::new(db.pools.clone(), None, false)
}
