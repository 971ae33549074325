//! The log, on stderr: stdout belongs to the answer of a command.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

/// The variable that says how much is told, in the syntax of `tracing_subscriber::EnvFilter`: `debug`, `warn,jobs=trace`.
pub const LOG: &str = "GUILDHALL_LOG";

/// Our own crates tell what they do, everything else only what worries it.
const DEFAULT: &str = "warn,\
    api=info,db=info,documents=info,guildhall=info,identity=info,imports=info,jobs=info,kernel=info,ledger=info,local_postgres=info,mail=info,\
    migrations=info,orders=info,payouts=info,settlement=info,splits=info,statements=info,storage=info,stripe_gateway=info,\
    stripe_sim=info,worker=info";

/// The log cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter in the environment does not parse.
    #[error("{LOG}={value:?} is not a log filter; write it as debug or warn,jobs=trace")]
    Filter {
        /// What the variable holds.
        value: String,
        /// Where it stops making sense.
        source: tracing_subscriber::filter::ParseError,
    },
    /// Somebody set up a log in this process before.
    #[error("the log of this process is set up already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Sends events and spans to stderr: a line for people, or with `json` one object a line for programs.
///
/// Called once, by `main`.
pub fn init(json: bool) -> Result<(), TelemetryError> {
    use tracing_subscriber::util::SubscriberInitExt;

    let log = tracing_subscriber::fmt()
        .with_env_filter(filter(std::env::var(LOG).ok())?)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    if json {
        log.json().flatten_event(true).finish().try_init()?;
    } else {
        log.compact().finish().try_init()?;
    }
    Ok(())
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
            let silent = ["telemetry", "test_support"].contains(&name.as_str());
            assert!(silent || DEFAULT.contains(&format!("{name}=info")), "{name}");
        }
    }
}
