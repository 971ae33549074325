//! Cases about co-ops, members, roles, invitations and applications.

use std::sync::Arc;

use ::identity::{Answer, Desk, Identity, NewInvitation, NewRequirement, NewRole, RequirementKind};
use ::jobs::Handlers;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Actor, Permission, Permissions, PersonId, SessionId, Who};
use mail::Mailer;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    app::{App, Client},
    cases::{Case, Takes},
};
use crate::world::{Shop, in_coop};

/// What of Harbour the questions about people are about.
pub(super) struct Joining {
    role: String,
    other_role: String,
    member: String,
    applicant: String,
    invitation: String,
    requirement: String,
    application: String,
    submitted_at: String,
    /// The admin's own application to Quarry, which takes applications.
    own_application: String,
    /// The token of an invitation of the admin to Quarry.
    token: String,
}

/// The id of a thing, as the graph writes it.
pub(crate) fn global_id(kind: &str, key: &dyn std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}:{key}"))
}

/// Somebody who may do everything in a co-op.
pub(crate) fn actor(shop: &Shop, client: &Client) -> Actor {
    let who = Who::Person { person: client.person.expect("somebody"), session: SessionId(Uuid::nil()), factor_at: None };
    Actor { coop: shop.coop.id, who, party: None, permissions: Permissions::all() }
}

fn profile(name: &str) -> NewRequirement {
    NewRequirement {
        kind: RequirementKind::Profile,
        name: name.to_owned(),
        description: "Who are you?".to_owned(),
        needed: false,
        minimum: None,
        expires_after_days: None,
    }
}

impl Joining {
    /// Fills both co-ops with what there is to ask about.
    pub(super) async fn of(app: &App) -> Self {
        let identity = Identity::new(app.db.pools.orm.clone(), app.clock.clone());
        let (here, there) = (actor(&app.harbour, &app.admin), actor(&app.quarry, &app.neighbour));
        let permissions = [Permission::SalesRead].into_iter().collect();
        let role = identity.create_role(&here, NewRole { name: "watcher".to_owned(), permissions }).await.expect("a role is made");
        let idle = NewRole { name: "idle".to_owned(), permissions };
        let other_role = identity.create_role(&here, idle).await.expect("a role is made");
        let open = ::identity::CoopChange { takes_applications: Some(true), ..Default::default() };
        for admin in [&here, &there] {
            identity.update_coop(admin, open.clone()).await.expect("the door opens");
        }
        let requirement = identity.create_requirement(&here, profile("Who you are")).await.expect("it is wanted");
        let applicant = in_coop(&app.db, app.harbour.coop.id, async |tx| {
            ::identity::add_person(tx, PersonId(Uuid::now_v7()), "Pia", "pia@example.org").await.expect("a person is added")
        })
        .await;
        let application = identity.apply(applicant, "harbour", "Let me in").await.expect("an application is made");
        let text = Answer::Profile("I bind books.".to_owned());
        let seen = identity.submit((applicant, app.harbour.coop.id), requirement.id, text, &app.storage).await.expect("it is submitted");
        let ada = app.admin.person.expect("somebody");
        let own = identity.apply(ada, "quarry", "Me too").await.expect("an application is made");
        let invite = async |by: &Actor, email: &str, role| {
            let new = NewInvitation { email: email.to_owned(), role, anyone: false };
            identity.invite(by, new).await.expect("somebody is invited")
        };
        let invitation = invite(&here, "new@example.org", role.id).await;
        let theirs = identity.roles(&there).await.expect("Quarry has roles").pop().expect("and one that is last");
        invite(&there, "ada@example.org", theirs.id).await;
        let id = global_id;
        Self {
            role: id("Role", &role.id),
            other_role: id("Role", &other_role.id),
            member: id("Member", &app.member.person.expect("somebody")),
            applicant: id("Member", &applicant),
            invitation: id("Invitation", &invitation.id),
            requirement: id("Requirement", &requirement.id),
            application: id("Application", &application.id),
            submitted_at: seen.submitted_at.expect("just now").to_rfc3339(),
            own_application: id("Application", &own.id),
            token: token(app, "ada@example.org").await,
        }
    }
}

