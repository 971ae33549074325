//! Founding, switching, joining and leaving, asked over HTTP.

use ::identity::{Identity, NewParty, PartyKind};
use ::ledger::{Account, AccountKind};
use ::orders::TermsId;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::PersonId;
use serde_json::json;
use sqlx::Row as _;

use super::{
    app::{App, Client},
    joining::{actor, global_id, token},
};
use crate::world::{Shop, in_coop, november};

const FOUND: &str = "mutation ($input: FoundCoOpInput!) { foundCoOp(input: $input) { coOp { slug status country timeZone } problems { code message path } } }";

/// The same person with another co-op in the header.
fn in_co_op(client: &Client, slug: Option<&str>) -> Client {
    Client { coop: slug.map(str::to_owned), ..client.clone() }
}

#[tokio::test]
async fn a16_a_coop_is_founded_in_one_mutation_and_sells_at_once() {
    let app = App::open().await;
    let ada = in_co_op(&app.admin, None);
    let input = json!({"name": "Walled Garden", "slug": "garden", "country": "nl", "currency": "EUR", "timeZone": "Europe/Amsterdam", "coOpShare": "12.5 %"});
    let founded = ada.ask(FOUND, json!({"input": input})).await.data();
    assert_eq!(founded["foundCoOp"]["coOp"], json!({"slug": "garden", "status": "OPEN", "country": "NL", "timeZone": "Europe/Amsterdam"}));
    let twice = ada.ask(FOUND, json!({"input": input})).await;
    assert_eq!(twice.codes(), ["CONFLICT"]);
    assert!(twice.body.contains("\\\"garden-2\\\" is free"), "{}", twice.body);

    let here = in_co_op(&ada, Some("garden"));
    let viewer = here.ask("{ viewer { permissions party { handle } coOp { name } } roles { name } }", json!({})).await.data();
    assert_eq!(viewer["viewer"]["party"]["handle"], "ada");
    assert_eq!(viewer["viewer"]["permissions"].as_array().unwrap().len(), kernel::Permission::ALL.len());
    assert_eq!(viewer["roles"].as_array().unwrap().len(), 4);
    let coop = ::identity::find_coop(&app.db.pools.orm, "garden").await.unwrap();
    let owner = app.db.owner().await;
    let terms: i64 = sqlx::query("select terms_id from terms where coop_id = $1").bind(coop.id.0).fetch_one(&owner).await.unwrap().get(0);
    let party = |kind, handle: &str| NewParty {
        kind,
        handle: handle.to_owned(),
        name: handle.to_owned(),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    };
    let new =
        vec![party(PartyKind::Member, "a"), party(PartyKind::Member, "b"), party(PartyKind::Member, "c"), party(PartyKind::Venue, "v")];
    let parties = in_coop(&app.db, coop.id, async |tx| ::identity::add_parties(tx, coop.id, new).await.unwrap()).await;
    let shop = Shop { coop, makers: parties[..3].to_vec(), venue: parties[3], terms: TermsId(terms) };
    app.sell(&shop, (1_000, 3_000), november(20)).await;
    let owed = shop.owed(&app.db).await;
    assert_eq!(
        owed.get(&Account::of(AccountKind::MemberPayable, parties[0])),
        Some(&865),
        "10.00 less an eighth and its quarter of the fee of 0.40"
    );
    app.api.stop().await;
}

#[tokio::test]
async fn a16_what_cannot_be_a_coop_is_refused_with_the_place() {
    let app = App::open().await;
    let mut input = json!({"name": "Garden", "slug": "garden", "country": "NL", "currency": "EUR", "timeZone": "Europe/Amsterdam", "coOpShare": "much"});
    let answer = app.admin.ask(FOUND, json!({"input": input})).await;
    assert_eq!(answer.at("/foundCoOp/problems/0/path"), json!(["input", "coOpShare"]));
    input["coOpShare"] = json!("10 %");
    input["country"] = json!("UK");
    assert_eq!(app.admin.ask(FOUND, json!({"input": input})).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.stranger.ask(FOUND, json!({"input": input})).await.codes(), ["SIGN_IN_NEEDED"]);
    app.api.stop().await;
}

