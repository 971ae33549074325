//! One co-op's backlog is not another's wait.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use jobs::{Handlers, Job, Limits};
use kernel::CoopId;
use tokio::sync::{Semaphore, oneshot};

use crate::house::{ANA, BOB, Board, Chalk, House, chalk};

fn backlog(coop: CoopId, word: &str, length: usize) -> Vec<Job> {
    (0..length).map(|_| Job::try_new(coop, &chalk(word)).expect("a word is JSON")).collect()
}

#[tokio::test]
async fn k9_a_single_job_runs_long_before_other_co_ops_backlogs_are_through() {
    let house = House::new().await;
    let board = Board::default();
    for coop in [1, 3, 4] {
        jobs::enqueue_all(&house.pools.orm, &backlog(CoopId(coop), "backlog", 200)).await.unwrap();
    }
    house.add(Job::try_new(BOB, &chalk("single")).unwrap()).await.unwrap();
    // Fewer slots than co-ops with a backlog.
    let limits = Limits { slots: 2, per_coop: 1, ..Limits::default() };
    assert_eq!(house.worker(board.handlers()).with_limits(limits).run_until_empty().await.unwrap(), 601);
    let place = board.words().iter().position(|word| word == "single").unwrap();
    assert!(place < 10, "it ran as number {place} of 601");
}

#[tokio::test]
async fn k9_one_co_op_never_holds_every_slot() {
    let house = House::new().await;
    let gate = Arc::new(Semaphore::new(0));
    let (doing, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (bob_came, bob_is_here) = oneshot::channel();
    let bob_came = std::sync::Mutex::new(Some(bob_came));
    let handlers = {
        let (gate, most) = (Arc::clone(&gate), Arc::clone(&most));
        Handlers::new().on(move |_: Chalk, attempt| {
            if attempt.coop == BOB {
                let _ = bob_came.lock().unwrap().take().map(|told| told.send(()));
            }
            let (gate, doing, most) = (Arc::clone(&gate), Arc::clone(&doing), Arc::clone(&most));
            async move {
                if attempt.coop == ANA {
                    most.fetch_max(doing.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    gate.acquire().await?.forget();
                    doing.fetch_sub(1, Ordering::SeqCst);
                }
                Ok::<(), tokio::sync::AcquireError>(())
            }
        })
    };
    jobs::enqueue_all(&house.pools.orm, &backlog(ANA, "held", 20)).await.unwrap();
    let worker = house.worker(handlers).with_limits(Limits { slots: 4, per_coop: 3, ..Limits::default() });
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let until = async {
            let _ = stopped.await;
        };
        worker.run(until).await
    });
    // Ana's jobs all hang at the gate; Bob's comes through all the same, by the slot that is kept free.
    house.add(Job::try_new(BOB, &chalk("passes")).unwrap()).await.unwrap();
    bob_is_here.await.unwrap();
    assert!(most.load(Ordering::SeqCst) <= 3);
    gate.add_permits(20);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert!(most.load(Ordering::SeqCst) <= 3);
}
