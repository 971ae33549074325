//! Founding, settings, suspending and closing.

use identity::{CoopChange, CoopStatus, Founded, IdentityError, MAX_FOUNDED, NewCoop};
use kernel::{Code, Permissions, PersonId};
use test_support::TestDb;

use super::{
    people::{acting, actor, person, refused},
    stage::Stage,
};
use crate::world::{coop_with_makers, in_coop, november};

fn quarry() -> NewCoop<'static> {
    NewCoop { slug: "quarry", name: "Quarry Potters", country: "NL", currency: "EUR".parse().unwrap(), time_zone: "Europe/Amsterdam" }
}

async fn found_by(db: &TestDb, founder: PersonId, new: NewCoop<'_>) -> Result<Founded, IdentityError> {
    let tx = db::begin_many(&db.pools.orm, &[]).await.unwrap();
    let made = identity::found_by(&tx, founder, new, november(2)).await?;
    tx.commit().await.unwrap();
    Ok(made)
}

#[tokio::test]
async fn a16_a_person_founds_a_coop_and_is_its_first_admin_with_a_party() {
    let db = TestDb::new().await;
    let ana = person(&db, "Ana").await;
    let Founded { coop, party } = found_by(&db, ana, quarry()).await.unwrap();
    assert_eq!((coop.slug.as_str(), coop.country.as_str(), coop.status), ("quarry", "NL", CoopStatus::Open));
    let founder = actor(&db, ana, "quarry").await;
    assert_eq!((founder.permissions, founder.party), (Permissions::all(), Some(party)));
    let parties = in_coop(&db, coop.id, async |tx| identity::parties(tx, coop.id).await.unwrap()).await;
    let handles: Vec<&str> = parties.iter().map(|party| party.handle.as_str()).collect();
    assert_eq!(handles, ["co-op", "tax", "ana"]);
}

#[tokio::test]
async fn a16_founding_twice_is_refused_with_a_name_that_is_free_and_leaves_nothing() {
    let db = TestDb::new().await;
    let (ana, ben) = (person(&db, "Ana").await, person(&db, "Ben").await);
    found_by(&db, ana, quarry()).await.unwrap();
    for founder in [ana, ben] {
        let (code, message) = refused(found_by(&db, founder, quarry()).await);
        assert_eq!(code, Code::Conflict);
        assert!(message.contains("\"quarry-2\" is free"), "{message}");
    }
    found_by(&db, ben, NewCoop { slug: "quarry-2", ..quarry() }).await.unwrap();
    assert!(refused(found_by(&db, ben, quarry()).await).1.contains("\"quarry-3\" is free"));
    assert_eq!(identity::coops(&db.pools.orm).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a16_what_cannot_be_a_coop_is_refused_with_the_cure() {
    let db = TestDb::new().await;
    let ana = person(&db, "Ana").await;
    for (new, cure) in [
        (NewCoop { slug: "Quarry!", ..quarry() }, "lower-case letters"),
        (NewCoop { name: " ", ..quarry() }, "1 to 100 characters"),
        (NewCoop { country: "UK", ..quarry() }, "two letters of ISO 3166"),
        (NewCoop { time_zone: "Amsterdam", ..quarry() }, "Europe/Amsterdam"),
    ] {
        let (code, message) = refused(found_by(&db, ana, new).await);
        assert_eq!(code, Code::InvalidInput);
        assert!(message.contains(cure), "{message}");
    }
    assert_eq!(refused(found_by(&db, PersonId(uuid::Uuid::now_v7()), quarry()).await).0, Code::NotFound);
    for number in 0..MAX_FOUNDED {
        found_by(&db, ana, NewCoop { slug: &format!("quarry-{number}"), ..quarry() }).await.unwrap();
    }
    assert_eq!(refused(found_by(&db, ana, quarry()).await).0, Code::NotNow);
}

#[tokio::test]
async fn a16_settings_change_until_the_books_begin_to_depend_on_them() {
    let stage = Stage::open().await;
    let change = CoopChange {
        name: Some(" Harbour & Sons ".to_owned()),
        country: Some("be".to_owned()),
        time_zone: Some("Europe/Brussels".to_owned()),
        takes_applications: Some(true),
    };
    let changed = stage.identity.update_coop(&stage.ana, change.clone()).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.country.as_str(), changed.zone.name()), ("Harbour & Sons", "BE", "Europe/Brussels"));
    assert_eq!(stage.identity.update_coop(&stage.ana, CoopChange::default()).await.unwrap(), changed, "nothing said, nothing changed");

    let maker = in_coop(&stage.db, stage.coop.id, async |tx| identity::parties(tx, stage.coop.id).await.unwrap()).await[0].id;
    stage.owe(maker, 5, "first").await;
    stage.owe(maker, -5, "second").await;
    let zone = CoopChange { time_zone: Some("Asia/Tokyo".to_owned()), ..CoopChange::default() };
    assert_eq!(refused(stage.identity.update_coop(&stage.ana, zone).await).0, Code::NotNow);
    stage.identity.update_coop(&stage.ana, change).await.unwrap();
    let wrong = CoopChange { country: Some("Holland".to_owned()), ..CoopChange::default() };
    assert_eq!(refused(stage.identity.update_coop(&stage.ana, wrong).await).0, Code::InvalidInput);
}

