//! Failing, trying again, giving up, and being woken.

use std::time::Duration;

use chrono::TimeDelta;
use jobs::{Handlers, Job, Limits};

use crate::house::{ANA, BOB, Board, Chalk, House, chalk};

/// Enough to pass every pause of three attempts.
fn an_hour() -> TimeDelta {
    TimeDelta::hours(1)
}

fn failing(board: &Board) -> Handlers {
    let board = board.clone();
    Handlers::new().on(move |task: Chalk, attempt| {
        board.write(&format!("{} {}{}", task.word, attempt.number, if attempt.last { " last" } else { "" }));
        async { Err::<(), _>(std::io::Error::other("no chalk left")) }
    })
}

#[tokio::test]
async fn k9_a_failing_job_is_tried_again_later_and_dies_with_its_reason() {
    let house = House::new().await;
    let board = Board::default();
    let worker = house.worker(failing(&board));
    let id = house.add(Job::try_new(ANA, &chalk("try")).unwrap().once("k")).await.unwrap();
    assert_eq!(worker.run_until_empty().await.unwrap(), 1);
    house.clock.advance(jobs::backoff(1) - TimeDelta::seconds(1));
    assert_eq!(worker.run_until_empty().await.unwrap(), 0, "not before its pause is over");
    for _ in 0..4 {
        house.clock.advance(an_hour());
        worker.run_until_empty().await.unwrap();
    }
    assert_eq!(board.words(), ["try 1", "try 2", "try 3 last"]);
    assert_eq!(house.pending().await, 0);
    let dead = jobs::dead(&house.pools.orm, ANA).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].id, dead[0].task.as_str(), dead[0].attempts), (id, "test.chalk", 3));
    assert_eq!((dead[0].reason.as_str(), dead[0].key.as_deref()), ("no chalk left", Some("k")));
    assert_eq!(dead[0].payload["word"], "try");
    assert_eq!(jobs::dead(&house.pools.orm, BOB).await.unwrap(), []);
}

#[tokio::test]
async fn k9_a_dead_job_is_revived_by_its_own_co_op_only() {
    let house = House::new().await;
    let board = Board::default();
    let id = house.add(Job::try_new(ANA, &chalk("revived")).unwrap().max_attempts(1)).await.unwrap();
    house.worker(failing(&Board::default())).run_until_empty().await.unwrap();
    assert_eq!(jobs::retry_dead(&house.pools.orm, BOB, &[id]).await.unwrap(), 0);
    assert_eq!(jobs::retry_dead(&house.pools.orm, ANA, &[id]).await.unwrap(), 1);
    assert_eq!(jobs::retry_dead(&house.pools.orm, ANA, &[id]).await.unwrap(), 0);
    house.worker(board.handlers()).run_until_empty().await.unwrap();
    assert_eq!(board.words(), ["revived"]);
    assert_eq!(jobs::dead(&house.pools.orm, ANA).await.unwrap(), []);
}

#[tokio::test]
async fn k9_a_panic_and_a_task_without_a_handler_are_reasons_too() {
    let house = House::new().await;
    house.add(Job::try_new(ANA, &chalk("boom")).unwrap().max_attempts(1)).await.unwrap();
    let panicking = Handlers::new().on(|task: Chalk, _| async move {
        assert!(task.word.is_empty(), "the word was {}", task.word);
        Ok::<(), std::io::Error>(())
    });
    house.worker(panicking).run_until_empty().await.unwrap();
    house.add(Job::try_new(ANA, &chalk("who")).unwrap().max_attempts(1)).await.unwrap();
    house.worker(Handlers::new()).run_until_empty().await.unwrap();
    let reasons: Vec<String> = jobs::dead(&house.pools.orm, ANA).await.unwrap().into_iter().map(|job| job.reason).collect();
    assert_eq!(reasons, ["this worker has no handler for test.chalk", "it panicked: the word was boom"]);
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_cut_off() {
    let house = House::new().await;
    house.add(Job::try_new(ANA, &chalk("slow")).unwrap().max_attempts(1)).await.unwrap();
    let endless = Handlers::new().on(|_: Chalk, _| std::future::pending::<Result<(), std::io::Error>>());
    let limits = Limits { attempt_time: Duration::from_millis(50), ..Limits::default() };
    house.worker(endless).with_limits(limits).run_until_empty().await.unwrap();
    assert!(jobs::dead(&house.pools.orm, ANA).await.unwrap()[0].reason.starts_with("it took longer"));
}
