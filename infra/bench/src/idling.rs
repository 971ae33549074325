//! An api with nothing to do, in a process of its own: how soon it is ready on a migrated database, and what it holds in memory.
//!
//! The process is this program again, told to serve: with the allocator, and the dependencies, of the program that is shipped.

use std::{
    error::Error,
    fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use access::{AccessConfig, Secret};
use api::{Api, ApiConfig};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{report::Level, world::World};

/// The argument that makes this program an api; the address of the database follows.
pub(crate) const SERVE: &str = "--serve-api";
/// How long it may take until it is called broken.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is started: the slowest counts.
const STARTS: usize = 5;
/// How long an api that has served is left alone before its memory is looked at.
const SETTLED: Duration = Duration::from_secs(2);
const MIB: f64 = 1024.0 * 1024.0;

/// Serves until it is killed, after saying where.
pub(crate) async fn serve(database_url: &str) -> Result<(), Box<dyn Error>> {
    let access = AccessConfig::new("https://bench.example", "https://bench.example".parse()?, Secret::generate());
    let mut api = Api::start(ApiConfig { access: Some(access), ..ApiConfig::new(database_url) }).await?;
    println!("{}", api.url());
    api.wait().await;
    Err("the api ended by itself".into())
}

/// A process that is killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended
        let _ = self.0.wait();
    }
}

/// Whether a path is answered with 200.
async fn is_well(address: &str, path: &str) -> Result<bool, Box<dyn Error>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

/// Starts an api; where it answers, and how many seconds it took until it was ready.
async fn start(world: &World) -> Result<(Process, String, f64), Box<dyn Error>> {
    let began = Instant::now();
    let child = Command::new(std::env::current_exe()?).args([SERVE, &world.url]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut process = Process(child);
    let mut said = String::new();
    BufReader::new(process.0.stdout.take().ok_or("it has no output")?).read_line(&mut said)?;
    let address = said.trim().trim_start_matches("http://").to_owned();
    while !is_well(&address, "/readyz").await? {
        if began.elapsed() > PATIENCE {
            return Err("the api is not ready in time".into());
        }
    }
    Ok((process, address, began.elapsed().as_secs_f64()))
}

/// What a process holds in memory, in MiB.
fn resident(process: &Process) -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.0.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the kernel does not say how much it holds")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / MIB)
}

pub(crate) async fn measure(world: &World) -> Result<Vec<Level>, Box<dyn Error>> {
    let mut slowest: f64 = 0.0;
    for _ in 0..STARTS {
        slowest = slowest.max(start(world).await?.2);
    }
    let (process, address, _) = start(world).await?;
    for _ in 0..100 {
        is_well(&address, "/healthz").await?;
    }
    tokio::time::sleep(SETTLED).await;
    let held = resident(&process)?;
    Ok(vec![
        Level {
            what: "from start to ready, on a migrated database",
            value: slowest,
            unit: "s",
            budget: "under 1 s",
            note: format!("the slowest of {STARTS}"),
        },
        Level {
            what: "an idle api, resident",
            value: held,
            unit: "MiB",
            budget: "under 60 MB",
            note: "16 connections at most, a thread per processor".to_owned(),
        },
    ])
}
