//! Invitations: a letter that makes its reader a member, once.

use chrono::TimeDelta;
use identity::{
    BuiltIn, INVITATION_LASTS, Invitation, InvitationStatus, MAX_LETTERS, MAX_OPEN_INVITATIONS, MembershipStatus, NewInvitation,
};
use kernel::{Code, Permission};
use test_support::TestDb;

use super::{
    people::{acting, address, built_in, person, refused},
    stage::Stage,
};

async fn invite(stage: &Stage, name: &str) -> Invitation {
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    let new = NewInvitation { email: address(name), role, anyone: false };
    stage.identity.invite(&stage.ana, new).await.unwrap()
}

#[tokio::test]
async fn a3_an_invitation_is_mailed_and_accepted_once_only() {
    let stage = Stage::open().await;
    let (ben, eve) = (person(&stage.db, "Ben").await, person(&stage.db, "Eve").await);
    let invitation = invite(&stage, "Ben").await;
    stage.work().await;
    let letters = stage.letters();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].contains("Ana invites you to Harbour Makers, as member."), "{}", letters[0]);
    assert!(letters[0].contains("open until 2026-11-24"), "{}", letters[0]);

    let token = stage.token_for("ben@example.org");
    assert_eq!(refused(stage.identity.accept_invitation(eve, &token).await).0, Code::NotFound, "it was mailed to somebody else");
    let joined = stage.identity.accept_invitation(ben, &token).await.unwrap();
    assert_eq!((joined.member.status, joined.member.role.built_in), (MembershipStatus::Active, Some(BuiltIn::Member)));
    assert!(joined.member.party.is_some(), "a member is paid as a party of their own");
    assert_eq!(stage.identity.accept_invitation(ben, &token).await.unwrap(), joined, "the same person again: the same answer");
    assert_eq!(refused(stage.identity.accept_invitation(eve, &token).await).0, Code::NotFound);

    let listed = stage.identity.invitations(&stage.ana, None, 10).await.unwrap();
    assert_eq!((listed.len(), listed[0].id, listed[0].accepted_by), (1, invitation.id, Some(ben)));
    assert_eq!(listed[0].status, InvitationStatus::Accepted);
    assert_eq!(refused(stage.identity.resend_invitation(&stage.ana, invitation.id).await).0, Code::Conflict);
    assert_eq!(refused(stage.identity.revoke_invitation(&stage.ana, invitation.id).await).0, Code::Conflict);
}

#[tokio::test]
async fn a3_an_invitation_expires_and_another_letter_makes_the_last_one_void() {
    let stage = Stage::open().await;
    let ben = person(&stage.db, "Ben").await;
    let invitation = invite(&stage, "Ben").await;
    stage.work().await;
    let first = stage.token_for("ben@example.org");
    stage.clock.advance(INVITATION_LASTS);
    let (code, message) = refused(stage.identity.accept_invitation(ben, &first).await);
    assert_eq!(code, Code::NotNow);
    assert!(message.contains("another letter"), "{message}");
    assert_eq!(stage.identity.invitations(&stage.ana, None, 10).await.unwrap()[0].status, InvitationStatus::Expired);

    let again = stage.identity.resend_invitation(&stage.ana, invitation.id).await.unwrap();
    assert_eq!((again.status, again.letters), (InvitationStatus::Open, 2));
    assert_eq!(refused(stage.identity.accept_invitation(ben, &first).await).0, Code::NotFound, "the old letter is dead at once");
    stage.work().await;
    let second = stage.token_for("ben@example.org");
    assert_ne!(first, second);
    assert_eq!(refused(stage.identity.accept_invitation(ben, &first).await).0, Code::NotFound);
    stage.identity.accept_invitation(ben, &second).await.unwrap();
}

#[tokio::test]
async fn a3_a_revoked_invitation_opens_nothing_and_its_letter_is_not_written() {
    let stage = Stage::open().await;
    let (ben, cleo) = (person(&stage.db, "Ben").await, invite(&stage, "Cleo").await);
    let invitation = invite(&stage, "Ben").await;
    stage.identity.revoke_invitation(&stage.ana, cleo.id).await.unwrap();
    stage.work().await;
    assert_eq!(stage.letters().len(), 1, "nobody writes to Cleo any more");
    let token = stage.token_for("ben@example.org");
    let revoked = stage.identity.revoke_invitation(&stage.ana, invitation.id).await.unwrap();
    assert_eq!(stage.identity.revoke_invitation(&stage.ana, invitation.id).await.unwrap(), revoked, "twice is once");
    assert_eq!(refused(stage.identity.accept_invitation(ben, &token).await).0, Code::NotFound);
    invite(&stage, "Ben").await;
}

#[tokio::test]
async fn whoever_has_the_letter_of_an_invitation_for_anyone_may_accept_it() {
    let stage = Stage::open().await;
    let eve = person(&stage.db, "Eve").await;
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Organiser).await.id;
    stage.identity.invite(&stage.ana, NewInvitation { email: address("Ben"), role, anyone: true }).await.unwrap();
    stage.work().await;
    let joined = stage.identity.accept_invitation(eve, &stage.token_for("ben@example.org")).await.unwrap();
    assert_eq!(joined.member.person, eve);
}

