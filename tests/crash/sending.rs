//! Payouts are sent while the worker, or PostgreSQL, is killed at each step.

use test_support::TestDb;

use super::{
    child::Child,
    database::{Database, Server},
    payday::Payday,
    steps::Step,
};

/// What a payout goes through when all that can go wrong does.
const STEPS: [Step; 5] = [Step::Reserved, Step::Sent, Step::Done, Step::Unknown, Step::Confirmed];

#[tokio::test]
async fn g13_kill_9_of_the_worker_at_each_step_pays_everyone_exactly_once() {
    const ROUNDS: usize = 3;
    let db = TestDb::new().await;
    let mut payday = Payday::new(Database::of(&db).await).await;
    let worker = payday.worker().await;
    payday.approve().await;
    worker.kill().await;
    for round in 0..ROUNDS {
        payday.stripe.trouble(round).await;
        for step in STEPS {
            kill_worker_at(&payday, step).await;
        }
        payday.release(None);
        // What a dead worker had said and the line had held has arrived before this is answered.
        payday.turn_a_day().await;
    }
    payday.stripe.calm().await;
    for step in [Step::Half, Step::Last] {
        kill_worker_at(&payday, step).await;
    }
    payday.fund(10_000).await;
    payday.turn_a_day().await;
    finish(payday).await;
}

/// Lets a worker come so far, and kills it there.
async fn kill_worker_at(payday: &Payday, step: Step) {
    let before = payday.prepare(step).await;
    let mut worker = payday.worker().await;
    payday.release(step.holds());
    payday.reach(step, &before, &mut worker).await;
    worker.kill().await;
}

#[tokio::test]
async fn g13_kill_9_of_postgres_at_each_step_loses_nothing() {
    const ROUNDS: usize = 2;
    let mut server = Server::start().await;
    let mut payday = Payday::new(server.database("house").await).await;
    let mut worker = payday.worker().await;
    payday.approve().await;
    for round in 0..ROUNDS {
        payday.stripe.trouble(ROUNDS + round).await;
        for step in STEPS {
            kill_postgres_at(&payday, step, &mut server, &mut worker).await;
        }
        worker.kill().await;
        payday.turn_a_day().await;
        worker = payday.worker().await;
    }
    payday.stripe.calm().await;
    for step in [Step::Half, Step::Last] {
        kill_postgres_at(&payday, step, &mut server, &mut worker).await;
    }
    worker.kill().await;
    payday.fund(10_000).await;
    payday.turn_a_day().await;
    finish(payday).await;
}

/// Lets the worker come so far, and kills the server under it. The line is freed while the server is away.
async fn kill_postgres_at(payday: &Payday, step: Step, server: &mut Server, worker: &mut Child) {
    let before = payday.prepare(step).await;
    payday.reach(step, &before, worker).await;
    server.kill(&payday.database).await;
    payday.release(None);
    server.recover(&payday.database).await;
}

/// A last worker finishes what the others left, and everything is as it should be.
async fn finish(payday: Payday) {
    let mut worker = payday.worker().await;
    payday.finish(&mut worker).await;
    worker.kill().await;
    let standing = payday.standing().await.unwrap();
    assert!(standing.became("unknown") > 0 && standing.became("sent") > standing.of("confirmed"), "nothing went wrong: {standing:?}");
    payday.everyone_is_paid_once().await;
    payday.stop().await;
}
