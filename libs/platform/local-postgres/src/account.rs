//! Who the server runs as: never root.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::LocalPostgresError;

/// What `nobody` is where /etc/passwd does not say.
const NOBODY: u32 = 65534;

/// The account of the server. `None` inside: the caller's own.
#[derive(Clone, Debug)]
pub(crate) struct Account(Option<Other>);

/// Another account than the caller's, which only root can become.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Other {
    name: String,
    uid: u32,
    gid: u32,
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Account {
    /// The caller's own account; for root the one that owns the data already, else `postgres`, else `nobody`.
    pub(crate) fn choose(data: &Path) -> Self {
        if !is_root() {
            return Self(None);
        }
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let owner = fs::metadata(data).ok().filter(|meta| meta.uid() != 0);
        let owner = owner.map(|meta| Other { name: format!("with uid {}", meta.uid()), uid: meta.uid(), gid: meta.gid() });
        Self(Some(owner.or_else(|| entry(&passwd, "postgres")).or_else(|| entry(&passwd, "nobody")).unwrap_or_else(|| Other {
            name: "nobody".to_owned(),
            uid: NOBODY,
            gid: NOBODY,
        })))
    }

    /// Hands a file or folder over to the account.
    pub(crate) fn own(&self, path: &Path) -> Result<(), LocalPostgresError> {
        let Some(other) = &self.0 else { return Ok(()) };
        chown(path, Some(other.uid), Some(other.gid))
            .map_err(LocalPostgresError::io(|| format!("give {} to {}", path.display(), other.name)))
    }

    /// Whether every parent of `root` lets the account through; the first that does not is named.
    pub(crate) fn can_reach(&self, root: &Path) -> Result<(), LocalPostgresError> {
        let Some(other) = &self.0 else { return Ok(()) };
        let parents: Vec<&Path> = root.ancestors().skip(1).collect();
        for dir in parents.into_iter().rev() {
            let meta = fs::metadata(dir).map_err(LocalPostgresError::io(|| format!("look at {}", dir.display())))?;
            let execute = if meta.uid() == other.uid {
                0o100
            } else if meta.gid() == other.gid {
                0o010
            } else {
                0o001
            };
            if meta.mode() & execute == 0 {
                return Err(LocalPostgresError::NotReachable { dir: dir.to_owned(), account: other.name.clone() });
            }
        }
        Ok(())
    }

    /// A command that runs as the account, away from the caller's folder and terminal.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null());
        if let Some(other) = &self.0 {
            command.uid(other.uid).gid(other.gid); // the standard library drops root's other groups with it
        }
        command
    }
}

/// The account `name` of an /etc/passwd: `name:x:uid:gid:comment:home:shell`.
fn entry(passwd: &str, name: &str) -> Option<Other> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == name).then_some(())?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Other { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        assert_eq!(entry(passwd, "postgres"), Some(Other { name: "postgres".to_owned(), uid: 101, gid: 104 }));
        assert_eq!(entry(passwd, "nobody"), None);
    }
}