#[tokio::test]
async fn a2_a_person_switches_between_coops_without_a_new_sign_in() {
    let app = App::open().await;
    let nat = app.neighbour.person.unwrap();
    in_coop(&app.db, app.harbour.coop.id, async |tx| {
        ::identity::add_member(tx, app.harbour.coop.id, nat, "member", None).await.unwrap();
    })
    .await;
    let mine = in_co_op(&app.neighbour, None).ask("{ myCoOps { coOp { slug } roleName status } }", json!({})).await.data();
    let shown: Vec<String> =
        mine["myCoOps"].as_array().unwrap().iter().map(|one| format!("{} {}", one["coOp"]["slug"], one["roleName"])).collect();
    assert_eq!(shown, ["\"harbour\" \"member\"", "\"quarry\" \"admin\""]);
    let ask = "{ coOp { slug } members { nodes { name } } }";
    assert_eq!(in_co_op(&app.neighbour, Some("quarry")).ask(ask, json!({})).await.data()["coOp"]["slug"], "quarry");
    let there = in_co_op(&app.neighbour, Some("harbour")).ask(ask, json!({})).await;
    assert_eq!(there.codes(), ["FORBIDDEN"], "the same token, another role: {}", there.body);
    app.api.stop().await;
}

#[tokio::test]
async fn a3_an_invitation_is_accepted_over_the_graph_by_its_reader_alone() {
    let app = App::open().await;
    let role = app.admin.ask("{ roles { id name } }", json!({})).await.data()["roles"][3]["id"].clone();
    let invite = "mutation ($email: String!, $role: ID!) { invite(input: {email: $email, role: $role}) { invitation { id status letters expiresAt } problems { code } } }";
    let invited = app.admin.ask(invite, json!({"email": "nat@example.org", "role": role})).await.data();
    assert_eq!(invited["invite"]["invitation"]["expiresAt"], "2026-12-15T12:00:00+00:00");
    let token = token(&app, "nat@example.org").await;
    let accept = "mutation ($token: String!) { acceptInvitation(token: $token) { coOp { slug } problems { code } } }";
    assert_eq!(app.member.ask(accept, json!({"token": token})).await.codes(), ["NOT_FOUND"]);
    for _ in 0..2 {
        let joined = in_co_op(&app.neighbour, None).ask(accept, json!({"token": token})).await.data();
        assert_eq!(joined["acceptInvitation"]["coOp"]["slug"], "harbour");
    }
    assert_eq!(app.neighbour.ask(accept, json!({"token": "ghi_guess"})).await.codes(), ["NOT_FOUND"]);
    let listed = app.admin.ask("{ invitations { nodes { status acceptedBy { name } } } }", json!({})).await.data();
    assert_eq!(listed["invitations"]["nodes"][0], json!({"status": "ACCEPTED", "acceptedBy": {"name": "Nat"}}));
    app.api.stop().await;
}

#[tokio::test]
async fn a4_somebody_applies_submits_and_is_admitted_over_the_graph() {
    let app = App::open().await;
    app.admin.ask("mutation { updateCoOp(input: {takesApplications: true}) { coOp { slug } problems { code } } }", json!({})).await.data();
    let wanted = "mutation { createRequirement(input: {kind: DOCUMENT, name: \"Insurance\", description: \"\", needed: true, expiresAfterDays: 30}) { requirement { id } problems { code } } }";
    let requirement = app.admin.ask(wanted, json!({})).await.text("/createRequirement/requirement/id");
    let nat = in_co_op(&app.neighbour, None);
    let application = nat.ask("mutation { apply(coOp: \"harbour\", message: \"hi\") { application problems { code } } }", json!({})).await;
    let application = application.text("/apply/application");
    let submit = "mutation ($id: ID!, $content: String!) { submitRequirement(coOp: \"harbour\", requirement: $id, input: {document: {name: \"a.pdf\", content: $content}}) { checked { status document { contentType } } problems { code } } }";
    let html = nat.ask(submit, json!({"id": requirement, "content": STANDARD.encode("<html>")})).await;
    assert_eq!(html.codes(), ["INVALID_INPUT"]);
    let sent = nat.ask(submit, json!({"id": requirement, "content": STANDARD.encode("%PDF-1.7 cover")})).await.data();
    assert_eq!(sent["submitRequirement"]["checked"], json!({"status": "SUBMITTED", "document": {"contentType": "application/pdf"}}));

    let seen = app
        .admin
        .ask("{ applications { nodes { applicantId name checklist { status submittedAt } } } roles { id } }", json!({}))
        .await
        .data();
    let (waiting, role) = (&seen["applications"]["nodes"][0], &seen["roles"][3]["id"]);
    let admit =
        "mutation ($id: ID!, $role: ID!) { admit(application: $id, role: $role) { member { name status } problems { code message } } }";
    assert_eq!(app.admin.ask(admit, json!({"id": application, "role": role})).await.codes(), ["NOT_NOW"]);
    let review = "mutation ($input: ReviewInput!) { reviewRequirement(input: $input) { checked { status expiresAt reviewer { name } } problems { code } } }";
    let input = json!({"person": waiting["applicantId"], "requirement": requirement, "submittedAt": waiting["checklist"][0]["submittedAt"], "verdict": "ACCEPT"});
    let reviewed = app.admin.ask(review, json!({"input": input})).await.data();
    let expected = json!({"status": "ACCEPTED", "expiresAt": "2026-12-31T12:00:00+00:00", "reviewer": {"name": "Ada"}});
    assert_eq!(reviewed["reviewRequirement"]["checked"], expected);
    let admitted = app.admin.ask(admit, json!({"id": application, "role": role})).await.data();
    assert_eq!(admitted["admit"]["member"], json!({"name": "Nat", "status": "ACTIVE"}));
    let own = nat.ask("{ myApplications { status coOp } myChecklist(coOp: \"harbour\") { status } }", json!({})).await.data();
    assert_eq!(own, json!({"myApplications": [{"status": "ADMITTED", "coOp": "harbour"}], "myChecklist": [{"status": "ACCEPTED"}]}));
    app.api.stop().await;
}

