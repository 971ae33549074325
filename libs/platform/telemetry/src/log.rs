//! The log, on stderr: stdout belongs to the answer of a command.

use std::{
    io::{self, IsTerminal as _},
    sync::atomic::Ordering,
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Metadata};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, ParseError, dynamic_filter_fn, filter_fn},
    layer::SubscriberExt as _,
    util::{SubscriberInitExt as _, TryInitError},
};

use crate::{Collector, traces};

/// The variable that says how much is told, in the syntax of `tracing_subscriber::EnvFilter`: `debug`, `warn,jobs=trace`.
pub const LOG: &str = "GUILDHALL_LOG";

/// How long the process waits for its last spans.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Our own crates tell what they do, everything else only what worries it.
const DEFAULT: &str = "warn,\
    access=info,api=info,audit=info,catalogue=info,costs=info,db=info,documents=info,guildhall=info,identity=info,imports=info,jobs=info,kernel=info,ledger=info,local_postgres=info,mail=info,\
    migrations=info,orders=info,partners=info,payouts=info,settlement=info,splits=info,statements=info,stock=info,storage=info,stripe_gateway=info,\
    stripe_sim=info,telemetry=info,worker=info";

/// The log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter in the environment does not parse.
    #[error("{LOG}={value:?} is not a log filter; write it as debug or warn,jobs=trace")]
    Filter {
        /// What the variable holds.
        value: String,
        /// Where it stops making sense.
        source: ParseError,
    },
    /// Somebody set up a log in this process before.
    #[error("the log of this process is set up already")]
    Twice(#[from] TryInitError),
    /// The collector's address or headers cannot be used.
    #[error("traces cannot be sent to this collector")]
    Collector(#[from] ExporterBuildError),
}

/// What a process says, and to whom.
#[derive(Clone, Debug, Default)]
pub struct Voice {
    /// How much goes to the log, in the syntax of `tracing_subscriber::EnvFilter`; the usual when `None`.
    pub filter: Option<String>,
    /// Whether the log is one JSON object a line, for programs, instead of a line for people.
    pub json: bool,
    /// Where traces go, if anywhere.
    pub collector: Option<Collector>,
}

/// What must be said before the process ends.
#[derive(Debug)]
#[must_use = "spans that were not sent yet are lost when nobody waits for them"]
pub struct Speaking(Option<SdkTracerProvider>);

impl Speaking {
    /// Sends the last spans, for at most five seconds. Blocks; the runtime has to be still there.
    pub fn end(self) {
        if let Some(Err(error)) = self.0.map(|provider| provider.shutdown_with_timeout(LAST_WORDS)) {
            tracing::warn!(%error, "the last spans could not be sent");
        }
    }
}

/// Sends events to stderr, and spans to the collector when there is one.
///
/// Called once, by `main`, on the runtime that is to send them.
pub fn init(voice: &Voice) -> Result<Speaking, TelemetryError> {
    // Asked anew each time: an answer that is remembered meets what the driver's "would you log this?" left behind in
    // tracing-subscriber, and spans would be lost at random.
    let filter = filter(voice.filter.clone())?.and(dynamic_filter_fn(|_, _| true));
    let lines = tracing_subscriber::fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    let lines = if voice.json { lines.json().flatten_event(true).boxed() } else { lines.compact().boxed() };
    let provider = voice.collector.as_ref().map(traces::provider).transpose()?;
    let spans = provider.as_ref().map(|provider| {
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("guildhall")).with_threads(false).with_location(false);
        layer.with_filter(filter_fn(is_traced))
    });
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans).try_init()?;
    traces::IS_ON.store(provider.is_some(), Ordering::Relaxed);
    Ok(Speaking(provider))
}

/// Our own spans, and what worries us in them. Everything else stays out of traces: their number is paid for.
fn is_traced(what: &Metadata<'_>) -> bool {
    let most = if what.is_span() { Level::INFO } else { Level::WARN };
    let name = what.target().split("::").next().unwrap_or_default();
    *what.level() <= most && DEFAULT.split(',').any(|directive| directive.strip_suffix("=info") == Some(name))
}

/// Whether this is a filter as [`Voice::filter`] takes it.
pub fn check_filter(text: &str) -> Result<(), impl std::error::Error + use<>> {
    EnvFilter::try_new(text).map(|_| ())
}

/// The filter that was asked for; the default when nothing was.
fn filter(asked: Option<String>) -> Result<EnvFilter, TelemetryError> {
    match asked.filter(|value| !value.trim().is_empty()) {
        None => Ok(EnvFilter::new(DEFAULT)),
        Some(value) => EnvFilter::try_new(&value).map_err(|source| TelemetryError::Filter { value, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_crates_tell_more_than_others_by_default() {
        let shown = filter(None).unwrap().to_string();
        assert!(shown.contains("jobs=info") && shown.split(',').any(|directive| directive == "warn"), "{shown}");
        assert_eq!(filter(Some(" ".to_owned())).unwrap().to_string(), shown);
    }

    #[test]
    fn the_environment_decides_and_a_mistake_is_named() {
        assert_eq!(filter(Some("jobs=trace".to_owned())).unwrap().to_string(), "jobs=trace");
        let refused = filter(Some("jobs=loud".to_owned())).unwrap_err().to_string();
        assert!(refused.contains("GUILDHALL_LOG") && refused.contains("jobs=loud"), "{refused}");
    }

    #[test]
    fn every_crate_of_the_house_is_named_in_the_default() {
        let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let members = ["libs", "libs/platform", "services"].into_iter().flat_map(|folder| {
            std::fs::read_dir(workspace.join(folder)).unwrap().flatten().filter(|entry| entry.path().join("Cargo.toml").exists())
        });
        for member in members {
            let name = member.file_name().into_string().unwrap().replace('-', "_");
            assert!(name == "test_support" || DEFAULT.contains(&format!("{name}=info")), "{name}");
        }
    }
}
