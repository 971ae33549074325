//! The parts of the house as processes of their own: how they tell what they do, and how they stop.

mod asked;
mod collector;
mod stopping;
mod told;
mod traced;

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use kernel::Clock;
use rustix::process::{Pid, Signal, kill_process};
use stripe_gateway::{Secret, signature};

use super::{House, guildhall};

/// How long something may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a test looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// What signs the webhooks of these tests.
const SECRET: &str = "whsec_operate";

/// Looks until the answer is yes.
fn until(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !look() {
        assert!(Instant::now() < deadline, "within {PATIENCE:?} this did not happen: {what}");
        thread::park_timeout(LOOK_EVERY);
    }
}

/// A part of the house that runs. It is killed when dropped.
struct Part {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Part {
    /// Starts `guildhall api` or `worker` on the house's database, at free ports. The stand-in, if any, is at that port.
    fn start(house: &House, part: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = guildhall(house.home.path(), &[part]);
        command.env("DATABASE_URL", &house.db.url).env("GUILDHALL_PORT", "0").env("GUILDHALL_METRICS_LISTEN", "127.0.0.1:0");
        command.env("GUILDHALL_WEBHOOK_SECRETS", SECRET).env("GUILDHALL_CONNECTIONS", "8").envs(settings.iter().copied());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).all(|line| tell.send(line).is_ok()));
        Self { child, lines, said: Vec::new() }
    }

    /// Waits until it says these words, and returns what comes after them in that line.
    fn says(&mut self, words: &str) -> String {
        let after = |line: &String| line.split_once(words).map(|(_, after)| after.to_owned());
        if let Some(rest) = self.said.iter().find_map(after) {
            return rest;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.said.push(line);
                    if let Some(rest) = self.said.last().and_then(after) {
                        return rest;
                    }
                }
                Err(error) => panic!("it does not say {words:?}: {error}; it said {:#?}", self.said),
            }
        }
    }

    /// The address of the api.
    fn api(&mut self) -> String {
        first_word(&self.says("the api listens on http://"))
    }

    /// The address of the operators' door.
    fn door(&mut self) -> String {
        first_word(&self.says("metrics are told at http://"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits until it ends by itself.
    fn ends(mut self) -> ExitStatus {
        let mut ended = None;
        until("it ends", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.unwrap()
    }

    fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// An address, without what follows it in the log.
fn first_word(text: &str) -> String {
    text.split(['/', ' ', '\u{1b}']).next().unwrap_or_default().to_owned()
}

/// Everything that comes back for a request.
fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The head of a webhook and its body, signed now.
fn webhook(id: &str, headers: &str) -> (String, String) {
    let body = format!(
        r#"{{"id": "{id}", "object": "event", "type": "customer.created", "created": 1793707200, "livemode": false,
            "api_version": "2026-01-28.clover", "data": {{"object": {{"id": "cus_1", "object": "customer"}}}}, "pending_webhooks": 1, "request": null}}"#
    );
    let signed = signature::sign(body.as_bytes(), &Secret::new(SECRET), Clock::system().now());
    let head = format!(
        "POST /webhooks/stripe HTTP/1.1\r\nhost: guildhall\r\nconnection: close\r\ncontent-type: application/json\r\n\
         stripe-signature: {signed}\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    (head, body)
}

/// Delivers a webhook that has to be believed.
fn deliver(address: &str, id: &str, headers: &str) {
    let (head, body) = webhook(id, headers);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
