//! What is counted, in one registry per process, in the text format that Prometheus reads.
//!
//! Counting is an addition in memory: nothing here waits, fails or allocates more than a label. Labels come from closed sets
//! (routes, root fields, codes, tasks), never from what a stranger sends, so the number of series is bounded. Which
//! co-op something was for is told by traces, not by labels.
//!
//! | what | who counts |
//! |---|---|
//! | requests by route and status, how long they took | the api's middleware, [`count_request`] |
//! | root fields of the graph by outcome | the graph, [`Operation`] |
//! | fields of the graph that are to go | the graph, [`count_deprecated_field`] |
//! | refused rules by code and place | whoever tells a caller no, [`count_refusal`] |
//! | events, jobs, requests to Stripe | who does them: [`count_events`], [`count_job`], [`count_stripe_request`] |
//! | depths, ages and other levels | whoever looks at the database, [`Levels`] |
//! | connections of a pool | asked when somebody reads, [`watch_pool`] |

mod catalogue;
mod levels;
mod operation;

use std::{sync::Arc, time::Duration};

use kernel::Code;

use self::catalogue::{Event, Job, METRICS, Refusal, Request, Route};
pub use self::{
    levels::{Level, Levels},
    operation::{Operation, OperationKind, Outcome},
};

/// The content type of [`text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A business rule said no: `code` is its kind, `at` where it was, such as the root field `approvePayoutRun` or a route.
///
/// Called once per refusal, where it is told to the caller.
pub fn count_refusal(code: Code, at: &str) {
    METRICS.refusals.get_or_create(&Refusal { code: code_name(code), at: at.to_owned() }).inc();
}

/// An operation asked for a field of the graph that is deprecated, as in `CoOpExport.file`. The schema says which there are.
pub fn count_deprecated_field(field: &str) {
    METRICS.deprecated_fields.get_or_create(&catalogue::DeprecatedField { field: field.to_owned() }).inc();
}

/// A delivery was refused at a webhook's door, for one of a closed list of reasons.
pub fn count_refused_delivery(reason: &'static str) {
    METRICS.refused_deliveries.get_or_create(&catalogue::Delivery { reason }).inc();
}

/// A request was answered. `route` is the pattern that it matched, never the path that was asked for.
pub fn count_request(method: &'static str, route: &str, status: u16, took: Duration) {
    METRICS.requests.get_or_create(&Request { method, route: route.to_owned(), status }).inc();
    METRICS.request_time.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
}

/// So many of Stripe's events came to that fate: `done`, `kept`, `waiting` or `parked`.
pub fn count_events(fate: &'static str, count: u64) {
    if count > 0 {
        METRICS.events.get_or_create(&Event { fate }).inc_by(count);
    }
}

/// An attempt at a job ended: `done`, `failed` (it is tried again) or `dead`.
pub fn count_job(task: &str, outcome: &'static str, took: Duration) {
    METRICS.jobs.get_or_create(&Job { task: task.to_owned(), outcome }).inc();
    METRICS.job_time.get_or_create(&catalogue::Task { task: task.to_owned() }).observe(took.as_secs_f64());
}

/// A request was sent to Stripe: the kind of the answer, such as `2xx`, or `none` when none came.
pub fn count_stripe_request(endpoint: &'static str, status: &'static str) {
    METRICS.stripe_requests.get_or_create(&catalogue::StripeRequest { endpoint, status }).inc();
}

/// A loop of the worker met an error and waits.
pub fn count_loop_error(name: &'static str) {
    METRICS.loop_errors.get_or_create(&catalogue::Loop { name }).inc();
}

/// Asks `count` for the open and the idle connections of a pool whenever somebody reads, until it returns `None`.
pub fn watch_pool(pool: &'static str, count: impl Fn() -> Option<(u32, u32)> + Send + Sync + 'static) {
    levels::pools().push((pool, Arc::new(count)));
}

/// Everything, as Prometheus reads it.
pub fn text() -> String {
    levels::read_pools();
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &METRICS.registry).expect("a String takes whatever is written to it");
    text
}

