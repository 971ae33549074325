//! Documents expire, and block.

use chrono::TimeDelta;
use identity::{BuiltIn, RequirementStatus, Verdict};
use kernel::{PartyId, PersonId};
use sea_orm::ConnectionTrait as _;

use super::{
    applications::{door, meet_all, pdf, review},
    people::{built_in, person},
    stage::Stage,
};
use crate::world::in_coop;

/// A member whose insurance is good for a year.
async fn insured(stage: &Stage) -> (PersonId, PartyId, identity::RequirementId) {
    let requirements = door(stage).await;
    let ben = person(&stage.db, "Ben").await;
    let application = stage.identity.apply(ben, "harbour", "").await.unwrap();
    meet_all(stage, ben, &requirements).await;
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    let joined = stage.identity.admit(&stage.ana, application.id, role).await.unwrap();
    (ben, joined.member.party.unwrap(), requirements[0].id)
}

async fn held(stage: &Stage, party: PartyId) -> Option<String> {
    let parties = in_coop(&stage.db, stage.coop.id, async |tx| identity::parties(tx, stage.coop.id).await.unwrap()).await;
    parties.into_iter().find(|one| one.id == party).unwrap().held_reason
}

async fn expire(stage: &Stage) -> u64 {
    identity::expire_requirements(&stage.db.pools.orm, &[stage.coop.id], &stage.clock).await.unwrap()
}

async fn reasons(stage: &Stage, person: PersonId) -> Vec<String> {
    let now = stage.clock.now();
    in_coop(&stage.db, stage.coop.id, async |tx| identity::blocked_reasons(tx, stage.coop.id, person, now).await.unwrap()).await
}

#[tokio::test]
async fn a4_an_expired_document_holds_payouts_until_another_is_accepted() {
    let stage = Stage::open().await;
    let (ben, party, insurance) = insured(&stage).await;
    assert_eq!((expire(&stage).await, held(&stage, party).await, reasons(&stage, ben).await.len()), (0, None, 0));

    stage.clock.advance(TimeDelta::days(365));
    let why = reasons(&stage, ben).await;
    assert_eq!(why, ["the requirement \"Insurance\" expired on 2027-11-10; submit it anew"], "also before the schedule has looked");
    assert_eq!(expire(&stage).await, 1);
    assert_eq!(expire(&stage).await, 0, "twice is once");
    assert_eq!(held(&stage, party).await.as_deref(), Some("\"Insurance\" has expired"));

    let seen = stage.identity.submit((ben, stage.coop.id), insurance, pdf("next year"), &stage.storage).await.unwrap();
    assert_eq!((seen.status, held(&stage, party).await), (RequirementStatus::Submitted, None), "what waits for a review blocks nobody");
    review(&stage, ben, &seen, Verdict::Refuse("it is last year's".to_owned())).await;
    assert_eq!(held(&stage, party).await.as_deref(), Some("\"Insurance\" was refused"));
    review(&stage, ben, &seen, Verdict::Accept).await;
    assert_eq!((held(&stage, party).await, reasons(&stage, ben).await.len()), (None, 0));
}

#[tokio::test]
async fn a4_a_hold_that_somebody_else_put_on_stays() {
    let stage = Stage::open().await;
    let (_, party, insurance) = insured(&stage).await;
    let hold = "update party set held_reason = 'stall fee in dispute' where handle = 'ben'";
    in_coop(&stage.db, stage.coop.id, async |tx| tx.execute_unprepared(hold).await.unwrap()).await;
    stage.clock.advance(TimeDelta::days(400));
    assert_eq!(expire(&stage).await, 1);
    assert_eq!(held(&stage, party).await.as_deref(), Some("stall fee in dispute"));
    stage.identity.retire_requirement(&stage.ana, insurance).await.unwrap();
    assert_eq!(held(&stage, party).await.as_deref(), Some("stall fee in dispute"));
}

#[tokio::test]
async fn a4_a_requirement_that_is_wanted_no_more_blocks_nobody() {
    let stage = Stage::open().await;
    let (ben, party, insurance) = insured(&stage).await;
    stage.clock.advance(TimeDelta::days(400));
    expire(&stage).await;
    assert!(held(&stage, party).await.is_some());
    stage.identity.retire_requirement(&stage.ana, insurance).await.unwrap();
    assert_eq!((held(&stage, party).await, reasons(&stage, ben).await.len()), (None, 0));
}
