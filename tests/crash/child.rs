//! The worker as a process that can be killed.

use std::{env, io, num::NonZeroU32, process::Stdio, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Clock;
use ledger::Accounts;
use payouts::{Payouts, SendLimits};
use settlement::Settlement;
use stripe_gateway::{Gateway, GatewayConfig, Secret};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{self, ChildStdin, ChildStdout, Command},
    task::spawn_blocking,
    time::{Instant, interval, timeout},
};

use super::PATIENCE;

/// The test below, by its name in this binary.
const TEST: &str = "crash::child::the_worker";
const DATABASE: &str = "GUILDHALL_CRASH_DATABASE";
const STRIPE: &str = "GUILDHALL_CRASH_STRIPE";
const NOW: &str = "GUILDHALL_CRASH_NOW";
/// What the worker says when it has begun.
const READY: &str = "the worker works";
const CONNECTIONS: u32 = 10;
/// How often its clock moves.
const TICK: Duration = Duration::from_millis(2);

/// Short enough that what a dead worker held is soon taken up by the next.
const LIMITS: SendLimits = SendLimits {
    in_flight: 4,
    call_timeout: Duration::from_millis(400),
    lease: TimeDelta::milliseconds(1_500),
    key_life: TimeDelta::hours(24),
    first_pause: TimeDelta::milliseconds(20),
    longest_pause: TimeDelta::milliseconds(250),
};

/// A running worker. It is killed when dropped, and ends by itself when this process does.
pub(super) struct Child {
    process: process::Child,
    _end: ChildStdin,
    _said: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts a worker for which it is `now`, and returns when it works. Without a stand-in's address it asks nobody and sends nothing.
    pub(super) async fn start(database: &str, stripe: Option<&str>, now: DateTime<Utc>) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--ignored", "--exact", TEST, "--nocapture"]).env(DATABASE, database).env(NOW, now.to_rfc3339());
        match stripe {
            Some(url) => command.env(STRIPE, url),
            None => command.env_remove(STRIPE),
        };
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let (end, mut said) = (process.stdin.take().unwrap(), BufReader::new(process.stdout.take().unwrap()).lines());
        let ready = async {
            while let Some(line) = said.next_line().await.unwrap() {
                if line.ends_with(READY) {
                    return;
                }
            }
            panic!("the worker ended before it had begun");
        };
        timeout(PATIENCE, ready).await.expect("a worker begins in time");
        Self { process, _end: end, _said: said }
    }

    /// Fails when it ended by itself.
    pub(super) fn must_live(&mut self) {
        let ended = self.process.try_wait().unwrap();
        assert!(ended.is_none(), "the worker ended by itself: {ended:?}");
    }

    /// kill -9
    pub(super) async fn kill(mut self) {
        self.must_live();
        self.process.kill().await.unwrap();
    }
}

/// No test of its own: the worker of those that start it. Without their variables it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the worker that the tests of crashes start and kill"]
async fn the_worker() {
    let (Ok(database), Ok(now)) = (env::var(DATABASE), env::var(NOW)) else { return };
    let gateway = env::var(STRIPE).ok().map(|url| gateway(&url));
    let clock = Clock::stopped_at(now.parse().unwrap());
    tokio::spawn(run(clock.clone()));
    let pools = db::app_pool(&database, CONNECTIONS).await.unwrap();
    let settlement = Settlement::new(pools.clone(), gateway.clone(), false);
    let mut config = worker::WorkerConfig::new(pools.clone(), settlement, clock.clone());
    config.payouts = gateway.map(|gateway| Payouts::new(pools.orm, Accounts::default(), Some(gateway), clock).with_limits(LIMITS));
    let _running = worker::Worker::start(config);
    println!("\n{READY}");
    // The pipe ends with the process that holds its other end.
    let _ = spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await;
}

fn gateway(url: &str) -> Gateway {
    let mut config = GatewayConfig::new(Secret::new("sk_test_crash"));
    config.base_url = url.parse().unwrap();
    config.requests_per_sec = NonZeroU32::new(100).unwrap();
    config.request_timeout = Duration::from_secs(1);
    config.first_pause = Duration::from_millis(1);
    Gateway::try_new(config).unwrap()
}

/// Lets a clock run from where it stands.
async fn run(clock: Clock) {
    let (mut ticks, mut last) = (interval(TICK), Instant::now());
    loop {
        let now = ticks.tick().await;
        clock.advance(TimeDelta::from_std(now.saturating_duration_since(last)).unwrap());
        last = last.max(now);
    }
}
