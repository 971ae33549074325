//! People to act with.

use identity::{BuiltIn, Identity, IdentityError, Role, RoleId};
use kernel::{Actor, Clock, Code, CoopId, PersonId, SessionId, Who};
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{in_coop, november};

/// The use cases, at noon on the tenth of November.
pub(crate) fn identity(db: &TestDb) -> Identity {
    Identity::new(db.pools.orm.clone(), Clock::stopped_at(november(10)))
}

/// Somebody who can sign in.
pub(crate) async fn person(db: &TestDb, name: &str) -> PersonId {
    let id = PersonId(Uuid::now_v7());
    identity::add_person(&db.pools.orm, id, name, &address(name)).await.unwrap()
}

/// Where that person gets mail.
pub(crate) fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

/// A new member of a co-op with the role of that name.
pub(crate) async fn member(db: &TestDb, coop: CoopId, name: &str, role: &str) -> PersonId {
    let person = person(db, name).await;
    in_coop(db, coop, async |tx| identity::add_member(tx, coop, person, role, None).await.unwrap()).await;
    person
}

/// The actor that the door makes of a person in a co-op.
pub(crate) async fn actor(db: &TestDb, person: PersonId, slug: &str) -> Actor {
    let standing = identity::standing(&db.pools.orm, person, slug).await.unwrap().expect("an active member");
    let who = Who::Person { person, session: SessionId(Uuid::nil()), factor_at: None };
    Actor { coop: standing.coop.id, who, party: standing.party, permissions: standing.permissions }
}

/// A new member, as an actor.
pub(crate) async fn acting(db: &TestDb, coop: &identity::Coop, name: &str, role: &str) -> Actor {
    let person = member(db, coop.id, name, role).await;
    actor(db, person, &coop.slug).await
}

/// A first role of the actor's co-op.
pub(crate) async fn built_in(identity: &Identity, actor: &Actor, wanted: BuiltIn) -> Role {
    identity.roles(actor).await.unwrap().into_iter().find(|role| role.built_in == Some(wanted)).unwrap()
}

/// What was refused, and in which words.
pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, IdentityError>) -> (Code, String) {
    let refusal = result.expect_err("this is refused").refusal().expect("a refusal, not a fault");
    (refusal.code, refusal.message)
}

/// A role that no co-op has.
pub(crate) const NO_ROLE: RoleId = RoleId(i32::MAX);
