//! Leaving: nothing of anybody's is lost on the way out.

use identity::{BuiltIn, MembersAsk, MembershipStatus, NewInvitation};
use kernel::{Actor, Code, PersonId};
use sea_orm::ConnectionTrait as _;

use super::{
    people::{acting, actor, address, built_in, person, refused},
    stage::Stage,
};
use crate::world::in_coop;

/// Somebody who joined by an invitation and so has a party of their own.
async fn maker(stage: &Stage, name: &str) -> Actor {
    let id = person(&stage.db, name).await;
    rejoin(stage, id, name).await;
    actor(&stage.db, id, "harbour").await
}

async fn rejoin(stage: &Stage, id: PersonId, name: &str) {
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    stage.identity.invite(&stage.ana, NewInvitation { email: address(name), role, anyone: false }).await.unwrap();
    stage.work().await;
    stage.identity.accept_invitation(id, &stage.token_for(&address(name))).await.unwrap();
}

async fn finish(stage: &Stage) -> u64 {
    identity::finish_leaving(&stage.db.pools.orm, &[stage.coop.id], &stage.clock).await.unwrap()
}

#[tokio::test]
async fn a14_a_member_who_is_owed_nothing_leaves_at_once_and_their_history_stays() {
    let stage = Stage::open().await;
    let ben = maker(&stage, "Ben").await;
    let (id, party) = (ben.person().unwrap(), ben.party.unwrap());
    let gone = stage.identity.leave(&ben).await.unwrap();
    assert_eq!((gone.member.status, gone.open), (MembershipStatus::Left, Vec::new()));
    assert_eq!(identity::standing(&stage.db.pools.orm, id, "harbour").await.unwrap(), None);
    assert!(identity::memberships_of(&stage.db.pools.orm, id).await.unwrap().is_empty());

    let kept = stage.identity.member(&stage.ana, id).await.unwrap();
    assert_eq!((kept.status, kept.party), (MembershipStatus::Left, Some(party)), "the row stays");
    let left = MembersAsk { status: Some(MembershipStatus::Left), after: None, first: 10 };
    assert_eq!(stage.identity.members(&stage.ana, left).await.unwrap().len(), 1);
    assert_eq!(stage.identity.members(&stage.ana, MembersAsk { first: 10, ..MembersAsk::default() }).await.unwrap().len(), 1);

    rejoin(&stage, id, "Ben").await;
    assert_eq!(actor(&stage.db, id, "harbour").await.party, Some(party), "who comes back is the same party");
}

#[tokio::test]
async fn a14_a_member_who_is_owed_something_is_leaving_until_it_is_paid() {
    let stage = Stage::open().await;
    let ben = maker(&stage, "Ben").await;
    let (id, party) = (ben.person().unwrap(), ben.party.unwrap());
    in_coop(&stage.db, stage.coop.id, async |tx| {
        tx.execute_unprepared("update party set minimum_payout = 5000 where handle = 'ben'").await.unwrap();
    })
    .await;
    stage.owe(party, 731, "sale").await;

    let departure = stage.identity.leave(&ben).await.unwrap();
    assert_eq!(departure.member.status, MembershipStatus::Leaving);
    assert_eq!(departure.open.len(), 1);
    assert_eq!((departure.open[0].what.as_str(), departure.open[0].amount.minor), ("member_payable", 731));
    let standing = identity::standing(&stage.db.pools.orm, id, "harbour").await.unwrap().expect("what is theirs stays open to them");
    assert!(standing.permissions.is_empty() && standing.party == Some(party));
    let parties = in_coop(&stage.db, stage.coop.id, async |tx| identity::parties(tx, stage.coop.id).await.unwrap()).await;
    let theirs = parties.iter().find(|one| one.id == party).unwrap();
    assert_eq!(theirs.minimum_payout, 0, "the last payout is paid however little it is");

    assert_eq!(finish(&stage).await, 0);
    assert_eq!(stage.identity.leave(&ben).await.unwrap().member.status, MembershipStatus::Leaving, "again changes nothing");
    stage.owe(party, -731, "the last payout").await;
    assert_eq!(finish(&stage).await, 1);
    assert_eq!(finish(&stage).await, 0, "twice is once");
    assert_eq!(stage.identity.member(&stage.ana, id).await.unwrap().status, MembershipStatus::Left);
}

#[tokio::test]
async fn a14_a_member_is_seen_off_with_a_reason_and_cannot_be_changed_on_the_way() {
    let stage = Stage::open().await;
    let ben = maker(&stage, "Ben").await;
    let id = ben.person().unwrap();
    stage.owe(ben.party.unwrap(), 100, "sale").await;
    assert_eq!(refused(stage.identity.see_off(&stage.ana, id, "").await).0, Code::InvalidInput);
    let departure = stage.identity.see_off(&stage.ana, id, "sold other people's work").await.unwrap();
    assert_eq!(departure.member.reason.as_deref(), Some("sold other people's work"));
    assert_eq!(stage.identity.see_off(&stage.ana, id, "another reason").await.unwrap(), departure, "the first reason stays");
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Treasurer).await.id;
    for result in [
        stage.identity.change_role(&stage.ana, id, role).await,
        stage.identity.suspend_member(&stage.ana, id, "x").await,
        stage.identity.reinstate_member(&stage.ana, id).await,
    ] {
        assert_eq!(refused(result).0, Code::NotNow);
    }
    let new = NewInvitation { email: address("Ben"), role, anyone: false };
    assert_eq!(refused(stage.identity.invite(&stage.ana, new).await).0, Code::Conflict);
}

#[tokio::test]
async fn a14_the_last_admin_cannot_leave() {
    let stage = Stage::open().await;
    let (code, message) = refused(stage.identity.leave(&stage.ana).await);
    assert_eq!(code, Code::NotNow);
    assert!(message.contains("somebody else an admin"), "{message}");
    let ben = acting(&stage.db, &stage.coop, "Ben", "admin").await;
    assert_eq!(stage.identity.leave(&stage.ana).await.unwrap().member.status, MembershipStatus::Left);
    assert_eq!(refused(stage.identity.leave(&ben).await).0, Code::NotNow);
}

#[tokio::test]
async fn finishing_looks_at_the_coops_it_was_given_and_at_no_other() {
    let stage = Stage::open().await;
    let ben = maker(&stage, "Ben").await;
    stage.owe(ben.party.unwrap(), 100, "sale").await;
    stage.identity.leave(&ben).await.unwrap();
    stage.owe(ben.party.unwrap(), -100, "payout").await;
    let other = stage.stranger().await.coop;
    assert_eq!(identity::finish_leaving(&stage.db.pools.orm, &[other], &stage.clock).await.unwrap(), 0);
    assert_eq!(finish(&stage).await, 1);
}
