//! A setting that cannot be used.

use std::{error::Error as _, ffi::OsStr, fmt, path::Path};

use clap::{
    Arg, ArgAction, Command,
    error::{ContextKind, ContextValue},
};
use serde::Serialize;

use super::{Origin, shown::is_secret};

/// The name, the value (unless it is a secret), where it was found, and why it cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// As in a file; empty for a file that cannot be read as a whole.
    pub(crate) name: String,
    /// As the one who wrote it calls it.
    setting: String,
    value: Option<String>,
    found_in: String,
    why: String,
}

impl Problem {
    pub(super) fn in_file(path: &Path, name: &str, value: Option<String>, why: String) -> Self {
        let found_in = path.display().to_string();
        Self { name: name.to_owned(), setting: if name.is_empty() { found_in.clone() } else { name.to_owned() }, value, found_in, why }
    }

    /// What is wrong with this value, if anything. The setting's own parser is asked, alone.
    pub(super) fn of(arg: &Arg, value: &OsStr, origin: &Origin) -> Option<Self> {
        let flag = arg.get_long()?;
        let mut alone = arg.clone().env(None);
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            alone = alone.action(ArgAction::Set).num_args(1);
        }
        let mut given = OsStr::new(&format!("--{flag}=")).to_owned();
        given.push(value);
        let command = Command::new("guildhall").no_binary_name(true).disable_help_flag(true).arg(alone);
        let error = command.try_get_matches_from([given]).err()?;
        let choices = match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(choices)) if !choices.is_empty() => Some(format!("write {}", choices.join(" or "))),
            _ => None,
        };
        let why = error.source().map(ToString::to_string).or(choices).unwrap_or_else(|| "it has no value that can be read".to_owned());
        let name = arg.get_id().as_str().to_owned();
        let (setting, found_in) = match (origin, arg.get_env()) {
            (Origin::Environment, Some(variable)) => (variable.to_string_lossy().into_owned(), "the environment".to_owned()),
            (Origin::File(path), _) => (name.clone(), path.display().to_string()),
            (Origin::Environment | Origin::CommandLine | Origin::Default, _) => (format!("--{flag}"), "the command line".to_owned()),
        };
        let help = arg.get_help().map(|help| format!("; it is: {help}")).unwrap_or_default();
        let value = (!is_secret(arg)).then(|| value.to_string_lossy().into_owned());
        Some(Self { name, setting, value, found_in, why: format!("{why}{help}") })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, found_in, why, .. } = self;
        match value {
            Some(value) => write!(f, "{setting} = {value:?} ({found_in}): {why}"),
            None if setting == found_in => write!(f, "{setting}: {why}"),
            None => write!(f, "{setting} ({found_in}): {why}"),
        }
    }
}

/// The name that was perhaps meant: at most a third of the letters differ.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let near = known.iter().map(|other| (strsim::damerau_levenshtein(name, other), *other)).min()?;
    (near.0 * 3 <= name.len().max(3)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_anything_else_is_not() {
        let known = ["port", "postgres_port", "database_url"];
        assert_eq!(nearest("prot", &known), Some("port"));
        assert_eq!(nearest("databse_url", &known), Some("database_url"));
        assert_eq!(nearest("colour", &known), None);
    }
}