#[tokio::test]
async fn a16_a_coop_is_suspended_and_reinstated() {
    let stage = Stage::open().await;
    let suspended = stage.identity.suspend_coop(&stage.ana, "moving house").await.unwrap();
    assert_eq!((suspended.status, suspended.status_reason.as_deref()), (CoopStatus::Suspended, Some("moving house")));
    assert_eq!(stage.identity.suspend_coop(&stage.ana, "another").await.unwrap(), suspended, "the first reason stays");
    let standing = identity::standing(&stage.db.pools.orm, stage.ana.person().unwrap(), "harbour").await.unwrap().unwrap();
    assert_eq!(standing.coop.status, CoopStatus::Suspended, "it can be read, and the door knows");
    assert_eq!(refused(stage.identity.update_coop(&stage.ana, CoopChange::default()).await).0, Code::NotNow);
    let open = stage.identity.reinstate_coop(&stage.ana).await.unwrap();
    assert_eq!((open.status, open.status_reason.clone()), (CoopStatus::Open, None));
    assert_eq!(stage.identity.reinstate_coop(&stage.ana).await.unwrap(), open);
}

#[tokio::test]
async fn a16_a_coop_is_closed_when_it_is_suspended_settled_and_exported() {
    let stage = Stage::open().await;
    let maker = in_coop(&stage.db, stage.coop.id, async |tx| identity::parties(tx, stage.coop.id).await.unwrap()).await[0].id;
    stage.owe(maker, 731, "sale").await;
    assert_eq!(
        refused(stage.identity.close_coop(&stage.ana).await).1,
        "suspend the co-op first: nothing may change while its last things are settled"
    );
    stage.identity.export_coop(&stage.ana).await.unwrap();
    stage.work().await;
    stage.clock.advance(chrono::TimeDelta::minutes(1));
    stage.identity.suspend_coop(&stage.ana, "we are done").await.unwrap();
    let (code, message) = refused(stage.identity.close_coop(&stage.ana).await);
    assert_eq!(code, Code::NotNow);
    assert!(message.contains("7.31"), "{message}");
    stage.owe(maker, -731, "payout").await;
    assert!(refused(stage.identity.close_coop(&stage.ana).await).1.contains("export"), "the export from before is not the last word");
    stage.identity.export_coop(&stage.ana).await.unwrap();
    assert!(refused(stage.identity.close_coop(&stage.ana).await).1.contains("export"), "asked for is not made");
    stage.work().await;

    let closed = stage.identity.close_coop(&stage.ana).await.unwrap();
    assert_eq!(closed.status, CoopStatus::Closed);
    assert_eq!(stage.identity.close_coop(&stage.ana).await.unwrap(), closed, "twice is once");
    assert_eq!(refused(stage.identity.reinstate_coop(&stage.ana).await).0, Code::NotNow, "for good");
    assert_eq!(refused(stage.identity.suspend_coop(&stage.ana, "x").await).0, Code::NotNow);
    assert!(identity::standing(&stage.db.pools.orm, stage.ana.person().unwrap(), "harbour").await.unwrap().is_some(), "it can be read");
}

#[tokio::test]
async fn a16_only_whoever_manages_the_coop_changes_it() {
    let stage = Stage::open().await;
    let treasurer = acting(&stage.db, &stage.coop, "Tess", "treasurer").await;
    for result in [
        stage.identity.update_coop(&treasurer, CoopChange::default()).await.map(|_| ()),
        stage.identity.suspend_coop(&treasurer, "x").await.map(|_| ()),
        stage.identity.reinstate_coop(&treasurer).await.map(|_| ()),
        stage.identity.close_coop(&treasurer).await.map(|_| ()),
        stage.identity.export_coop(&treasurer).await.map(|_| ()),
        stage.identity.exports(&treasurer).await.map(|_| ()),
    ] {
        assert_eq!(refused(result).0, Code::Forbidden);
    }
    let (other, _) = coop_with_makers(&stage.db, "quarry", 0).await;
    let eve = acting(&stage.db, &other, "Eve", "admin").await;
    stage.identity.suspend_coop(&eve, "mine").await.unwrap();
    assert_eq!(stage.identity.coop(&stage.ana).await.unwrap().status, CoopStatus::Open, "an actor acts in their own co-op");
}
