//! Roles are a co-op's own, made of named permissions.

use identity::{BuiltIn, MAX_ROLES, NewRole};
use kernel::{Code, Permission, Permissions};
use test_support::TestDb;

use super::people::{NO_ROLE, acting, actor, built_in, identity, member, refused};
use crate::world::coop_with_makers;

fn new(name: &str, permissions: &[Permission]) -> NewRole {
    NewRole { name: name.to_owned(), permissions: permissions.iter().copied().collect() }
}

#[tokio::test]
async fn a5_an_admin_defines_roles_from_named_permissions() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);

    let first: Vec<_> = identity.roles(&ana).await.unwrap().into_iter().map(|role| (role.name, role.permissions)).collect();
    assert_eq!(first, BuiltIn::ALL.map(|role| (role.name().to_owned(), role.permissions())));
    let made = identity.create_role(&ana, new(" Bookkeeper ", &[Permission::PayoutsDraft, Permission::LedgerRead])).await.unwrap();
    assert_eq!(made.name, "Bookkeeper");
    let ben = member(&db, coop.id, "Ben", "bookkeeper").await;
    let may = actor(&db, ben, "harbour").await.permissions;
    assert_eq!(may, [Permission::PayoutsDraft, Permission::LedgerRead].into_iter().collect());

    let changed = identity.update_role(&ana, made.id, new("Bookkeeper", &[Permission::LedgerRead])).await.unwrap();
    assert_eq!(changed.permissions.iter().count(), 1);
    assert_eq!(actor(&db, ben, "harbour").await.permissions, changed.permissions, "its members have them at once");
}

#[tokio::test]
async fn a11_who_may_draft_a_payout_is_not_thereby_one_who_may_approve_it() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);
    identity.create_role(&ana, new("drafter", &[Permission::PayoutsDraft])).await.unwrap();
    identity.create_role(&ana, new("approver", &[Permission::PayoutsApprove])).await.unwrap();
    let (ben, cleo) = (acting(&db, &coop, "Ben", "drafter").await, acting(&db, &coop, "Cleo", "approver").await);
    assert!(ben.require(Permission::PayoutsDraft).is_ok() && cleo.require(Permission::PayoutsApprove).is_ok());
    let refusal = ben.require(Permission::PayoutsApprove).unwrap_err();
    assert_eq!(refusal.code, Code::Forbidden);
    assert!(refusal.message.contains("payouts.approve"), "{refusal}");
    assert!(cleo.require(Permission::PayoutsDraft).is_err());
}

#[tokio::test]
async fn nobody_gives_a_permission_that_they_lack() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);
    let clerk = identity.create_role(&ana, new("clerk", &[Permission::RolesManage, Permission::MembersRead])).await.unwrap();
    let ben = acting(&db, &coop, "Ben", "clerk").await;

    let (code, message) = refused(identity.create_role(&ben, new("mine", &[Permission::PayoutsApprove, Permission::MembersRead])).await);
    assert_eq!(code, Code::Forbidden);
    assert!(message.contains("payouts.approve") && !message.contains("members.read"), "{message}");
    let own = NewRole { name: "clerk".to_owned(), permissions: Permissions::all() };
    assert_eq!(refused(identity.update_role(&ben, clerk.id, own).await).0, Code::Forbidden);
    let treasurer = built_in(&identity, &ana, BuiltIn::Treasurer).await;
    let weaker = new("treasurer", &[Permission::MembersRead]);
    assert_eq!(refused(identity.update_role(&ben, treasurer.id, weaker).await).0, Code::Forbidden, "nor takes it away from others");
    identity.create_role(&ben, new("reader", &[Permission::MembersRead])).await.unwrap();
}

#[tokio::test]
async fn the_admins_role_stays_and_the_first_roles_are_not_deleted() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);
    let admin = built_in(&identity, &ana, BuiltIn::Admin).await;
    assert_eq!(refused(identity.update_role(&ana, admin.id, new("admin", &[])).await).0, Code::NotNow);
    assert_eq!(refused(identity.delete_role(&ana, admin.id).await).0, Code::NotNow);
    let treasurer = built_in(&identity, &ana, BuiltIn::Treasurer).await;
    assert_eq!(refused(identity.delete_role(&ana, treasurer.id).await).0, Code::NotNow);
    identity.update_role(&ana, treasurer.id, new("Kassier", &[Permission::LedgerRead])).await.unwrap();
    let ben = acting(&db, &coop, "Ben", "treasurer").await;
    assert!(ben.require(Permission::LedgerRead).is_ok(), "the house still finds it by its first name");
}

#[tokio::test]
async fn a_role_that_somebody_has_is_not_deleted_and_one_deleted_twice_is_not_found() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);
    let clerk = identity.create_role(&ana, new("clerk", &[Permission::SalesRead])).await.unwrap();
    let idle = identity.create_role(&ana, new("idle", &[])).await.unwrap();
    member(&db, coop.id, "Ben", "clerk").await;
    assert_eq!(refused(identity.delete_role(&ana, clerk.id).await).0, Code::NotNow);
    identity.delete_role(&ana, idle.id).await.unwrap();
    assert_eq!(refused(identity.delete_role(&ana, idle.id).await).0, Code::NotFound);
    assert_eq!(refused(identity.create_role(&ana, new("CLERK", &[])).await).0, Code::Conflict);
    assert_eq!(refused(identity.create_role(&ana, new("  ", &[])).await).0, Code::InvalidInput);
}

#[tokio::test]
async fn a_coop_has_only_so_many_roles() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);
    for number in 4..MAX_ROLES {
        identity.create_role(&ana, new(&format!("role {number}"), &[])).await.unwrap();
    }
    assert_eq!(refused(identity.create_role(&ana, new("one more", &[])).await).0, Code::NotNow);
}

#[tokio::test]
async fn roles_take_the_permission_and_another_coops_role_is_not_found() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 0).await;
    let (other, _) = coop_with_makers(&db, "quarry", 0).await;
    let (identity, ana) = (identity(&db), acting(&db, &coop, "Ana", "admin").await);
    let eve = acting(&db, &other, "Eve", "admin").await;
    let mia = acting(&db, &coop, "Mia", "member").await;
    let clerk = identity.create_role(&ana, new("clerk", &[])).await.unwrap();

    for result in [
        identity.roles(&mia).await.map(|_| ()),
        identity.create_role(&mia, new("x", &[])).await.map(|_| ()),
        identity.update_role(&mia, clerk.id, new("x", &[])).await.map(|_| ()),
        identity.delete_role(&mia, clerk.id).await,
    ] {
        assert_eq!(refused(result).0, Code::Forbidden);
    }
    for unknown in [clerk.id, NO_ROLE] {
        assert_eq!(refused(identity.update_role(&eve, unknown, new("x", &[])).await).0, Code::NotFound);
        assert_eq!(refused(identity.delete_role(&eve, unknown).await).0, Code::NotFound);
    }
    assert!(identity.roles(&eve).await.unwrap().iter().all(|role| role.id != clerk.id));
}
