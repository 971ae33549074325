//! Builders that the tests start from.

use chrono::{DateTime, TimeZone as _, Utc};
use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{CoopId, PartyId, PersonId};
use test_support::TestDb;
use uuid::Uuid;

/// Noon on a day of November 2026.
pub(crate) fn november(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap()
}

/// A co-op in euros with as many makers as asked for, handles `maker-1` and on.
pub(crate) async fn coop_with_makers(db: &TestDb, slug: &str, makers: usize) -> (Coop, Vec<PartyId>) {
    let new = NewCoop { slug, name: "Harbour Makers", country: "NL", currency: "EUR".parse().unwrap(), time_zone: "Europe/Amsterdam" };
    let coop = identity::found(&db.pools.orm, new, november(1)).await.unwrap();
    let new = (1..=makers)
        .map(|number| NewParty {
            kind: PartyKind::Member,
            handle: format!("maker-{number}"),
            name: format!("Maker {number}"),
            email: Some(format!("maker-{number}@example.org")),
            stripe_account: Some(format!("acct_{slug}_{number}")),
            minimum_payout: 0,
        })
        .collect();
    let parties = in_coop(db, coop.id, async |tx| identity::add_parties(tx, coop.id, new).await.unwrap()).await;
    (coop, parties)
}

/// Two people who may draft and approve.
pub(crate) async fn two_treasurers(db: &TestDb, coop: CoopId) -> (PersonId, PersonId) {
    let (ana, ben) = (PersonId(Uuid::now_v7()), PersonId(Uuid::now_v7()));
    in_coop(db, coop, async |tx| {
        for (id, name) in [(ana, "Ana"), (ben, "Ben")] {
            identity::add_person(tx, id, name, &format!("{name}-{}@example.org", id.0)).await.unwrap();
            identity::add_member(tx, coop, id, "treasurer", None).await.unwrap();
        }
    })
    .await;
    (ana, ben)
}

/// Runs something in a committed transaction of a co-op.
pub(crate) async fn in_coop<T>(db: &TestDb, coop: CoopId, work: impl AsyncFnOnce(&sea_orm::DatabaseTransaction) -> T) -> T {
    let tx = db::begin(&db.pools.orm, coop).await.unwrap();
    let result = work(&tx).await;
    tx.commit().await.unwrap();
    result
}
