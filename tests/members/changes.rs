//! What becomes of members: other roles, suspension, and back.

use identity::{BuiltIn, MembersAsk, MembershipStatus};
use kernel::{Code, PersonId};
use uuid::Uuid;

use super::{
    people::{NO_ROLE, acting, actor, built_in, member, refused},
    stage::Stage,
};

#[tokio::test]
async fn a_member_gets_another_role_and_has_it_at_once() {
    let stage = Stage::open().await;
    let ben = member(&stage.db, stage.coop.id, "Ben", "member").await;
    let treasurer = built_in(&stage.identity, &stage.ana, BuiltIn::Treasurer).await;
    let changed = stage.identity.change_role(&stage.ana, ben, treasurer.id).await.unwrap();
    assert_eq!(changed.role, treasurer);
    assert_eq!(actor(&stage.db, ben, "harbour").await.permissions, treasurer.permissions);
    assert_eq!(stage.identity.change_role(&stage.ana, ben, treasurer.id).await.unwrap().role, treasurer, "twice is once");
    assert_eq!(refused(stage.identity.change_role(&stage.ana, ben, NO_ROLE).await).0, Code::NotFound);
    assert_eq!(refused(stage.identity.change_role(&stage.ana, PersonId(Uuid::now_v7()), treasurer.id).await).0, Code::NotFound);
}

#[tokio::test]
async fn a_suspended_member_has_no_standing_until_they_are_reinstated() {
    let stage = Stage::open().await;
    let ben = member(&stage.db, stage.coop.id, "Ben", "treasurer").await;
    let suspended = stage.identity.suspend_member(&stage.ana, ben, " missing cash ").await.unwrap();
    assert_eq!((suspended.status, suspended.reason.as_deref()), (MembershipStatus::Suspended, Some("missing cash")));
    assert_eq!(identity::standing(&stage.db.pools.orm, ben, "harbour").await.unwrap(), None);
    let shown = identity::memberships_of(&stage.db.pools.orm, ben).await.unwrap();
    assert_eq!((shown[0].status, shown[0].reason.as_deref()), (MembershipStatus::Suspended, Some("missing cash")), "they may know why");
    assert!(shown[0].permissions.is_empty());
    let again = stage.identity.suspend_member(&stage.ana, ben, "another reason").await.unwrap();
    assert_eq!(again.reason.as_deref(), Some("missing cash"));

    let back = stage.identity.reinstate_member(&stage.ana, ben).await.unwrap();
    assert_eq!((back.status, back.reason), (MembershipStatus::Active, None));
    assert!(identity::standing(&stage.db.pools.orm, ben, "harbour").await.unwrap().is_some());
    stage.identity.reinstate_member(&stage.ana, ben).await.unwrap();
    assert_eq!(refused(stage.identity.suspend_member(&stage.ana, ben, "  ").await).0, Code::InvalidInput);
}

#[tokio::test]
async fn the_last_admin_stays_also_when_two_admins_go_at_the_same_moment() {
    let stage = Stage::open().await;
    let ana = stage.ana.person().unwrap();
    let lesser = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    assert_eq!(refused(stage.identity.change_role(&stage.ana, ana, lesser).await).0, Code::NotNow);
    assert_eq!(refused(stage.identity.suspend_member(&stage.ana, ana, "me").await).0, Code::Forbidden);
    for round in 0..5 {
        let ben = acting(&stage.db, &stage.coop, &format!("Ben{round}"), "admin").await;
        let away = ben.person().unwrap();
        let (first, second) =
            tokio::join!(stage.identity.change_role(&ben, ana, lesser), stage.identity.change_role(&stage.ana, away, lesser));
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "one of the two stays an admin: {first:?} {second:?}");
        if first.is_ok() {
            let admin = built_in(&stage.identity, &ben, BuiltIn::Admin).await.id;
            stage.identity.change_role(&ben, ana, admin).await.unwrap();
            stage.identity.change_role(&stage.ana, away, lesser).await.unwrap();
        } else {
            assert_eq!(refused(first).0, Code::NotNow);
        }
    }
}

