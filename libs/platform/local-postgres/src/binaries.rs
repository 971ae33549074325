//! Where PostgreSQL's programs are on this machine, and which version they are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{LocalPostgresError, install};

/// The oldest major version that Guildhall runs on.
pub const OLDEST_MAJOR: u32 = 15;

/// Folders of packages that keep their programs off the PATH. A `*` stands for one version.
const USUAL_PLACES: [&str; 9] = [
    "/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                // the PostgreSQL project's RPMs
    "/usr/libexec/postgresql*",                        // Alpine
    "/usr/lib/postgresql*/bin",                        // openSUSE
    "/usr/local/pgsql/bin",                            // built from source
    "/usr/local/opt/postgresql@*/bin",                 // Homebrew on Intel
    "/opt/homebrew/opt/postgresql@*/bin",              // Homebrew on Apple silicon
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// A folder with `postgres`, `initdb` and `pg_ctl` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    /// The newest installed version; for an existing cluster the version that made it.
    pub(crate) fn find(data: &Path) -> Result<Self, LocalPostgresError> {
        let installed = Self::installed()?;
        let Some(made_by) = cluster_major(data) else {
            return newest(installed);
        };
        installed
            .into_iter()
            .find(|binaries| binaries.major == made_by)
            .ok_or_else(|| LocalPostgresError::OtherMajor { data: data.to_owned(), major: made_by })
    }

    /// Every version on this machine, PATH first; only the one in `PG_BIN` when that is set.
    fn installed() -> Result<Vec<Self>, LocalPostgresError> {
        if let Some(bin) = env::var_os("PG_BIN").map(PathBuf::from) {
            return Self::at(&bin).map(|binaries| vec![binaries]).ok_or(LocalPostgresError::NotInPgBin(bin));
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let places = env::split_paths(&path).chain(USUAL_PLACES.iter().flat_map(|place| matching(place)));
        Ok(places.filter_map(|bin| Self::at(&bin)).collect())
    }

    /// The binaries in one folder, if all three programs are there and say their version.
    fn at(bin: &Path) -> Option<Self> {
        if !["postgres", "initdb", "pg_ctl"].iter().all(|program| bin.join(program).is_file()) {
            return None;
        }
        let output = Command::new(bin.join("postgres")).arg("--version").stdin(Stdio::null()).output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { bin: bin.to_owned(), major })
    }
}

/// Whether a version that is new enough is installed.
pub(crate) fn is_installed() -> Result<(), LocalPostgresError> {
    newest(Binaries::installed()?).map(|_| ())
}

fn newest(installed: Vec<Binaries>) -> Result<Binaries, LocalPostgresError> {
    let command = install::command;
    // Of two equal versions the first wins: PATH before the usual places.
    let newest = installed.into_iter().reduce(|best, next| if next.major > best.major { next } else { best });
    match newest {
        None => Err(LocalPostgresError::NotInstalled { command: command() }),
        Some(Binaries { bin, major }) if major < OLDEST_MAJOR => Err(LocalPostgresError::TooOld { bin, major, command: command() }),
        Some(binaries) => Ok(binaries),
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15, `postgres (PostgreSQL) 18beta1` is 18.
fn major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(2)?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn cluster_major(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// The folders that a place with at most one `*` stands for.
fn matching(place: &str) -> Vec<PathBuf> {
    let Some((before, after)) = place.split_once('*') else {
        return vec![PathBuf::from(place)];
    };
    let (parent, prefix) = before.rsplit_once('/').expect("every usual place is an absolute path");
    let after = after.trim_start_matches('/');
    fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with(prefix)))
        .map(|entry| entry.path().join(after))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_distributions_print_them() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major("command not found"), None);
    }

    #[test]
    fn the_newest_version_wins_and_an_old_one_is_named() {
        let at = |bin: &str, major| Binaries { bin: bin.into(), major };
        assert_eq!(newest(vec![at("/a", 15), at("/b", 17), at("/c", 17)]).unwrap(), at("/b", 17));
        let refused = newest(vec![at("/old", 13)]).unwrap_err().to_string();
        assert!(refused.contains("/old is version 13"), "{refused}");
        assert!(matches!(newest(vec![]), Err(LocalPostgresError::NotInstalled { .. })));
    }
}
