//! When a job exists, and when it is the same one.

use chrono::TimeDelta;
use jobs::Job;

use crate::house::{ANA, BOB, Board, House, chalk};

#[tokio::test]
async fn a_job_enqueued_in_a_transaction_that_is_rolled_back_never_runs() {
    let house = House::new().await;
    let board = Board::default();
    let tx = db::begin_global(&house.pools.orm).await.unwrap();
    jobs::enqueue(&tx, &Job::try_new(ANA, &chalk("never")).unwrap()).await.unwrap().unwrap();
    tx.rollback().await.unwrap();
    let tx = db::begin_global(&house.pools.orm).await.unwrap();
    jobs::enqueue(&tx, &Job::try_new(ANA, &chalk("kept")).unwrap()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert_eq!(house.worker(board.handlers()).run_until_empty().await.unwrap(), 1);
    assert_eq!(board.words(), ["kept"]);
    assert_eq!(house.pending().await, 0);
}

#[tokio::test]
async fn the_same_key_twice_runs_once_also_after_it_is_done() {
    let house = House::new().await;
    let board = Board::default();
    let worker = house.worker(board.handlers());
    let job = |coop, word| Job::try_new(coop, &chalk(word)).unwrap().once("november");
    assert!(house.add(job(ANA, "first")).await.is_some());
    assert!(house.add(job(ANA, "second")).await.is_none());
    assert!(house.add(job(BOB, "another co-op's")).await.is_some());
    worker.run_until_empty().await.unwrap();
    assert!(house.add(job(ANA, "third")).await.is_none());
    worker.run_until_empty().await.unwrap();
    assert_eq!(board.words(), ["first", "another co-op's"]);
}

#[tokio::test]
async fn a_key_is_forgotten_after_its_time() {
    let house = House::new().await;
    let worker = house.worker(Board::default().handlers());
    let job = || Job::try_new(ANA, &chalk("again")).unwrap().once("november");
    house.add(job()).await.unwrap();
    worker.run_until_empty().await.unwrap();
    house.clock.advance(TimeDelta::days(i64::from(jobs::KEEP_KEYS_DAYS) + 1));
    worker.run_until_empty().await.unwrap();
    assert!(house.add(job()).await.is_some());
}

#[tokio::test]
async fn many_are_enqueued_at_once_and_their_repeats_dropped() {
    let house = House::new().await;
    let board = Board::default();
    let jobs: Vec<Job> = (0..500).map(|n| Job::try_new(ANA, &chalk("x")).unwrap().once(format!("key {}", n % 400))).collect();
    assert_eq!(jobs::enqueue_all(&house.pools.orm, &jobs).await.unwrap().len(), 400);
    assert_eq!(house.pending().await, 400);
    assert_eq!(house.worker(board.handlers()).run_until_empty().await.unwrap(), 400);
}

#[tokio::test]
async fn a_job_for_later_waits_for_the_clock() {
    let house = House::new().await;
    let board = Board::default();
    let worker = house.worker(board.handlers());
    let at = house.clock.now() + TimeDelta::hours(1);
    house.add(Job::try_new(ANA, &chalk("later")).unwrap().not_before(at)).await.unwrap();
    assert_eq!(worker.run_until_empty().await.unwrap(), 0);
    assert_eq!(house.pending().await, 1);
    house.clock.advance(TimeDelta::hours(1));
    assert_eq!(worker.run_until_empty().await.unwrap(), 1);
    assert_eq!(board.words(), ["later"]);
}

#[tokio::test]
async fn making_the_schema_twice_and_at_once_changes_nothing() {
    let house = House::new().await;
    house.add(Job::try_new(ANA, &chalk("kept")).unwrap()).await.unwrap();
    let owner = db::owner_pool(&house.url).await.unwrap();
    let (one, two) = tokio::join!(jobs::migrate(&owner), jobs::migrate(&owner));
    one.unwrap();
    two.unwrap();
    assert_eq!(house.pending().await, 1);
}
