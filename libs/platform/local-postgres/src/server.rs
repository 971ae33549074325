//! Making, starting, finding and stopping the server.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions, Permissions},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Write},
    net::TcpListener,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Signal, kill_process};

use crate::{
    Durability, LocalPostgresError,
    account::{Account, is_root},
    binaries::Binaries,
    error::tail,
    pidfile::{self, PidFile},
    settings,
};

/// How long `pg_ctl` waits for a server to start or stop; recovery after a crash is part of starting.
const PATIENCE_SECS: &str = "60";
/// Starts tried before giving up: after a kill -9 the orphans of the old server may live for another moment.
const STARTS: u32 = 10;
/// The pause between two starts.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a killed server may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(5);
/// `sun_path` holds 107 bytes and a zero on Linux, 103 and a zero on macOS; the socket is `<folder>/.s.PGSQL.<port>`.
const LONGEST_SOCKET_DIR: usize = 103 - "/.s.PGSQL.65535".len();

/// A server that runs, or ran when it was asked for.
#[derive(Clone, Debug)]
pub struct LocalPostgres {
    root: PathBuf,
    data: PathBuf,
    port: u16,
    binaries: Binaries,
    account: Account,
}

impl LocalPostgres {
    /// A server on the data under `root`, listening on 127.0.0.1 at `port`.
    ///
    /// The first call makes the cluster. A server that runs already is taken as it is; one that runs with another port or
    /// durability is restarted; one that was killed is started again and recovers. Port 0 stands for any free one, the same
    /// one each time while it stays free. Several processes may call this at once.
    pub fn ensure(root: &Path, port: u16, durability: Durability) -> Result<Self, LocalPostgresError> {
        fs::create_dir_all(root).map_err(LocalPostgresError::io(|| format!("make {}", root.display())))?;
        let root = fs::canonicalize(root).map_err(LocalPostgresError::io(|| format!("look at {}", root.display())))?;
        let _lock = lock(&root)?;
        let data = root.join("data");
        let binaries = Binaries::find(&data)?;
        let account = Account::choose(&data);
        if is_root() {
            allow_in(&root)?;
        }
        account.can_reach(&data)?;
        let mut server = Self { root, data, port, binaries, account };
        let sockets = server.make_socket_dir()?;
        if let Some(running) = PidFile::read(&server.data).filter(|file| file.is_answered(&server.data)) {
            let wanted = settings::conf(if port == 0 { running.port } else { port }, &sockets, durability);
            if fs::read_to_string(server.data.join(settings::FILE)).is_ok_and(|has| has == wanted) {
                server.port = running.port;
                return Ok(server);
            }
            server.pg_ctl_stop()?;
        }
        if !server.data.join("PG_VERSION").exists() {
            server.initdb(durability)?;
        }
        server.start(port, &sockets, durability)?;
        Ok(server)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How to connect to one of its databases, as superuser, over TCP.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process id of the server, when it takes connections.
    pub fn pid(&self) -> Option<i32> {
        self.running().map(|file| file.pid.as_raw_nonzero().get())
    }

    /// Whether it takes connections.
    pub fn is_running(&self) -> bool {
        self.running().is_some()
    }

    /// Stops it in good order: open transactions are rolled back, what was committed is on disk. Nothing happens when it
    /// does not run.
    pub fn stop(&self) -> Result<(), LocalPostgresError> {
        let _lock = lock(&self.root)?;
        if self.is_running() {
            self.pg_ctl_stop()?;
        }
        let _ = fs::remove_dir(short_dir(self.root.as_os_str())); // there only if the root was too deep for a socket
        Ok(())
    }

    /// Kills it with no chance to tidy up, as a power cut would. For tests of what survives.
    pub fn kill9(&self) -> Result<(), LocalPostgresError> {
        let Some(file) = self.running() else { return Ok(()) };
        let failed = |source: io::Error| LocalPostgresError::Io { what: format!("kill process {:?}", file.pid), source };
        kill_process(file.pid, Signal::KILL).map_err(|error| failed(error.into()))?;
        let since = Instant::now();
        while file.is_alive(&self.data) {
            if since.elapsed() > KILL_PATIENCE {
                return Err(failed(io::ErrorKind::TimedOut.into()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn running(&self) -> Option<PidFile> {
        PidFile::read(&self.data).filter(|file| file.is_answered(&self.data))
    }

    /// Makes the cluster beside its place and moves it in, so that a half-made one is never taken for whole.
    fn initdb(&self, durability: Durability) -> Result<(), LocalPostgresError> {
        let new = self.root.join("data.new");
        if new.exists() {
            fs::remove_dir_all(&new).map_err(LocalPostgresError::io(|| format!("remove {}", new.display())))?;
        }
        make_dir(&new, 0o700)?;
        self.account.own(&new)?;
        let mut command = self.account.command(&self.binaries.bin.join("initdb"));
        command.arg("-D").arg(&new).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions"]);
        // One collation everywhere, by code point, that still knows the case of letters beyond ASCII.
        command.args(if cfg!(target_os = "macos") { &["--locale=C", "--lc-ctype=UTF-8"][..] } else { &["--locale=C.UTF-8"][..] });
        if durability == Durability::Fast {
            command.arg("--no-sync");
        }
        let output = command.output().map_err(LocalPostgresError::io(|| "run initdb".to_owned()))?;
        if !output.status.success() {
            return Err(LocalPostgresError::Failed { program: "initdb", output: tail(&String::from_utf8_lossy(&output.stderr)) });
        }
        let include = || -> io::Result<()> {
            let mut conf = OpenOptions::new().append(true).open(new.join("postgresql.conf"))?;
            writeln!(conf, "\ninclude_if_exists = '{}'", settings::FILE)?;
            conf.sync_all()?;
            fs::rename(&new, &self.data)
        };
        include().map_err(LocalPostgresError::io(|| format!("finish {}", self.data.display())))
    }

    /// Starts it on `port`, or on a free port when that is 0.
    fn start(&mut self, port: u16, sockets: &Path, durability: Durability) -> Result<(), LocalPostgresError> {
        pidfile::remove_stale(&self.data);
        let mut said = String::new();
        for _ in 0..STARTS {
            self.port = self.choose_port(port)?;
            let conf = self.data.join(settings::FILE);
            fs::write(&conf, settings::conf(self.port, sockets, durability))
                .map_err(LocalPostgresError::io(|| format!("write {}", conf.display())))?;
            match self.pg_ctl_start()? {
                None => return Ok(()),
                Some(words) => said = words,
            }
            thread::sleep(PAUSE);
        }
        Err(LocalPostgresError::Failed { program: "postgres", output: said })
    }

    /// One start. `Some`: it did not come up, and this is the end of its log.
    fn pg_ctl_start(&self) -> Result<Option<String>, LocalPostgresError> {
        let log = self.root.join("log");
        File::create(&log).map_err(LocalPostgresError::io(|| format!("write {}", log.display())))?;
        self.account.own(&log)?;
        let mut command = self.account.command(&self.binaries.bin.join("pg_ctl"));
        command.args(["-w", "-s", "-t", PATIENCE_SECS, "-D"]).arg(&self.data).arg("-l").arg(&log).arg("start");
        // No pipes: the server would inherit them and hold them open for as long as it runs.
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = status.map_err(LocalPostgresError::io(|| "run pg_ctl".to_owned()))?;
        Ok((!status.success()).then(|| tail(&fs::read_to_string(&log).unwrap_or_default())))
    }

    fn pg_ctl_stop(&self) -> Result<(), LocalPostgresError> {
        let mut command = self.account.command(&self.binaries.bin.join("pg_ctl"));
        command.args(["-w", "-s", "-m", "fast", "-t", PATIENCE_SECS, "-D"]).arg(&self.data).arg("stop");
        let output = command.output().map_err(LocalPostgresError::io(|| "run pg_ctl".to_owned()))?;
        // A server that ends by itself between the question and the order is as good as stopped.
        if output.status.success() || !self.is_running() {
            return Ok(());
        }
        Err(LocalPostgresError::Failed { program: "pg_ctl", output: tail(&String::from_utf8_lossy(&output.stderr)) })
    }

    /// The port asked for, if it is free; for 0 the one of last time, if that is, else any that is.
    fn choose_port(&self, asked: u16) -> Result<u16, LocalPostgresError> {
        if asked != 0 {
            return bind(asked).map_err(|_| LocalPostgresError::PortTaken { port: asked });
        }
        let file = self.root.join("port");
        let last = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).filter(|port| *port != 0);
        if let Some(port) = last.and_then(|port| bind(port).ok()) {
            return Ok(port);
        }
        let port = bind(0).map_err(LocalPostgresError::io(|| "find a free port".to_owned()))?;
        fs::write(&file, port.to_string()).map_err(LocalPostgresError::io(|| format!("write {}", file.display())))?;
        Ok(port)
    }

    /// The folder of the socket: under the root, or, where that path is too long for a socket, a short one in /tmp.
    fn make_socket_dir(&self) -> Result<PathBuf, LocalPostgresError> {
        let near = self.root.join("run");
        let dir = if near.as_os_str().len() <= LONGEST_SOCKET_DIR { near } else { short_dir(self.root.as_os_str()) };
        if !dir.exists() {
            make_dir(&dir, 0o700)?;
            self.account.own(&dir)?;
        }
        Ok(dir)
    }
}

/// `/tmp/guildhall-` and a number that stands for the root: the same root finds the same folder again.
fn short_dir(root: &OsStr) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    root.as_bytes().hash(&mut hasher);
    Path::new("/tmp").join(format!("guildhall-{:016x}", hasher.finish()))
}

/// Held until dropped; other processes that want the same root wait.
fn lock(root: &Path) -> Result<File, LocalPostgresError> {
    let path = root.join("lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = open.and_then(|file| file.lock().map(|()| file));
    file.map_err(LocalPostgresError::io(|| format!("lock {}", path.display())))
}

fn bind(port: u16) -> io::Result<u16> {
    TcpListener::bind(("127.0.0.1", port))?.local_addr().map(|address| address.port())
}

fn make_dir(path: &Path, mode: u32) -> Result<(), LocalPostgresError> {
    let result = fs::create_dir(path).and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)));
    result.map_err(LocalPostgresError::io(|| format!("make {}", path.display())))
}

/// Lets the server's account pass through our own folder, whatever root's umask was when it was made.
fn allow_in(root: &Path) -> Result<(), LocalPostgresError> {
    let meta = fs::metadata(root).map_err(LocalPostgresError::io(|| format!("look at {}", root.display())))?;
    let mode = meta.permissions().mode();
    if mode & 0o011 == 0o011 {
        return Ok(());
    }
    let allowed = fs::set_permissions(root, Permissions::from_mode(mode | 0o011));
    allowed.map_err(LocalPostgresError::io(|| format!("open {} to the server's account", root.display())))
}
