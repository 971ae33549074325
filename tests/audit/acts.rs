//! What people do, and what it leaves.

use ::audit::{Action, Filter, Source};
use ::ledger::Accounts;
use ::payouts::{Draft, Payouts, RunId};
use chrono::TimeDelta;
use db::{Acting, Doer};
use identity::{NewParty, PartyKind};
use kernel::{Month, Who};
use splits::Layer;
use uuid::Uuid;

use super::{Stage, brief, quay};
use crate::world::{adopt, in_coop};

#[tokio::test]
async fn k2_every_act_leaves_one_entry_for_each_row_that_says_who_through_what_and_from_where() {
    let stage = Stage::new().await;
    let coop = stage.coop.id;
    let new = NewParty {
        kind: PartyKind::Venue,
        handle: "quay".to_owned(),
        name: "The Quay".to_owned(),
        email: None,
        stripe_account: None,
        minimum_payout: 0,
    };
    let (_, entries) = stage
        .left_by("addParty", Box::pin(in_coop(&stage.db, coop, async |tx| identity::add_parties(tx, coop, vec![new]).await.unwrap())))
        .await;
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    let Who::Person { person, session, .. } = stage.ana.who else { unreachable!("Ana is a person") };
    assert_eq!(entry.source, Source::Person { id: person, name: Some("Ana".to_owned()), session: Some(session) });
    assert_eq!((entry.via.as_deref(), entry.from), (Some("addParty"), Some(quay())));
    assert_eq!((entry.action, entry.table.as_str(), entry.before.len()), (Action::Insert, "party", 0));
    assert_eq!(entry.after["name"], "The Quay");
    assert_eq!(entry.after.get("email"), None, "what is not set is not told");
    assert!(entry.to_string().starts_with(&format!("Ana added party {}: ", entry.key)), "{entry}");
}

#[tokio::test]
async fn k2_keys_leave_entries_when_they_are_made_rotated_and_revoked() {
    let stage = Stage::new().await;
    let (made, entries) = stage.left_by("createApiKey", stage.keys.create(&stage.ana, stage.new_key("Till"))).await;
    let key = made.unwrap().key;
    let briefs: Vec<_> = entries.iter().map(brief).collect();
    assert_eq!(
        briefs,
        [
            "Insert api_key: expires_at key_id made_at made_by name permissions prefix",
            "Insert api_key_secret: hash key_id made_at made_by number"
        ]
    );
    assert_eq!(entries[1].key, format!("{}/1", key.id));
    let (_, entries) = stage.left_by("rotateApiKey", stage.keys.rotate(&stage.ana, key.id, TimeDelta::days(1), None)).await;
    let briefs: Vec<_> = entries.iter().map(brief).collect();
    assert_eq!(briefs, ["Update api_key_secret: works_until", "Insert api_key_secret: hash key_id made_at made_by number"]);
    assert_eq!(entries[0].before["works_until"], serde_json::Value::Null);
    let (_, entries) = stage.left_by("revokeApiKey", stage.keys.revoke(&stage.ana, key.id)).await;
    assert_eq!(entries.iter().map(brief).collect::<Vec<_>>(), ["Update api_key: revoked_at revoked_by"]);
    // Twice changes nothing, so it says nothing
    let (_, entries) = stage.left_by("revokeApiKey", stage.keys.revoke(&stage.ana, key.id)).await;
    assert_eq!(entries, []);
    // What was refused did not happen
    let (refused, entries) = stage.left_by("rotateApiKey", stage.keys.rotate(&stage.ana, key.id, TimeDelta::days(1), None)).await;
    assert!(refused.is_err());
    assert_eq!(entries, []);
}