#[tokio::test]
async fn a5_a_role_made_of_named_permissions_opens_what_it_names_and_nothing_else() {
    let app = App::open().await;
    let create = "mutation ($names: [String!]!) { createRole(input: {name: \"drafter\", permissions: $names}) { role { id } problems { code path } } }";
    let wrong = app.admin.ask(create, json!({"names": ["payouts.read", "payouts.everything"]})).await;
    assert_eq!(wrong.at("/createRole/problems/0/path"), json!(["input", "permissions", "1"]));
    let role = app.admin.ask(create, json!({"names": ["payouts.read", "payouts.draft"]})).await.text("/createRole/role/id");
    let change = "mutation ($id: ID!, $role: ID!) { changeRole(member: $id, role: $role) { member { role { name permissions } } problems { code } } }";
    let mia = global_id("Member", &app.member.person.unwrap());
    app.admin.ask(change, json!({"id": mia, "role": role})).await.data();
    let run = app.member.ask("{ payoutRuns { nodes { id } } }", json!({})).await.text("/payoutRuns/nodes/0/id");
    let approve = "mutation ($id: ID!) { approvePayoutRun(id: $id, idempotencyKey: \"a\") { run { id } problems { code message } } }";
    let answer = app.member.ask(approve, json!({"id": run})).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    assert!(answer.body.contains("payouts.approve"), "{}", answer.body);
    app.api.stop().await;
}

#[tokio::test]
async fn a14_a_member_leaves_over_the_graph_and_hears_what_is_still_owed() {
    let app = App::open().await;
    let leave = "mutation { leaveCoOp { departure { member { status } open { what amount { minor } } } problems { code message } } }";
    let left = app.member.ask(leave, json!({})).await.data();
    assert_eq!(left["leaveCoOp"]["departure"]["member"]["status"], "LEAVING");
    assert_eq!(left["leaveCoOp"]["departure"]["open"][0]["what"], "member_payable");
    assert_eq!(app.admin.ask(leave, json!({})).await.codes(), ["NOT_NOW"], "the last admin stays");
    app.api.stop().await;
}

#[tokio::test]
async fn a_suspended_member_is_not_let_in_and_a_suspended_coop_is_read_only() {
    let app = App::open().await;
    let identity = Identity::new(app.db.pools.orm.clone(), app.clock.clone());
    let ada = actor(&app.harbour, &app.admin);
    let mia: PersonId = app.member.person.unwrap();
    identity.suspend_member(&ada, mia, "under review").await.unwrap();
    assert_eq!(app.member.ask("{ coOp { slug } }", json!({})).await.codes(), ["NOT_FOUND"]);
    let reasons = in_co_op(&app.member, None).ask("{ myCoOps { status reason permissions } }", json!({})).await.data();
    assert_eq!(reasons["myCoOps"], json!([{"status": "SUSPENDED", "reason": "under review", "permissions": []}]));

    identity.suspend_coop(&ada, "moving house").await.unwrap();
    let seen = app.admin.ask("{ coOp { status statusReason } members { nodes { name } } }", json!({})).await.data();
    assert_eq!(seen["coOp"], json!({"status": "SUSPENDED", "statusReason": "moving house"}));
    let change = "mutation { updateCoOp(input: {name: \"X\"}) { coOp { name } problems { code } } }";
    assert_eq!(app.admin.ask(change, json!({})).await.codes(), ["NOT_NOW"]);
    let open = app.admin.ask("mutation { reinstateCoOp { coOp { status } problems { code } } }", json!({})).await.data();
    assert_eq!(open["reinstateCoOp"]["coOp"]["status"], "OPEN");
    app.api.stop().await;
}
