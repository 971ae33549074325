//! Where settings come from: the command line, else the environment, else a file, else the default.
//!
//! The fields of [`Settings`] are the one list of settings: their flags, variables, defaults and checks. A file has the same names with
//! underscores. Everything is checked before anything starts, and every mistake is told at once, each with its name, its
//! value and its cure.

mod file;
mod problem;
mod shown;

use std::{collections::HashMap, env, ffi::OsString, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args as _, Command, CommandFactory as _, FromArgMatches as _, parser::ValueSource};

pub(crate) use self::{
    problem::Problem,
    shown::{Shown, readme_table},
};
use crate::{cli::Cli, settings::Settings};

/// Names a configuration file; `--config` does, too.
pub(crate) const FILE: &str = "GUILDHALL_CONFIG";

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    CommandLine,
    Environment,
    File(PathBuf),
    Default,
}

/// What a command is told, and where each setting comes from.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) cli: Cli,
    pub(crate) shown: Vec<Shown>,
    /// Variables that look like ours and are not, each with what may have been meant.
    pub(crate) strangers: Vec<String>,
}

/// Reads it all. Wrong usage of the command line ends the process, as does `--help`.
pub(crate) fn read() -> Result<Configuration, Vec<Problem>> {
    let arguments: Vec<OsString> = env::args_os().collect();
    let file = named_file(&arguments);
    let settings = Settings::augment_args(Command::new("settings"));
    let (known, mut problems) = match &file {
        Some(path) => file::read(path, &settings),
        None => (HashMap::new(), Vec::new()),
    };
    let mut command = Cli::command();
    let mut origins = HashMap::new();
    for arg in settings.get_arguments() {
        let id = arg.get_id().as_str().to_owned();
        let told = arg.get_env().and_then(env::var_os);
        let is_empty = told.as_ref().is_some_and(|value| value.is_empty());
        let (value, origin) = match (told, known.get(&id)) {
            (Some(value), _) if !is_empty => (value, Origin::Environment),
            (_, Some(value)) => (value.into(), Origin::File(file.clone().unwrap_or_default())),
            _ => {
                if is_empty {
                    command = command.mut_arg(id, |arg| arg.env(None)); // set to nothing is not set
                }
                continue;
            }
        };
        problems.extend(Problem::of(arg, &value, &origin));
        if origin != Origin::Environment {
            command = command.mut_arg(&id, |arg| arg.env(None).default_value(value.to_string_lossy().into_owned()));
        }
        origins.insert(id, origin);
    }
    let is_given = |problem: &Problem| !given_on_the_line(&arguments, &problem.name);
    problems.retain(is_given);
    if !problems.is_empty() {
        return Err(problems);
    }
    let matches = command.get_matches_from(arguments);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let shown = settings.get_arguments().map(|arg| Shown::of(arg, &values(&matches, arg), &origin(&matches, arg, &origins))).collect();
    Ok(Configuration { cli, shown, strangers: shown::strangers(&Cli::command()) })
}

/// The configuration file, if one is named.
fn named_file(arguments: &[OsString]) -> Option<PathBuf> {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if text == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    env::var_os(FILE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Whether the command line gives this setting: then what lies beneath does not matter.
fn given_on_the_line(arguments: &[OsString], name: &str) -> bool {
    let flag = format!("--{}", name.replace('_', "-"));
    arguments.iter().any(|argument| {
        let text = argument.to_string_lossy();
        text == flag || text.strip_prefix(&flag).is_some_and(|rest| rest.starts_with('='))
    })
}

/// The values as they were written.
fn values(matches: &ArgMatches, arg: &Arg) -> Vec<String> {
    let id = arg.get_id().as_str();
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return vec![matches.get_flag(id).to_string()];
    }
    matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned()).collect()
}

fn origin(matches: &ArgMatches, arg: &Arg, origins: &HashMap<String, Origin>) -> Origin {
    let id = arg.get_id().as_str();
    match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Origin::CommandLine,
        _ => origins.get(id).cloned().unwrap_or(Origin::Default),
    }
}
