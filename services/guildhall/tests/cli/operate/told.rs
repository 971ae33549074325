//! What operators are told at their own door.

use std::net::TcpStream;

use super::{House, Part, ask, deliver, until};
use crate::{Ended, guildhall};

/// The value of the series that begins like this.
fn value(metrics: &str, series: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn k12_k8_the_api_tells_requests_refusals_and_connections_off_the_public_port() {
    let house = House::with_coop().await;
    let mut api = Part::start(&house, "api", &[]);
    let (public, door) = (api.api(), api.door());
    deliver(&public, "evt_1", "");
    assert!(ask(&public, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(ask(&public, "/metrics").starts_with("HTTP/1.1 404"), "not for strangers");
    assert!(ask(&public, "/webhooks/unknown").starts_with("HTTP/1.1 404"));
    let metrics = ask(&door, "/metrics");
    for (series, expected) in [
        (r#"guildhall_http_requests_total{method="POST",route="/webhooks/stripe",status="200"}"#, 1.0),
        (r#"guildhall_http_requests_total{method="GET",route="unmatched",status="404"}"#, 2.0),
        (r#"guildhall_http_request_duration_seconds_count{route="/webhooks/stripe"}"#, 1.0),
    ] {
        assert_eq!(value(&metrics, series), Some(expected), "{series}\n{metrics}");
    }
    let [used, idle] = ["used", "idle"].map(|state| value(&metrics, &format!(r#"guildhall_db_connections{{pool="api",state="{state}"}}"#)));
    assert!((1.0..=8.0).contains(&(used.unwrap() + idle.unwrap())), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k12_the_worker_tells_how_deep_its_queues_are_and_how_long_they_wait() {
    let house = House::with_coop().await;
    let owner = house.db.owner().await;
    let parked = "insert into stripe_event (event_id, connect, kind, body, status, reason) values ('evt_1', false, 'charge.updated', '{}', 'parked', 'why')";
    let dead = "insert into jobs.job (coop_id, task, payload, state, run_at, attempts, max_attempts, finished_at)
        select coop_id, 'statements.mail', '{}', 'dead', now(), 1, 1, now() from coop";
    let checked =
        "insert into ledger_check (coop_id, checked_at, postings, entries) select coop_id, to_timestamp(1793707200), 0, 0 from coop";
    for sql in [parked, dead, checked] {
        sqlx::query(sql).execute(&owner).await.unwrap();
    }
    let mut worker = Part::start(&house, "worker", &[]);
    let door = worker.door();
    until("the levels are measured", || value(&ask(&door, "/metrics"), "guildhall_measured_timestamp_seconds{}").is_some());
    let metrics = ask(&door, "/metrics");
    for (series, expected) in [
        (r#"guildhall_inbox_events{status="parked"}"#, 1.0),
        (r#"guildhall_inbox_events{status="waiting"}"#, 0.0),
        (r#"guildhall_jobs{state="dead"}"#, 1.0),
        (r#"guildhall_payouts{status="unknown"}"#, 0.0),
        ("guildhall_settlement_lag_seconds{}", 0.0),
        ("guildhall_ledger_differences{}", 0.0),
    ] {
        assert_eq!(value(&metrics, series), Some(expected), "{series}\n{metrics}");
    }
    assert!(value(&metrics, "guildhall_ledger_check_timestamp_seconds{}").unwrap() >= 1_793_707_200.0, "{metrics}");
    assert!(value(&metrics, r#"guildhall_db_connections{pool="worker",state="idle"}"#).is_some(), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k12_a_probe_says_whether_a_part_is_well() {
    let house = House::with_coop().await;
    let mut api = Part::start(&house, "api", &[]);
    let address = api.api();
    let probe = |url: String| Ended::from(guildhall(house.home.path(), &["probe", &url]).output().unwrap());
    assert_eq!(probe(format!("http://{address}/readyz")).code, 0);
    let lost = probe(format!("http://{address}/nowhere"));
    assert!(lost.code == 3 && lost.err.contains("404"), "{lost:?}");
    drop(api);
    until("it is gone", || TcpStream::connect(&address).is_err());
    assert_eq!(probe(format!("http://{address}/readyz")).code, 1);
    assert_eq!(probe("ftp://somewhere".to_owned()).code, 3);
}
