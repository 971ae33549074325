//! `postmaster.pid`: what a server says about itself, and whether to believe it.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, test_kill_process};

/// The claims of a `postmaster.pid`, one a line: pid, data folder, start time, port, socket folder, address, memory key, status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: Pid,
    pub(crate) port: u16,
    sockets: PathBuf,
    ready: bool,
}

impl PidFile {
    /// The file in `data`, if there is one with all its lines: a server writes it in steps while it starts.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(data.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: Pid::from_raw(lines.first()?.parse().ok()?)?,
            port: lines.get(3)?.parse().ok()?,
            sockets: PathBuf::from(lines.get(4)?),
            ready: lines.get(7).is_some_and(|status| *status == "ready"),
        })
    }

    /// Whether the server that wrote it is there and takes connections.
    pub(crate) fn is_answered(&self, data: &Path) -> bool {
        let socket = self.sockets.join(format!(".s.PGSQL.{}", self.port));
        self.ready && self.is_alive(data) && UnixStream::connect(socket).is_ok()
    }

    /// Whether the process is a server on `data`. After a crash its number may belong to another program, or to a dead
    /// process that nobody has collected; on Linux the working folder tells, elsewhere only that the process exists.
    pub(crate) fn is_alive(&self, data: &Path) -> bool {
        if cfg!(target_os = "linux") {
            let cwd = fs::read_link(format!("/proc/{}/cwd", self.pid.as_raw_nonzero()));
            return cwd.is_ok_and(|cwd| cwd == data);
        }
        test_kill_process(self.pid).is_ok()
    }
}

/// Removes the file of a server that is gone. Needed only where its number now belongs to another process, which the server
/// would take for itself; that no orphaned backend still writes is checked by the server through shared memory.
pub(crate) fn remove_stale(data: &Path) {
    if PidFile::read(data).is_some_and(|file| !file.is_alive(data)) {
        tracing::info!(data = %data.display(), "the server in {} had been killed; it recovers now", data.display());
        let _ = fs::remove_file(data.join("postmaster.pid"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_still_starting_is_not_ready() {
        let text = "4711\n/data\n1700000000\n5544\n/run\n127.0.0.1\n  100  5\nstarting\n";
        let file = PidFile::parse(text).unwrap();
        assert_eq!((file.port, file.ready), (5544, false));
        assert!(PidFile::parse(&text.replace("starting", "ready   ")).unwrap().ready);
        assert_eq!(PidFile::parse("4711\n/data\n"), None);
    }
}
