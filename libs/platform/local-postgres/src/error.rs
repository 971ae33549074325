//! Everything that can keep a local server from running, each with its cure.

use std::{io, path::PathBuf};

use crate::OLDEST_MAJOR;

/// Why there is no server. The text is meant for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum LocalPostgresError {
    /// No PostgreSQL was found anywhere.
    #[error("PostgreSQL {OLDEST_MAJOR} or newer is not installed; install it with: {command}")]
    NotInstalled {
        /// The one command for this platform.
        command: String,
    },
    /// One was found, but it is too old.
    #[error("PostgreSQL {OLDEST_MAJOR} or newer is needed, but {} is version {major}; install a newer one with: {command}", bin.display())]
    TooOld {
        /// The folder of the newest binaries found.
        bin: PathBuf,
        /// Their major version.
        major: u32,
        /// The one command for this platform.
        command: String,
    },
    /// `PG_BIN` is set, but there is no server in that folder.
    #[error("PG_BIN is {}, but postgres, initdb and pg_ctl are not all there", .0.display())]
    NotInPgBin(PathBuf),
    /// The cluster was made by another major version than any that is installed.
    #[error("the data in {} was made by PostgreSQL {major}, which is not installed any more; install it, or move the folder away", data.display())]
    OtherMajor {
        /// The cluster's folder.
        data: PathBuf,
        /// The major version that made it.
        major: u32,
    },
    /// The package manager did not install it.
    #[error("`{command}` did not install PostgreSQL: {output}")]
    Install {
        /// What was run.
        command: String,
        /// The end of what it said.
        output: String,
    },
    /// The account that the server runs as cannot reach its folder.
    #[error("PostgreSQL does not run as root, and the account {account} that it runs as cannot enter {}; allow it with: chmod o+x {}", dir.display(), dir.display())]
    NotReachable {
        /// The parent folder that is closed.
        dir: PathBuf,
        /// The account's name.
        account: String,
    },
    /// Another program listens on the port.
    #[error("port {port} is taken by another program")]
    PortTaken {
        /// The port asked for.
        port: u16,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// Its name.
        program: &'static str,
        /// The end of what it, or the server's log, said.
        output: String,
    },
    /// The file system said no.
    #[error("cannot {what}")]
    Io {
        /// What was tried, with the path.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl LocalPostgresError {
    /// Names what was tried when the file system says no: `.map_err(LocalPostgresError::io(|| "read it".into()))`.
    pub(crate) fn io(what: impl FnOnce() -> String) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what(), source }
    }
}

/// The last lines of a program's words: what went wrong stands at the end.
pub(crate) fn tail(text: &str) -> String {
    const LINES: usize = 8;
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