#[tokio::test]
async fn k2_agreements_runs_and_closed_months_leave_entries() {
    let stage = Stage::new().await;
    let body = serde_json::json!({"name": "Co-op default", "shortfall": "co_op", "steps": [{"step": "owners", "share": "rest"}]});
    let (_, entries) = stage.left_by("adoptAgreement", adopt(&stage.db, &stage.coop, &[(Layer::CoOp, "Co-op default", body)])).await;
    let briefs: Vec<_> = entries.iter().map(brief).collect();
    assert_eq!(
        briefs,
        [
            "Insert agreement: agreement_id layer name",
            "Insert agreement_version: adopted_by agreement_id created_at effective_from version version_id"
        ],
        "the body is read where it is"
    );

    let payouts = Payouts::new(stage.db.pools.orm.clone(), Accounts::default(), None, stage.clock.clone());
    let (ana, ben) = (stage.ana.person().unwrap(), stage.ben.person().unwrap());
    let draft = Draft { run: RunId(Uuid::now_v7()), currency: stage.coop.currency, cutoff: stage.clock.now(), by: ana };
    let (_, entries) = stage.left_by("draftRun", Box::pin(payouts.draft(stage.coop.id, draft))).await;
    assert_eq!(entries.iter().map(brief).collect::<Vec<_>>(), ["Insert payout_run: currency cutoff drafted_at drafted_by run_id status"]);
    let (_, entries) = Box::pin(stage.left_by("holdRun", payouts.hold(stage.coop.id, draft.run, "wait for the bank"))).await;
    assert_eq!(
        entries[0].to_string(),
        format!(
            "Ana changed payout run {}: held reason nothing → \"wait for the bank\", status \"draft\" → \"held\" (holdRun, from 192.0.2.7).",
            draft.run
        )
    );
    Box::pin(stage.left_by("releaseRun", payouts.release(stage.coop.id, draft.run))).await.0.unwrap();
    let approval = db::acting(Acting::new(stage.ben.who, "approveRun", None), payouts.approve(stage.coop.id, draft.run, ben)).await;
    approval.unwrap();
    let of_run = Filter { table: Some("payout_run".to_owned()), key: Some(draft.run.to_string()), ..Filter::default() };
    let states: Vec<_> = stage.entries(&of_run).await.iter().rev().map(|entry| entry.after["status"].clone()).collect();
    assert_eq!(states[..4], ["draft", "held", "draft", "approved"]);

    let statements = statements::Statements::new(stage.db.pools.orm.clone(), Accounts::default(), stage.clock.clone());
    let october: Month = "2026-10".parse().unwrap();
    let (closed, entries) = Box::pin(stage.left_by("closeMonth", statements.close(&stage.coop, october, Some(ana)))).await;
    closed.unwrap();
    assert_eq!(entries.iter().map(brief).collect::<Vec<_>>(), ["Insert period_close: closed_at closed_by ends_at month"]);
    assert_eq!(entries[0].key, "2026-10-01");
}

#[tokio::test]
async fn k2_what_the_house_does_by_itself_is_the_systems_and_what_stripe_says_is_left_out() {
    let stage = Stage::new().await;
    let coop = stage.coop.id;
    let party = in_coop(&stage.db, coop, async |tx| identity::parties(tx, coop).await.unwrap()).await.pop().unwrap().id;
    let ((), entries) = stage
        .left_by(
            "account.updated",
            in_coop(&stage.db, coop, async |tx| {
                identity::update_account(tx, (coop, party), true, None, stage.clock.now()).await.unwrap();
            }),
        )
        .await;
    assert_eq!(entries, []);
    // Nobody said who acts; the same connection served Ana before
    in_coop(&stage.db, coop, async |tx| identity::connect_account(tx, coop, party, "acct_other").await.unwrap()).await;
    let newest = &stage.entries(&Filter::default()).await[0];
    assert_eq!((&newest.source, newest.via.as_deref(), newest.from), (&Source::System, None, None));
    assert_eq!(newest.after["stripe_account"], "acct_other");
    assert_eq!(newest.before["stripe_account"], "acct_harbour_1");
}

#[tokio::test]
async fn k2_an_operators_acts_and_names_of_any_letters_are_kept_as_they_are() {
    let stage = Stage::new().await;
    let via = "it's \\ a \"name\"'); drop table sale; -- ☂";
    let ana = stage.ana.person().unwrap();
    let operator = Acting::new(Doer::Operator { person: Some(ana) }, via, "2001:db8::7".parse().ok());
    db::acting(operator, stage.keys.create(&stage.ana, stage.new_key("Till"))).await.unwrap();
    let newest = &stage.entries(&Filter::default()).await[0];
    assert_eq!(newest.via.as_deref(), Some(via));
    assert_eq!(newest.from, "2001:db8::7".parse().ok());
    assert_eq!(newest.source, Source::Operator { person: Some(ana), name: Some("Ana".to_owned()) });
    // However the server reads backslashes
    let owner = stage.db.owner().await;
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&owner).await.unwrap();
    let sql = format!("alter database {name} set standard_conforming_strings = off");
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&owner).await.unwrap();
    let pools = db::app_pool(&stage.db.url, 1).await.unwrap();
    let tx = db::acting(Acting::new(stage.ana.who, via, None), db::begin(&pools.orm, stage.coop.id)).await.unwrap();
    ::audit::note(&tx, stage.coop.id, "stripe_event", "evt_1", serde_json::json!({"replayed": true})).await.unwrap();
    tx.commit().await.unwrap();
    let newest = &stage.entries(&Filter::default()).await[0];
    assert_eq!((newest.via.as_deref(), newest.action, newest.key.as_str()), (Some(via), Action::Note, "evt_1"));
    pools.sqlx.close().await;
}
