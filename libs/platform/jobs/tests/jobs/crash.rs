//! Stopping gently, stopping at once, and a server that goes away.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use jobs::{Handlers, Job, Limits, Worker};
use tokio::sync::{mpsc, oneshot};

use crate::house::{ANA, Board, Chalk, House, chalk};

/// A worker in the background and the switch that stops it gently.
fn start(worker: Worker) -> (oneshot::Sender<()>, tokio::task::JoinHandle<Result<(), jobs::JobsError>>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let until = async {
            let _ = stopped.await;
        };
        worker.run(until).await
    });
    (stop, running)
}

/// Not a test by itself: the body of the process that is killed in [`a_job_whose_worker_is_killed_runs_again`].
#[tokio::test]
async fn as_a_worker_that_hangs() {
    if let Ok(url) = env::var("JOBS_TEST_URL") {
        let house = House::at(url).await;
        let hanging = Handlers::new().on(|_: Chalk, _| async {
            println!("in the middle of it");
            std::future::pending::<Result<(), std::io::Error>>().await
        });
        house.worker(hanging).run_until_empty().await.unwrap();
    }
}

#[tokio::test]
async fn a_job_whose_worker_is_killed_runs_again() {
    let house = House::new().await;
    let board = Board::default();
    house.add(Job::try_new(ANA, &chalk("survives")).unwrap()).await.unwrap();
    let mut other = Command::new(env::current_exe().unwrap());
    other.args(["--exact", "crash::as_a_worker_that_hangs", "--nocapture"]).env("JOBS_TEST_URL", &house.url);
    let mut other = other.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(other.stdout.take().unwrap()).lines();
    let reached = tokio::task::spawn_blocking(|| lines.map_while(Result::ok).any(|line| line.contains("in the middle of it")));
    assert!(reached.await.unwrap());
    let worker = house.worker(board.handlers());
    assert_eq!(worker.run_until_empty().await.unwrap(), 0, "it is in living hands");
    other.kill().unwrap();
    other.wait().unwrap();
    // The server notices the broken connection by itself, a moment later.
    while board.words().is_empty() {
        worker.run_until_empty().await.unwrap();
    }
    assert_eq!(board.words(), ["survives"]);
    assert_eq!(house.pending().await, 0);
}

#[tokio::test]
async fn a_job_that_kills_its_worker_every_time_dies_in_the_end() {
    let house = House::new().await;
    house.add(Job::try_new(ANA, &chalk("poison")).unwrap().max_attempts(2)).await.unwrap();
    let (began, mut signs) = mpsc::unbounded_channel();
    let mut kills = 0;
    while jobs::dead(&house.pools.orm, ANA).await.unwrap().is_empty() {
        let began = began.clone();
        let hanging = Handlers::new().on(move |_: Chalk, _| {
            began.send(()).unwrap();
            std::future::pending::<Result<(), std::io::Error>>()
        });
        let worker = house.worker(hanging);
        let running = tokio::spawn(async move { worker.run_until_empty().await });
        let abort = running.abort_handle();
        // Either it hangs in the job, or there was nothing to do because the job is dead or not yet let go of.
        tokio::select! {
            _ = signs.recv() => kills += 1,
            _ = running => {}
        }
        abort.abort();
    }
    assert_eq!(kills, 2);
    assert_eq!(jobs::dead(&house.pools.orm, ANA).await.unwrap()[0].reason, "the worker stopped in the middle of it");
}

#[tokio::test]
async fn a_gentle_stop_finishes_what_was_begun_and_begins_nothing() {
    let house = House::new().await;
    let (began, mut signs) = mpsc::unbounded_channel();
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let board = Board::default();
    let handlers = {
        let (board, gate) = (board.clone(), std::sync::Arc::clone(&gate));
        Handlers::new().on(move |task: Chalk, _| {
            let (board, gate) = (board.clone(), std::sync::Arc::clone(&gate));
            began.send(()).unwrap();
            async move {
                gate.acquire().await?.forget();
                board.write(&task.word);
                Ok::<(), tokio::sync::AcquireError>(())
            }
        })
    };
    house.add(Job::try_new(ANA, &chalk("begun")).unwrap()).await.unwrap();
    let (stop, running) = start(house.worker(handlers).with_limits(Limits { slots: 1, ..Limits::default() }));
    signs.recv().await.unwrap();
    stop.send(()).unwrap();
    house.add(Job::try_new(ANA, &chalk("too late")).unwrap()).await.unwrap();
    gate.add_permits(2);
    running.await.unwrap().unwrap();
    assert_eq!(board.words(), ["begun"]);
    assert_eq!(house.pending().await, 1);
}

#[tokio::test]
async fn a_worker_outlives_the_loss_of_its_connections() {
    let house = House::new().await;
    let (wrote, mut written) = mpsc::unbounded_channel();
    let handlers = Handlers::new().on(move |task: Chalk, _| {
        wrote.send(task.word).unwrap();
        async { Ok::<(), std::io::Error>(()) }
    });
    let (stop, running) = start(house.worker(handlers));
    house.add(Job::try_new(ANA, &chalk("before")).unwrap()).await.unwrap();
    assert_eq!(written.recv().await.unwrap(), "before");
    let owner = db::owner_pool(&house.url).await.unwrap();
    let cut =
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    sqlx::raw_sql(cut).execute(&owner).await.unwrap();
    // The pool may hand out broken connections once each; the worker must not care.
    let job = Job::try_new(ANA, &chalk("after")).unwrap();
    while jobs::enqueue(&house.pools.orm, &job).await.is_err() {}
    assert_eq!(written.recv().await.unwrap(), "after");
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
}
