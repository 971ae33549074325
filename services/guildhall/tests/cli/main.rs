//! The command as programs and people meet it: answers, exit codes, refusals.
#![cfg(test)]

mod answers;
mod configured;
mod demo;
mod operate;
mod patronage;
mod products;
mod refusals;
mod up;

use std::{
    path::Path,
    process::{Command, Output},
};

use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{Clock, PersonId};
use serde_json::Value;
use tempfile::TempDir;
use test_support::TestDb;
use uuid::Uuid;

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("stdout is not one JSON value: {error}\n{self:?}"))
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The command with nothing of this environment but what is given.
fn guildhall(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GUILDHALL_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command.env("GUILDHALL_HOME", home).args(arguments);
    command
}

/// A database with a co-op, and a home folder.
struct House {
    db: TestDb,
    home: TempDir,
    coop: Coop,
}

impl House {
    /// A co-op `harbour` with one maker and the treasurers Ana and Ben.
    async fn with_coop() -> Self {
        let (db, home) = (TestDb::new().await, TempDir::new().unwrap());
        let new = NewCoop {
            slug: "harbour",
            name: "Harbour Makers",
            country: "NL",
            currency: "EUR".parse().unwrap(),
            time_zone: "Europe/Amsterdam",
        };
        let coop = identity::found(&db.pools.orm, new, Clock::system().now()).await.unwrap();
        let tx = db::begin(&db.pools.orm, coop.id).await.unwrap();
        let maker = NewParty {
            kind: PartyKind::Member,
            handle: "mara".to_owned(),
            name: "Mara".to_owned(),
            email: None,
            stripe_account: None,
            minimum_payout: 0,
        };
        identity::add_parties(&tx, coop.id, vec![maker]).await.unwrap();
        for name in ["Ana", "Ben"] {
            let person = identity::add_person(&tx, PersonId(Uuid::now_v7()), name, &format!("{name}@example.org")).await.unwrap();
            identity::add_member(&tx, coop.id, person, "treasurer", None).await.unwrap();
        }
        tx.commit().await.unwrap();
        Self { db, home, coop }
    }

    /// Runs a command on it to its end.
    async fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = guildhall(self.home.path(), arguments);
        command.env("DATABASE_URL", &self.db.url);
        tokio::task::spawn_blocking(move || command.output().unwrap().into()).await.unwrap()
    }
}
