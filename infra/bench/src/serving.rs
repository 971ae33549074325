//! Servers in processes of their own, so that what they cost can be told from what the load costs.

use std::{
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::PgPool;

/// Ticks of a processor's time in a second: the same on every Linux.
const TICKS: f64 = 100.0;

/// This program again, told to serve. It is killed when it is dropped.
pub(crate) struct Served {
    child: Child,
    /// Where it answers: `http://127.0.0.1:…`.
    pub(crate) url: String,
}

impl Served {
    /// Starts it with an argument that `main` knows; the first line that it says is where it answers.
    pub(crate) fn start(argument: &str, database_url: &str) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.args([argument, database_url]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        BufReader::new(child.stdout.take().ok_or("it has no output")?).read_line(&mut said)?;
        Ok(Self { child, url: said.trim().to_owned() })
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// A line of `/proc/PID/stat` after the name, which may hold anything: the third field and on.
fn stat(pid: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(text.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// The processor time of one process, and of its children that have ended.
fn spent(stat: &[String]) -> f64 {
    // utime, stime, cutime, cstime are the fields 14 to 17 of proc(5)
    stat.get(11..15).into_iter().flatten().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// What the server and all of PostgreSQL have spent up to now.
pub(crate) async fn processor_time(served: &Served, owner: &PgPool) -> Result<Duration, Box<dyn Error>> {
    let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(owner).await?;
    let postmaster = stat(&backend.to_string()).and_then(|stat| stat.get(1).cloned()).ok_or("a backend has a parent")?;
    let mut seconds = stat(&served.pid().to_string()).map_or(0.0, |stat| spent(&stat));
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_process = name.bytes().all(|byte| byte.is_ascii_digit());
        let Some(stat) = is_process.then(|| stat(&name)).flatten() else { continue };
        if name == postmaster || stat.get(1) == Some(&postmaster) {
            seconds += spent(&stat);
        }
    }
    Ok(Duration::from_secs_f64(seconds))
}
