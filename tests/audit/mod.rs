//! The audit: every act of people who administer leaves an entry, nobody changes one, and no other co-op sees it.

mod acts;
mod graph;
mod kept;
mod reading;
mod tables;

use std::net::IpAddr;

use ::audit::{Entry, Filter};
use chrono::TimeDelta;
use db::Acting;
use identity::Coop;
use kernel::{Actor, Clock, Permission, Permissions, PersonId, SessionId, Who};
use partners::{Keys, NewKey};
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{coop_with_makers, november, two_treasurers};

/// A co-op with Ana and Ben, who may do everything.
struct Stage {
    db: TestDb,
    clock: Clock,
    keys: Keys,
    coop: Coop,
    ana: Actor,
    ben: Actor,
}

impl Stage {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::stopped_at(november(20));
        let (coop, _) = coop_with_makers(&db, "harbour", 1).await;
        let (ana, ben) = two_treasurers(&db, coop.id).await;
        let keys = Keys::new(db.pools.orm.clone(), clock.clone());
        Self { db, clock, keys, ana: person(&coop, ana), ben: person(&coop, ben), coop }
    }

    /// The co-op's entries, newest first.
    async fn entries(&self, filter: &Filter) -> Vec<Entry> {
        ::audit::list(&self.db.pools.orm, &self.ana, filter, None, 100).await.unwrap().entries
    }

    /// What one act of Ana's leaves, oldest first.
    async fn left_by<T>(&self, via: &str, act: impl Future<Output = T>) -> (T, Vec<Entry>) {
        let before = self.entries(&Filter::default()).await.first().map(Entry::cursor);
        let done = db::acting(Acting::new(self.ana.who, via, Some(quay())), act).await;
        let mut entries = self.entries(&Filter::default()).await;
        entries.retain(|entry| before.is_none_or(|before| entry.id > before.id));
        entries.sort_by_key(|entry| entry.id);
        (done, entries)
    }

    fn new_key(&self, name: &str) -> NewKey {
        let permissions = [Permission::SalesRead].into_iter().collect();
        NewKey { name: name.to_owned(), permissions, expires_at: self.clock.now() + TimeDelta::days(90) }
    }
}

fn person(coop: &Coop, person: PersonId) -> Actor {
    let who = Who::Person { person, session: SessionId(Uuid::now_v7()), factor_at: Some(november(20)) };
    Actor { coop: coop.id, who, party: None, permissions: Permissions::all() }
}

fn quay() -> IpAddr {
    IpAddr::from([192, 0, 2, 7])
}

/// `insert party 3: name, handle`, for short.
fn brief(entry: &Entry) -> String {
    let changed: Vec<&str> = entry.after.keys().chain(entry.before.keys()).map(String::as_str).collect();
    let mut changed: Vec<&str> = changed;
    changed.sort_unstable();
    changed.dedup();
    format!("{:?} {}: {}", entry.action, entry.table, changed.join(" "))
}