/// The code as the graph writes it.
const fn code_name(code: Code) -> &'static str {
    match code {
        Code::InvalidInput => "INVALID_INPUT",
        Code::NotFound => "NOT_FOUND",
        Code::Conflict => "CONFLICT",
        Code::SignInNeeded => "SIGN_IN_NEEDED",
        Code::Forbidden => "FORBIDDEN",
        Code::SecondFactorNeeded => "SECOND_FACTOR_NEEDED",
        Code::NotNow => "NOT_NOW",
        Code::TooMany => "TOO_MANY",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Held by who publishes levels: they are this process's, and tests run side by side.
    static LEVELS: std::sync::Mutex<()> = std::sync::Mutex::new(());

    /// The value of the series that begins like this.
    fn value(series: &str) -> Option<f64> {
        let text = text();
        text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok())
    }

    #[test]
    fn k8_a_refusal_is_counted_by_code_and_place() {
        let series = r#"guildhall_refusals_total{code="NOT_NOW",at="closeMonth"}"#;
        assert_eq!(value(series), None);
        for _ in 0..3 {
            count_refusal(Code::NotNow, "closeMonth");
        }
        count_refusal(Code::NotNow, "approvePayoutRun");
        assert_eq!(value(series), Some(3.0));
    }

    #[test]
    fn an_operation_is_counted_once_with_how_it_ended() {
        let of = |outcome| format!(r#"guildhall_graphql_operations_total{{kind="mutation",field="testField",outcome="{outcome}"}}"#);
        Operation::begin(OperationKind::Mutation, "testField").end(Outcome::Refused);
        drop(Operation::begin(OperationKind::Mutation, "testField"));
        assert_eq!((value(&of("refused")), value(&of("cut_off")), value(&of("done"))), (Some(1.0), Some(1.0), None));
        assert_eq!(value(r#"guildhall_graphql_operation_duration_seconds_count{kind="mutation",field="testField"}"#), Some(2.0));
    }

    #[test]
    fn levels_that_are_no_longer_known_are_not_told() {
        let _alone = LEVELS.lock().unwrap();
        let mut levels = Levels::default();
        levels.set(Level::SettlementLag, "", 7.5);
        levels.publish();
        assert_eq!(value("guildhall_settlement_lag_seconds{}"), Some(7.5));
        Levels::default().publish();
        assert_eq!(value("guildhall_settlement_lag_seconds{}"), None);
    }

    #[test]
    fn a_pool_is_asked_when_somebody_reads_and_forgotten_when_it_is_closed() {
        let open = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let asked = Arc::clone(&open);
        watch_pool("test", move || asked.load(std::sync::atomic::Ordering::Relaxed).then_some((9, 4)));
        assert_eq!(value(r#"guildhall_db_connections{pool="test",state="used"}"#), Some(5.0));
        assert_eq!(value(r#"guildhall_db_connections{pool="test",state="idle"}"#), Some(4.0));
        open.store(false, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(value(r#"guildhall_db_connections{pool="test",state="idle"}"#), None);
    }

    /// Every metric with a value, as a process that does everything tells them.
    fn everything() -> String {
        let moment = Duration::from_millis(5);
        count_refusal(Code::NotNow, "everything");
        count_refused_delivery("everything");
        count_deprecated_field("Everything.old");
        count_request("GET", "/everything", 200, moment);
        count_events("done", 1);
        count_job("everything", "done", moment);
        count_stripe_request("everything", "2xx");
        count_loop_error("everything");
        watch_pool("everything", || Some((1, 1)));
        Operation::begin(OperationKind::Query, "everything").end(Outcome::Done);
        let mut levels = Levels::default();
        for level in [Level::Inbox, Level::Jobs, Level::Payouts] {
            levels.set(level, "everything", 1.0);
        }
        for level in [Level::SettlementLag, Level::JobLag, Level::LedgerCheck, Level::LedgerDifferences, Level::Measured] {
            levels.set(level, "", 1.0);
        }
        let _alone = LEVELS.lock().unwrap();
        levels.publish();
        text()
    }

    #[test]
    fn k12_the_dashboard_and_the_alerts_ask_for_what_is_told() {
        let told = everything();
        let infra = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../infra");
        for (file, least) in [("grafana/guildhall.json", 20), ("prometheus/alerts.yaml", 12)] {
            let text = std::fs::read_to_string(infra.join(file)).unwrap();
            let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let asked: Vec<&str> = words.by_ref().filter(|word| word.starts_with("guildhall_")).collect();
            assert!(asked.len() >= least, "{file} asks for {} metrics", asked.len());
            for name in asked {
                assert!(told.contains(&format!("\n{name}{{")), "{file}: nothing is told as {name}");
            }
            for labels in text.split(" by (").skip(1).filter_map(|rest| rest.split(')').next()) {
                for label in labels.split(", ").filter(|label| *label != "instance") {
                    assert!(told.contains(&format!("{label}=\"")), "{file}: nothing is told by {label}");
                }
            }
        }
    }

    #[test]
    fn every_code_has_the_name_that_the_graph_gives_it() {
        for code in [Code::InvalidInput, Code::SecondFactorNeeded, Code::TooMany] {
            assert_eq!(serde_json::to_value(code).unwrap(), code_name(code));
        }
    }
}
