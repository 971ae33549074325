//! Every metric with its name, its help and its labels.

use std::sync::{LazyLock, atomic::AtomicU64};

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeMetric, LabelSetEncoder},
    metrics::{
        TypedMetric,
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::Level;

/// The one registry of this process.
pub(super) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) route: String,
    pub(super) status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Route {
    pub(super) route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Field {
    pub(super) kind: &'static str,
    pub(super) field: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct FieldOutcome {
    pub(super) kind: &'static str,
    pub(super) field: String,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DeprecatedField {
    pub(super) field: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) at: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Delivery {
    pub(super) reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Event {
    pub(super) fate: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Job {
    pub(super) task: String,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Task {
    pub(super) task: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StripeRequest {
    pub(super) endpoint: &'static str,
    pub(super) status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Loop {
    pub(super) name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct PoolState {
    pub(super) pool: &'static str,
    pub(super) state: &'static str,
}

/// Which of several levels of a kind; the label's name says what the kinds are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Which(Option<(&'static str, &'static str)>);

impl Which {
    pub(super) fn of(level: Level, which: Option<&'static str>) -> Self {
        let label = match level {
            Level::Jobs => "state",
            Level::Inbox | Level::Payouts => "status",
            Level::SettlementLag | Level::JobLag | Level::LedgerCheck | Level::LedgerDifferences | Level::Measured => "which",
        };
        Self(which.map(|which| (label, which)))
    }
}

impl EncodeLabelSet for Which {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0.as_slice().encode(encoder)
    }
}

/// What levels of one kind are kept in.
type Levelled = Family<Which, Gauge<f64, AtomicU64>>;
/// A family of histograms that all have the same buckets.
type Timed<L> = Family<L, Histogram, fn() -> Histogram>;

#[derive(Debug)]
pub(super) struct Metrics {
    pub(super) registry: Registry,
    pub(super) requests: Family<Request, Counter>,
    pub(super) request_time: Timed<Route>,
    pub(super) operations: Family<FieldOutcome, Counter>,
    pub(super) operation_time: Timed<Field>,
    pub(super) deprecated_fields: Family<DeprecatedField, Counter>,
    pub(super) refusals: Family<Refusal, Counter>,
    pub(super) refused_deliveries: Family<Delivery, Counter>,
    pub(super) events: Family<Event, Counter>,
    pub(super) jobs: Family<Job, Counter>,
    pub(super) job_time: Timed<Task>,
    pub(super) stripe_requests: Family<StripeRequest, Counter>,
    pub(super) loop_errors: Family<Loop, Counter>,
    pub(super) connections: Family<PoolState, Gauge>,
    pub(super) inbox: Levelled,
    pub(super) settlement_lag: Levelled,
    pub(super) job_depth: Levelled,
    pub(super) job_lag: Levelled,
    pub(super) payouts: Levelled,
    pub(super) ledger_check: Levelled,
    pub(super) ledger_differences: Levelled,
    pub(super) measured: Levelled,
}

impl Metrics {
    fn new() -> Self {
        let mut all = Registry::with_prefix("guildhall");
        let metrics = Self {
            requests: add(&mut all, "http_requests", "Requests that were answered"),
            request_time: add_timed(&mut all, "http_request_duration_seconds", "How long answers took", quick),
            operations: add(&mut all, "graphql_operations", "Root fields of the graph that ended"),
            operation_time: add_timed(&mut all, "graphql_operation_duration_seconds", "How long root fields took", quick),
            deprecated_fields: add(&mut all, "graphql_deprecated_fields", "Operations that asked for a field of the graph that is to go"),
            refusals: add(&mut all, "refusals", "Business rules that said no, by code and place"),
            refused_deliveries: add(&mut all, "refused_deliveries", "Webhooks that were refused at the door"),
            events: add(&mut all, "settlement_events", "Events of Stripe that were handled, by fate"),
            jobs: add(&mut all, "job_attempts", "Attempts at jobs that ended"),
            job_time: add_timed(&mut all, "job_attempt_duration_seconds", "How long attempts at jobs took", slow),
            stripe_requests: add(&mut all, "stripe_requests", "Requests that were sent to Stripe, by the kind of the answer"),
            loop_errors: add(&mut all, "worker_loop_errors", "Errors after which a loop of the worker waits"),
            connections: add(&mut all, "db_connections", "Connections of the pools"),
            inbox: add(&mut all, "inbox_events", "Events in the inbox that are not done"),
            settlement_lag: add(&mut all, "settlement_lag_seconds", "Age of the oldest event that is not settled"),
            job_depth: add(&mut all, "jobs", "Jobs in the queue"),
            job_lag: add(&mut all, "job_lag_seconds", "How long the job that waits longest has been ready"),
            payouts: add(&mut all, "payouts", "Payouts of the runs that are on their way"),
            ledger_check: add(&mut all, "ledger_check_timestamp_seconds", "When the co-op checked least recently was checked"),
            ledger_differences: add(&mut all, "ledger_differences", "Co-ops whose books did not agree at their last check"),
            measured: add(&mut all, "measured_timestamp_seconds", "When the levels of the database were measured"),
            registry: Registry::default(),
        };
        Self { registry: all, ..metrics }
    }
}

fn add<M: Clone + Default + std::fmt::Debug + EncodeMetric + Send + Sync + 'static>(registry: &mut Registry, name: &str, help: &str) -> M {
    let family = M::default();
    registry.register(name, help, family.clone());
    family
}

fn add_timed<L>(registry: &mut Registry, name: &str, help: &str, buckets: fn() -> Histogram) -> Timed<L>
where
    L: Clone + std::fmt::Debug + Eq + std::hash::Hash + EncodeLabelSet + Send + Sync + 'static,
    Histogram: TypedMetric,
{
    let family = Family::new_with_constructor(buckets);
    registry.register(name, help, family.clone());
    family
}

/// 1 ms to about 8 s: answers that somebody waits for.
fn quick() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 14))
}

/// 10 ms to about 11 minutes: work beside the requests.
fn slow() -> Histogram {
    Histogram::new(exponential_buckets(0.01, 4.0, 9))
}
