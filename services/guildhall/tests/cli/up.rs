//! The house in one process.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use test_support::TestDb;

use super::{Ended, guildhall};

/// An empty, migrated database and a home folder; ports are free ones.
struct Empty {
    db: TestDb,
    home: TempDir,
}

impl Empty {
    async fn new() -> Self {
        Self { db: TestDb::new().await, home: TempDir::new().unwrap() }
    }

    fn up(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = guildhall(self.home.path(), &["up", "--no-demo"]);
        command.args(arguments).envs([("DATABASE_URL", self.db.url.as_str()), ("GUILDHALL_PORT", "0"), ("GUILDHALL_STRIPE_PORT", "0")]);
        command
    }
}

/// Waits until it says that it serves.
fn until_it_serves(child: &mut Child) {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    for line in lines.map_while(Result::ok) {
        if line.contains("Serving") {
            return;
        }
        said.push(line);
    }
    panic!("it ended without serving: {said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k11_up_once_says_what_to_look_at_and_ends() {
    let house = Empty::new().await;
    let ended = Ended::from(house.up(&["--once", "--json"]).output().unwrap());
    assert_eq!(ended.code, 0, "{ended:?}");
    let places = &ended.json()["places"];
    assert!(places["api"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{places}");
    assert!(places["documents"].as_str().unwrap().contains(house.home.path().to_str().unwrap()), "{places}");
    let again = Ended::from(house.up(&["--once"]).output().unwrap());
    assert_eq!(again.code, 0, "a second start: {again:?}");
    assert!(again.out.contains("NOT Stripe") || again.out.contains("not Stripe"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn k11_up_serves_until_it_is_told_to_stop_and_is_alone_in_its_folder() {
    let house = Empty::new().await;
    for signal in [Signal::INT, Signal::TERM] {
        let mut first = house.up(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        until_it_serves(&mut first);
        let second = Ended::from(house.up(&["--once"]).output().unwrap());
        assert_eq!(second.code, 3, "{second:?}");
        assert!(second.err.contains("GUILDHALL_HOME"), "{second:?}");
        kill_process(Pid::from_child(&first), signal).unwrap();
        assert_eq!(first.wait().unwrap().code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k11_a_taken_port_is_reported_with_the_variable_that_changes_it() {
    let house = Empty::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for variable in ["GUILDHALL_PORT", "GUILDHALL_STRIPE_PORT"] {
        let ended = Ended::from(house.up(&["--once"]).env(variable, &port).output().unwrap());
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(ended.err.contains(&format!("port {port} is taken")) && ended.err.contains(variable), "{ended:?}");
    }
    let own = Ended::from(house.up(&["--once"]).env_remove("DATABASE_URL").env("GUILDHALL_POSTGRES_PORT", &port).output().unwrap());
    assert_eq!(own.code, 1, "{own:?}");
    assert!(own.err.contains("GUILDHALL_POSTGRES_PORT"), "{own:?}");
}
