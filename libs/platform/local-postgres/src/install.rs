//! Getting PostgreSQL from the system's own package manager.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

use crate::{LocalPostgresError, account, binaries, error::tail};

/// One package manager: the program that tells that it is there, and the commands that install the server.
struct Manager {
    program: &'static str,
    steps: &'static [&'static str],
    /// Whether the commands need root.
    as_root: bool,
}

const MANAGERS: [Manager; 6] = [
    Manager {
        program: "apt-get",
        steps: &["apt-get update -q", "apt-get install -y -q --no-install-recommends postgresql"],
        as_root: true,
    },
    Manager { program: "dnf", steps: &["dnf install -y postgresql-server postgresql-contrib"], as_root: true },
    Manager { program: "apk", steps: &["apk add postgresql postgresql-contrib"], as_root: true },
    Manager { program: "zypper", steps: &["zypper --non-interactive install postgresql-server postgresql-contrib"], as_root: true },
    Manager { program: "pacman", steps: &["pacman -S --noconfirm postgresql"], as_root: true },
    Manager { program: "brew", steps: &["brew install postgresql@17"], as_root: false },
];

/// Makes sure that a new enough PostgreSQL is installed. As root on a system with a known package manager it says what it
/// is about to do, then does it; anyone else gets an error whose text is the one command to run.
pub fn install_if_missing(say: &mut dyn FnMut(&str)) -> Result<(), LocalPostgresError> {
    let missing = match binaries::is_installed() {
        Err(missing @ (LocalPostgresError::NotInstalled { .. } | LocalPostgresError::TooOld { .. })) => missing,
        answer => return answer,
    };
    let Some(manager) = manager().filter(|manager| manager.as_root && account::is_root()) else {
        return Err(missing);
    };
    say(&format!("PostgreSQL is not installed; installing it with: {}", manager.steps.join(" && ")));
    for step in manager.steps {
        run(step)?;
    }
    binaries::is_installed()
}

/// The one command that installs PostgreSQL on this machine, for the person to run.
pub(crate) fn command() -> String {
    let Some(manager) = manager() else {
        return "see https://www.postgresql.org/download/".to_owned();
    };
    let sudo = if manager.as_root && !account::is_root() { "sudo " } else { "" };
    manager.steps.iter().map(|step| format!("{sudo}{step}")).collect::<Vec<_>>().join(" && ")
}

fn manager() -> Option<&'static Manager> {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = |program: &str| env::split_paths(&path).any(|dir: std::path::PathBuf| Path::new(&dir).join(program).is_file());
    MANAGERS.iter().find(|manager| on_path(manager.program))
}

fn run(step: &str) -> Result<(), LocalPostgresError> {
    let failed = |output: String| LocalPostgresError::Install { command: step.to_owned(), output };
    let mut words = step.split(' ');
    let mut command = Command::new(words.next().expect("every step names its program"));
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(tail(&[output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_or_done_when_postgres_is_there() {
        let mut said = Vec::new();
        install_if_missing(&mut |line| said.push(line.to_owned())).unwrap();
        assert!(said.is_empty(), "{said:?}");
    }
}
