//! From the door into the books by itself: a worker hears of events, and bears losing the database.

use std::time::Duration;

use ::settlement::Settlement;
use kernel::Clock;
use sqlx::Row as _;
use test_support::TestDb;
use tokio::time::{sleep, timeout};
use worker::{Worker, WorkerConfig};

use super::{PLATFORM, api, deliver, event};

const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Returns when as many events have been handled, and fails when that takes too long.
async fn until_handled(db: &TestDb, wanted: i64) {
    let owner = db.owner().await;
    let handled = async {
        loop {
            let row = sqlx::query("select count(*) from stripe_event where status = 'kept'").fetch_one(&owner).await.unwrap();
            if row.get::<i64, _>(0) == wanted {
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    };
    timeout(PATIENCE, handled).await.expect("the worker handles what came");
}

#[tokio::test(flavor = "multi_thread")]
async fn g1_workers_settle_what_comes_in_and_bear_losing_the_database() {
    let db = TestDb::new().await;
    let api = api(&db, &["whsec_platform"], &[]).await;
    let start = || Worker::start(WorkerConfig::new(db.pools.clone(), Settlement::new(db.pools.clone(), None, false), Clock::system()));
    let workers = [start(), start()];
    for number in 1..=5 {
        deliver(&api, PLATFORM, event(&format!("evt_{number}")).as_bytes(), "whsec_platform", 3).await;
    }
    until_handled(&db, 5).await;

    let cut =
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'guildhall'";
    sqlx::query(cut).execute(&db.owner().await).await.unwrap();
    let body = event("evt_6");
    let again = async { while deliver(&api, PLATFORM, body.as_bytes(), "whsec_platform", 3).await.status != 200 {} };
    timeout(PATIENCE, again).await.expect("the door opens again; until then it asks for the event once more");
    until_handled(&db, 6).await;

    for worker in workers {
        timeout(PATIENCE, worker.stop()).await.expect("a worker stops in good order");
    }
    api.stop().await;
}