#[tokio::test]
async fn nobody_changes_a_member_who_may_do_more() {
    let stage = Stage::open().await;
    let manage = identity::NewRole {
        name: "steward".to_owned(),
        // All that a member may, and more
        permissions: BuiltIn::Member
            .permissions()
            .iter()
            .chain([kernel::Permission::MembersManage, kernel::Permission::MembersRead])
            .collect(),
    };
    stage.identity.create_role(&stage.ana, manage).await.unwrap();
    let steward = acting(&stage.db, &stage.coop, "Sven", "steward").await;
    let treasurer = member(&stage.db, stage.coop.id, "Tess", "treasurer").await;
    let plain = member(&stage.db, stage.coop.id, "Mia", "member").await;
    assert_eq!(refused(stage.identity.suspend_member(&steward, treasurer, "why not").await).0, Code::Forbidden);
    assert_eq!(refused(stage.identity.see_off(&steward, stage.ana.person().unwrap(), "coup").await).0, Code::Forbidden);
    let promoted = built_in(&stage.identity, &stage.ana, BuiltIn::Treasurer).await.id;
    assert_eq!(refused(stage.identity.change_role(&steward, plain, promoted).await).0, Code::Forbidden);
    stage.identity.suspend_member(&steward, plain, "late with everything").await.unwrap();
}

#[tokio::test]
async fn members_are_listed_page_by_page_and_only_the_coops_own() {
    let stage = Stage::open().await;
    let eve = stage.stranger().await;
    let mut expected = vec![stage.ana.person().unwrap()];
    for number in 0..6 {
        expected.push(member(&stage.db, stage.coop.id, &format!("m{number}"), "member").await);
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = stage.identity.members(&stage.ana, MembersAsk { after, first: 3, status: None }).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.person);
        seen.extend(page.into_iter().map(|member| member.person));
    }
    assert_eq!(seen, expected);
    stage.identity.suspend_member(&stage.ana, expected[1], "x").await.unwrap();
    let suspended = MembersAsk { status: Some(MembershipStatus::Suspended), after: None, first: 10 };
    assert_eq!(stage.identity.members(&stage.ana, suspended).await.unwrap().len(), 1);

    assert_eq!(stage.identity.members(&eve, MembersAsk { first: 100, ..MembersAsk::default() }).await.unwrap().len(), 1, "herself");
    assert_eq!(refused(stage.identity.member(&eve, expected[2]).await).0, Code::NotFound);
    assert!(stage.identity.members_by_id(&eve, &expected).await.unwrap().is_empty());
    assert_eq!(stage.identity.members_by_id(&stage.ana, &expected).await.unwrap().len(), 7);
    for result in [
        stage.identity.suspend_member(&eve, expected[2], "x").await.map(|_| ()),
        stage.identity.reinstate_member(&eve, expected[2]).await.map(|_| ()),
        stage.identity.see_off(&eve, expected[2], "x").await.map(|_| ()),
    ] {
        assert_eq!(refused(result).0, Code::NotFound);
    }
}

#[tokio::test]
async fn changing_members_takes_the_permission() {
    let stage = Stage::open().await;
    let mia = acting(&stage.db, &stage.coop, "Mia", "member").await;
    let (own, ben) = (mia.person().unwrap(), member(&stage.db, stage.coop.id, "Ben", "member").await);
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    for result in [
        stage.identity.members(&mia, MembersAsk { first: 1, ..MembersAsk::default() }).await.map(|_| ()),
        stage.identity.members_by_id(&mia, &[ben]).await.map(|_| ()),
        stage.identity.member(&mia, ben).await.map(|_| ()),
        stage.identity.change_role(&mia, ben, role).await.map(|_| ()),
        stage.identity.suspend_member(&mia, ben, "x").await.map(|_| ()),
        stage.identity.reinstate_member(&mia, ben).await.map(|_| ()),
        stage.identity.see_off(&mia, ben, "x").await.map(|_| ()),
    ] {
        assert_eq!(refused(result).0, Code::Forbidden);
    }
    assert_eq!(stage.identity.member(&mia, own).await.unwrap().name, "Mia", "everybody may look at themselves");
}
