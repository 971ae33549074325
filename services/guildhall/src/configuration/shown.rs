//! Settings as they are shown: each with its origin, secrets covered.

use std::{
    env,
    fmt::{self, Write as _},
};

use clap::{Arg, ArgAction, Args as _, Command};
use serde::Serialize;
use url::Url;

use super::{Origin, problem::nearest};
use crate::settings::Settings;

/// What stands for a secret.
const COVERED: &str = "***";
/// What the names of our variables begin with.
const OURS: &str = "GUILDHALL_";

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) variable: Option<String>,
    /// `None`: it is not set, and there is no default.
    pub(crate) value: Option<String>,
    pub(crate) origin: String,
}

impl Shown {
    pub(super) fn of(arg: &Arg, values: &[String], origin: &Origin) -> Self {
        let covered = |value: &String| if is_secret(arg) { cover(value) } else { value.clone() };
        let value = (!values.is_empty()).then(|| values.iter().map(covered).collect::<Vec<_>>().join(","));
        Self { name: arg.get_id().to_string(), variable: variable(arg), value, origin: origin.to_string() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Settings whose variable is hidden in `--help` hold secrets.
pub(super) fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// A secret, covered. Of an address the password and what follows a `?` are; everything else is covered as a whole.
fn cover(value: &str) -> String {
    let Ok(mut url) = Url::parse(value) else { return COVERED.to_owned() };
    let is_plain = ["file", "maildir", "log"].contains(&url.scheme());
    if !is_plain && !url.has_host() {
        return COVERED.to_owned();
    }
    if url.password().is_some() && url.set_password(Some(COVERED)).is_err() {
        return COVERED.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(COVERED));
    }
    url.to_string()
}

fn variable(arg: &Arg) -> Option<String> {
    arg.get_env().map(|name| name.to_string_lossy().into_owned())
}

/// Variables of this process that look like ours and are not.
pub(super) fn strangers(cli: &Command) -> Vec<String> {
    let mut known = Vec::new();
    let mut commands = vec![cli];
    while let Some(command) = commands.pop() {
        known.extend(command.get_arguments().filter_map(variable));
        commands.extend(command.get_subcommands());
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let strange = names.filter(|name| name.starts_with(OURS) && !known.contains(&name.as_str()));
    strange
        .map(|name| match nearest(&name, &known) {
            Some(near) => format!("{name} is not a setting; did you mean {near}?"),
            None => format!("{name} is not a setting; `guildhall config` lists them"),
        })
        .collect()
}

/// The table of all settings for the README.
pub(crate) fn readme_table() -> String {
    let mut table = "| variable, in a file | what it sets | without it |\n|---|---|---|\n".to_owned();
    for arg in Settings::augment_args(Command::new("settings")).get_arguments() {
        let names = match (variable(arg), arg.get_id().as_str()) {
            (Some(variable), "config") => format!("`{variable}`"),
            (Some(variable), name) => format!("`{variable}`, `{name}`"),
            (None, name) => format!("`{name}`"),
        };
        let defaults: Vec<_> = arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
        let without = match arg.get_action() {
            ArgAction::SetTrue => "`false`".to_owned(),
            _ => defaults.join(", "),
        };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        writeln!(table, "| {names} | {help} | {without} |").expect("a String takes whatever is written to it");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_covered_and_places_are_not() {
        for (value, shown) in [
            ("postgres://guildhall:hunter2@db/guildhall", "postgres://guildhall:***@db/guildhall"),
            ("postgres://guildhall@db/guildhall?password=hunter2", "postgres://guildhall@db/guildhall?***"),
            ("smtp://ana:hunter2@mail.example.org:587", "smtp://ana:***@mail.example.org:587"),
            ("maildir:///var/mail", "maildir:///var/mail"),
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("sk_live_hunter2", "***"),
            ("whsec_hunter2", "***"),
            ("authorization=Bearer hunter2", "***"),
            ("host=db password=hunter2", "***"),
            ("authorization:hunter2", "***"),
        ] {
            assert_eq!(cover(value), shown);
        }
    }
}
