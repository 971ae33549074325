//! Partners' keys and limits on a real PostgreSQL, seen by two processes.

mod graph;
mod keys;
mod limits;
mod rotation;
mod usage;

use chrono::TimeDelta;
use identity::Coop;
use kernel::{Actor, Clock, Permission, Permissions, PersonId, SessionId, Who};
use partners::{Keys, Made, NewKey};
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{coop_with_makers, november, two_treasurers};

/// A co-op on 20 November with Ana, who may do everything and showed her second factor just now.
struct Stage {
    db: TestDb,
    clock: Clock,
    keys: Keys,
    coop: Coop,
    ana: Actor,
}

impl Stage {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::stopped_at(november(20));
        let (coop, ana) = coop_with_ana(&db, "harbour").await;
        Self { keys: Keys::new(db.pools.orm.clone(), clock.clone()), db, clock, coop, ana }
    }

    /// The keys as another process sees them.
    fn elsewhere(&self) -> Keys {
        Keys::new(self.db.pools.orm.clone(), self.clock.clone())
    }

    fn ask(&self, name: &str, permissions: &[Permission]) -> NewKey {
        NewKey { name: name.to_owned(), permissions: set(permissions), expires_at: self.clock.now() + TimeDelta::days(90) }
    }

    /// A key that may see sales.
    async fn key(&self, name: &str) -> Made {
        self.keys.create(&self.ana, self.ask(name, &[Permission::SalesRead])).await.unwrap()
    }

    /// Ana, who shows her second factor again.
    fn ana_again(&self) -> Actor {
        let Who::Person { person, session, .. } = self.ana.who else { unreachable!("Ana is a person") };
        Actor { who: Who::Person { person, session, factor_at: Some(self.clock.now()) }, ..self.ana }
    }
}

async fn coop_with_ana(db: &TestDb, slug: &str) -> (Coop, Actor) {
    let (coop, _) = coop_with_makers(db, slug, 0).await;
    let (ana, _) = two_treasurers(db, coop.id).await;
    let actor = person(&coop, ana, Permissions::all());
    (coop, actor)
}

fn person(coop: &Coop, person: PersonId, permissions: Permissions) -> Actor {
    let who = Who::Person { person, session: SessionId(Uuid::now_v7()), factor_at: Some(november(20)) };
    Actor { coop: coop.id, who, party: None, permissions }
}

fn set(permissions: &[Permission]) -> Permissions {
    permissions.iter().copied().collect()
}