/// Has the letters written, and reads the token in the one to that address.
pub(super) async fn token(app: &App, address: &str) -> String {
    let folder = TempDir::new().expect("a folder");
    let mailer = Mailer::from_url(&format!("maildir://{}", folder.path().display()), "house@example.org".parse().expect("an address"));
    let identity = Identity::new(app.db.pools.orm.clone(), app.clock.clone());
    let desk = Desk::new(identity, Arc::clone(&app.storage), mailer.expect("a way out"), "https://guildhall.example");
    let worker = ::jobs::Worker::new(app.db.pools.sqlx.clone(), desk.register(Handlers::new()), app.clock.clone());
    worker.run_until_empty().await.expect("letters are written");
    let letters = std::fs::read_dir(folder.path().join("new")).expect("there are letters");
    let texts = letters.map(|letter| std::fs::read_to_string(letter.expect("a letter").path()).expect("it can be read"));
    let to = format!("To: {address}");
    let letter = texts.map(|text| text.replace("\r\n", "\n").replace("=\n", "")).find(|text| text.contains(&to));
    let letter = letter.expect("they have a letter");
    let (_, rest) = letter.split_once("/join#").expect("the letter has a link");
    rest.split_whitespace().next().expect("the link ends").to_owned()
}

/// Every case; those that end something come last.
#[expect(clippy::too_many_lines, reason = "a table: a row for each root field")]
pub(super) fn cases(ids: &Joining) -> Vec<Case> {
    use Takes::{Member, Permission, Person};
    let case = |field, takes, ask, variables| Case { field, takes, ask, variables };
    vec![
        case("myCoOps", Person, "{ myCoOps { coOp { slug } roleName permissions status } }", json!({})),
        case("openDoor", Person, "{ openDoor(coOp: \"quarry\") { coOp requirements { name } } }", json!({})),
        case("myApplications", Person, "{ myApplications { id coOp status } }", json!({})),
        case("myChecklist", Person, "{ myChecklist(coOp: \"harbour\") { status requirement { name } reviewer { name } } }", json!({})),
        case("coOpExports", Permission, "{ coOpExports { id rows } }", json!({})),
        case(
            "members",
            Permission,
            "{ members { nodes { id name email status role { name } party { name } blockedBecause } } }",
            json!({}),
        ),
        case("member", Permission, "query ($id: ID!) { member(id: $id) { id name } }", json!({"id": ids.member})),
        case("roles", Permission, "{ roles { id name permissions builtIn } }", json!({})),
        case("invitations", Permission, "{ invitations { nodes { id email status invitedBy { name } } } }", json!({})),
        case("requirements", Permission, "{ requirements { id name kind } }", json!({})),
        case("applications", Permission, "{ applications { nodes { id name checklist { status text } } } }", json!({})),
        case("application", Permission, "query ($id: ID!) { application(id: $id) { id name } }", json!({"id": ids.application})),
        case("checklist", Permission, "query ($id: ID!) { checklist(person: $id) { status text } }", json!({"id": ids.applicant})),
        case(
            "foundCoOp",
            Person,
            "mutation { foundCoOp(input: {name: \"Walk\", slug: \"walk\", country: \"NL\", currency: \"EUR\", timeZone: \"Europe/Amsterdam\"}) { coOp { slug } problems { code } } }",
            json!({}),
        ),
        case("apply", Person, "mutation { apply(coOp: \"quarry\", message: \"walk\") { application problems { code } } }", json!({})),
        case(
            "withdrawApplication",
            Person,
            "mutation ($id: ID!) { withdrawApplication(id: $id) { application { id } problems { code } } }",
            json!({"id": ids.own_application}),
        ),
        case(
            "acceptInvitation",
            Person,
            "mutation ($token: String!) { acceptInvitation(token: $token) { coOp { slug } problems { code } } }",
            json!({"token": ids.token}),
        ),
        case(
            "submitRequirement",
            Person,
            "mutation ($id: ID!) { submitRequirement(coOp: \"harbour\", requirement: $id, input: {profile: \"I am Ada.\"}) { checked { status } problems { code } } }",
            json!({"id": ids.requirement}),
        ),
        case(
            "reviewRequirement",
            Permission,
            "mutation ($input: ReviewInput!) { reviewRequirement(input: $input) { checked { status } problems { code } } }",
            json!({"input": {"person": ids.applicant, "requirement": ids.requirement, "submittedAt": ids.submitted_at, "verdict": "ACCEPT"}}),
        ),
        case(
            "createRequirement",
            Permission,
            "mutation { createRequirement(input: {kind: DOCUMENT, name: \"Walk\", description: \"\", needed: false}) { requirement { id } problems { code } } }",
            json!({}),
        ),
        case(
            "updateRequirement",
            Permission,
            "mutation ($id: ID!) { updateRequirement(id: $id, input: {kind: PROFILE, name: \"Who\", description: \"\", needed: false}) { requirement { id } problems { code } } }",
            json!({"id": ids.requirement}),
        ),
        case(
            "admit",
            Permission,
            "mutation ($id: ID!, $role: ID!) { admit(application: $id, role: $role) { member { id } problems { code } } }",
            json!({"id": ids.application, "role": ids.role}),
        ),
        case(
            "refuseApplication",
            Permission,
            "mutation ($id: ID!) { refuseApplication(application: $id, reason: \"walk\") { application { id } problems { code } } }",
            json!({"id": ids.application}),
        ),
        case(
            "retireRequirement",
            Permission,
            "mutation ($id: ID!) { retireRequirement(id: $id) { retired problems { code } } }",
            json!({"id": ids.requirement}),
        ),
        case(
            "invite",
            Permission,
            "mutation ($role: ID!) { invite(input: {email: \"walk@example.org\", role: $role}) { invitation { id } problems { code } } }",
            json!({"role": ids.role}),
        ),
        case(
            "resendInvitation",
            Permission,
            "mutation ($id: ID!) { resendInvitation(id: $id) { invitation { id } problems { code } } }",
            json!({"id": ids.invitation}),
        ),
        case(
            "revokeInvitation",
            Permission,
            "mutation ($id: ID!) { revokeInvitation(id: $id) { invitation { id } problems { code } } }",
            json!({"id": ids.invitation}),
        ),
        case(
            "createRole",
            Permission,
            "mutation { createRole(input: {name: \"walker\", permissions: [\"sales.read\"]}) { role { id } problems { code } } }",
            json!({}),
        ),
        case(
            "updateRole",
            Permission,
            "mutation ($id: ID!) { updateRole(id: $id, input: {name: \"watch\", permissions: [\"sales.read\"]}) { role { id } problems { code } } }",
            json!({"id": ids.role}),
        ),
        case(
            "deleteRole",
            Permission,
            "mutation ($id: ID!) { deleteRole(id: $id) { deleted problems { code } } }",
            json!({"id": ids.other_role}),
        ),
        case(
            "changeRole",
            Permission,
            "mutation ($id: ID!, $role: ID!) { changeRole(member: $id, role: $role) { member { id } problems { code } } }",
            json!({"id": ids.member, "role": ids.role}),
        ),
        case(
            "suspendMember",
            Permission,
            "mutation ($id: ID!) { suspendMember(member: $id, reason: \"walk\") { member { id } problems { code } } }",
            json!({"id": ids.member}),
        ),
        case(
            "reinstateMember",
            Permission,
            "mutation ($id: ID!) { reinstateMember(member: $id) { member { id } problems { code } } }",
            json!({"id": ids.member}),
        ),
        case(
            "seeOffMember",
            Permission,
            "mutation ($id: ID!) { seeOffMember(member: $id, reason: \"walk\") { departure { member { id } open { what } } problems { code } } }",
            json!({"id": ids.member}),
        ),
        case("updateCoOp", Permission, "mutation { updateCoOp(input: {name: \"Walked\"}) { coOp { name } problems { code } } }", json!({})),
        case("exportCoOp", Permission, "mutation { exportCoOp { export { id } problems { code } } }", json!({})),
        case("leaveCoOp", Member, "mutation { leaveCoOp { departure { member { id } } problems { code } } }", json!({})),
        case("closeCoOp", Permission, "mutation { closeCoOp { coOp { status } problems { code } } }", json!({})),
        case("suspendCoOp", Permission, "mutation { suspendCoOp(reason: \"walk\") { coOp { status } problems { code } } }", json!({})),
        case("reinstateCoOp", Permission, "mutation { reinstateCoOp { coOp { status } problems { code } } }", json!({})),
    ]
}