#[tokio::test]
async fn an_address_has_one_open_invitation_and_a_member_gets_none() {
    let stage = Stage::open().await;
    let role = built_in(&stage.identity, &stage.ana, BuiltIn::Member).await.id;
    let to = |email: &str| NewInvitation { email: email.to_owned(), role, anyone: false };
    invite(&stage, "Ben").await;
    assert_eq!(refused(stage.identity.invite(&stage.ana, to("BEN@example.org")).await).0, Code::Conflict);
    assert_eq!(refused(stage.identity.invite(&stage.ana, to("ana@example.org")).await).0, Code::Conflict);
    for wrong in ["", "ben", "ben@", "Ben <ben@example.org>"] {
        assert_eq!(refused(stage.identity.invite(&stage.ana, to(wrong)).await).0, Code::InvalidInput, "{wrong:?}");
    }
    stage.clock.advance(INVITATION_LASTS + TimeDelta::seconds(1));
    invite(&stage, "Ben").await;
}

#[tokio::test]
async fn nobody_invites_into_a_role_that_holds_more_than_they_do() {
    let stage = Stage::open().await;
    let organiser = acting(&stage.db, &stage.coop, "Olga", "organiser").await;
    let admin = built_in(&stage.identity, &stage.ana, BuiltIn::Admin).await.id;
    let new = NewInvitation { email: address("Ben"), role: admin, anyone: false };
    assert_eq!(refused(stage.identity.invite(&organiser, new).await).0, Code::Forbidden);
    let own =
        NewInvitation { email: address("Ben"), role: built_in(&stage.identity, &organiser, BuiltIn::Organiser).await.id, anyone: false };
    stage.identity.invite(&organiser, own).await.unwrap();
    let person = organiser.person().unwrap();
    stage.identity.suspend_member(&stage.ana, person, "under review").await.unwrap();
    let open = stage.identity.invitations(&stage.ana, None, 10).await.unwrap();
    assert_eq!(open[0].status, InvitationStatus::Revoked, "what they promised does not outlast their own role");
}

#[tokio::test]
async fn invitations_take_the_permission_and_another_coops_are_not_found() {
    let stage = Stage::open().await;
    let invitation = invite(&stage, "Ben").await;
    let mia = acting(&stage.db, &stage.coop, "Mia", "member").await;
    assert!(mia.require(Permission::MembersInvite).is_err());
    let new = NewInvitation { email: address("Cleo"), role: invitation.role, anyone: false };
    assert_eq!(refused(stage.identity.invite(&mia, new.clone()).await).0, Code::Forbidden);
    assert_eq!(refused(stage.identity.invitations(&mia, None, 10).await).0, Code::Forbidden);
    assert_eq!(refused(stage.identity.resend_invitation(&mia, invitation.id).await).0, Code::Forbidden);
    assert_eq!(refused(stage.identity.revoke_invitation(&mia, invitation.id).await).0, Code::Forbidden);
    let eve = stage.stranger().await;
    assert_eq!(refused(stage.identity.invite(&eve, new).await).0, Code::NotFound, "the role is another co-op's");
    assert_eq!(refused(stage.identity.resend_invitation(&eve, invitation.id).await).0, Code::NotFound);
    assert_eq!(refused(stage.identity.revoke_invitation(&eve, invitation.id).await).0, Code::NotFound);
    assert!(stage.identity.invitations(&eve, None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn there_are_only_so_many_letters_and_so_many_invitations() {
    let stage = Stage::open().await;
    let invitation = invite(&stage, "Ben").await;
    for _ in 1..MAX_LETTERS {
        stage.identity.resend_invitation(&stage.ana, invitation.id).await.unwrap();
    }
    assert_eq!(refused(stage.identity.resend_invitation(&stage.ana, invitation.id).await).0, Code::NotNow);
    for number in 1..MAX_OPEN_INVITATIONS {
        invite(&stage, &format!("maker-{number}")).await;
    }
    let new = NewInvitation { email: address("late"), role: invitation.role, anyone: false };
    assert_eq!(refused(stage.identity.invite(&stage.ana, new).await).0, Code::NotNow);
    let page = stage.identity.invitations(&stage.ana, None, 50).await.unwrap();
    let next = stage.identity.invitations(&stage.ana, Some(page[49].id), 50).await.unwrap();
    assert!(page.iter().all(|one| one.id > next[0].id), "newest first, none twice");
}

#[tokio::test]
async fn the_token_stands_in_no_row() {
    let stage = Stage::open().await;
    invite(&stage, "Ben").await;
    stage.work().await;
    let letter = stage.letters().remove(0);
    let token = letter.split_once("/join#").unwrap().1.split_whitespace().next().unwrap();
    let found = rows_with(&stage.db, token).await;
    assert_eq!(found, 0, "neither the invitation, nor its job, nor the audit holds it");
}

async fn rows_with(db: &TestDb, text: &str) -> i64 {
    let owner = db.owner().await;
    let mut found = 0;
    for table in ["invitation", "audit_entry", "jobs.job"] {
        let sql = format!("select count(*) from {table} as held where held::text like '%' || $1 || '%'");
        found += sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(sql)).bind(text).fetch_one(&owner).await.unwrap();
    }
    found
}
