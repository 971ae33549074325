//! Told to stop, a part of the house finishes what it began, begins nothing new, and ends well.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use rustix::process::Signal;
use sqlx::Row as _;

use super::{House, Part, until, webhook};

#[tokio::test(flavor = "multi_thread")]
async fn k12_the_api_finishes_a_request_that_had_begun_and_takes_no_other() {
    let house = House::with_coop().await;
    for (signal, id) in [(Signal::TERM, "evt_1"), (Signal::INT, "evt_2")] {
        let mut api = Part::start(&house, "api", &[]);
        let address = api.api();
        // The answer to this header is sent when the request is being worked on and its body is wanted
        let (head, body) = webhook(id, "expect: 100-continue\r\n");
        let mut begun = TcpStream::connect(&address).unwrap();
        begun.write_all(head.as_bytes()).unwrap();
        let mut answer = BufReader::new(begun.try_clone().unwrap());
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        assert!(line.contains("100"), "{line}");

        api.signal(signal);
        until("nobody is let in any more", || TcpStream::connect(&address).is_err());
        assert!(api.lives(), "a request has begun");
        begun.write_all(body.as_bytes()).unwrap();
        let mut rest = String::new();
        answer.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("HTTP/1.1 200"), "{rest}");
        assert_eq!(api.ends().code(), Some(0), "{signal:?}");
    }
    let kept: i64 = sqlx::query("select count(*) from stripe_event").fetch_one(&house.db.owner().await).await.unwrap().get(0);
    assert_eq!(kept, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn k12_the_worker_finishes_the_batch_that_it_began() {
    let house = House::with_coop().await;
    let owner = house.db.owner().await;
    let event = "insert into stripe_event (event_id, connect, kind, body) values ('evt_1', false, 'customer.created',
        '{\"id\": \"evt_1\", \"object\": \"event\", \"type\": \"customer.created\", \"created\": 1793707200, \"livemode\": false,
          \"api_version\": \"2026-01-28.clover\", \"data\": {\"object\": {\"id\": \"cus_1\", \"object\": \"customer\"}}}')";
    sqlx::query(event).execute(&owner).await.unwrap();
    // What marks events as handled waits for this lock; what claims them does not.
    let mut held = owner.begin().await.unwrap();
    sqlx::query("lock table stripe_event in share mode").execute(&mut *held).await.unwrap();
    let mut worker = Part::start(&house, "worker", &[]);
    let marks = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%handled_at = now()%'
                 and datname = current_database() and pid <> pg_backend_pid()";
    let deadline = tokio::time::Instant::now() + super::PATIENCE;
    loop {
        let waiting: i64 = sqlx::query(marks).fetch_one(&owner).await.unwrap().get(0);
        if waiting > 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the worker claims the event");
        tokio::task::yield_now().await;
    }
    worker.signal(Signal::TERM);
    worker.says("told to stop");
    assert!(worker.lives(), "a batch has begun");
    held.commit().await.unwrap();
    assert_eq!(worker.ends().code(), Some(0));
    let status: String = sqlx::query("select status::text from stripe_event").fetch_one(&owner).await.unwrap().get(0);
    assert_eq!(status, "kept", "the batch was finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn k12_an_order_to_stop_is_heard_from_the_beginning() {
    let house = House::with_coop().await;
    let mut worker = Part::start(&house, "worker", &[]);
    worker.door(); // it has only begun to start
    worker.signal(Signal::TERM);
    assert_eq!(worker.ends().code(), Some(0));
}
