//! Commands that end well, and those that end with a message for a person.

use super::{House, guildhall};

#[tokio::test(flavor = "multi_thread")]
async fn l5_json_and_exit_codes() {
    let house = House::with_coop().await;
    let verified = house.run(&["verify", "--json"]).await;
    assert_eq!(verified.code, 0, "{verified:?}");
    assert_eq!(verified.json()["co_ops"][0]["agrees"], true);

    let settled = house.run(&["settle", "--json"]).await;
    assert_eq!((settled.code, &settled.json()["inbox"]["parked"]), (0, &0.into()), "{settled:?}");

    let runs = house.run(&["payout", "list", "--json"]).await;
    assert_eq!((runs.code, runs.json()["runs"].as_array().map(Vec::len)), (0, Some(0)), "{runs:?}");

    let refused = house.run(&["payout", "show", "--json"]).await;
    assert_eq!((refused.code, &refused.json()["error"]["kind"]), (3, &"refused".into()), "{refused:?}");

    let wrong = house.run(&["payout", "dance"]).await;
    assert_eq!(wrong.code, 2, "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn l5_people_get_tables() {
    let house = House::with_coop().await;
    let verified = house.run(&["verify"]).await;
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.out.contains("harbour") && verified.out.contains("agrees") && verified.out.contains('│'), "{}", verified.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn l5_a_parked_event_needs_a_person() {
    let house = House::with_coop().await;
    let park = "insert into stripe_event (event_id, connect, kind, body, status, reason) values ('evt_1', false, 'charge.updated', '{}', 'parked', 'it names no sale')";
    sqlx::query(park).execute(&house.db.pools.sqlx).await.unwrap();
    let list = house.run(&["replay", "--list", "--json"]).await;
    assert_eq!((list.code, &list.json()["parked"][0]["reason"]), (5, &"it names no sale".into()), "{list:?}");
    let again = house.run(&["replay", "evt_1", "--json"]).await;
    assert_eq!((again.code, &again.json()["replayed"], &again.json()["parked"]), (5, &1.into(), &1.into()), "{again:?}");
    let unknown = house.run(&["replay", "evt_2"]).await;
    assert_eq!(unknown.code, 3, "{unknown:?}");
    assert!(unknown.err.contains("evt_2"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn l5_books_that_differ_end_with_a_code_of_their_own() {
    let mut house = House::with_coop().await;
    house.db.allow_difference();
    let owner = house.db.owner().await;
    let coop = house.coop.id.0;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "insert into account (coop_id, kind, currency, mode) values ({coop}, 'capital', 'EUR', 'inline');
         insert into balance (coop_id, account_id, debits, credits, version) select coop_id, account_id, 5, 0, 1 from account where coop_id = {coop}"
    )))
    .execute(&owner)
    .await
    .unwrap();
    let verified = house.run(&["verify", "--json"]).await;
    assert_eq!((verified.code, &verified.json()["co_ops"][0]["agrees"]), (4, &false.into()), "{verified:?}");
    assert!(verified.err.contains("harbour"), "{verified:?}");
}

#[test]
fn l5_help_documents_the_exit_codes_of_every_command() {
    for command in [
        "up",
        "api",
        "worker",
        "migrate",
        "demo",
        "import",
        "export",
        "labels",
        "settle",
        "payout",
        "statement",
        "patronage",
        "explain",
        "verify",
        "replay",
        "config",
        "probe",
        "schema",
    ] {
        let help = guildhall(std::env::temp_dir().as_path(), &[command, "--help"]).output().unwrap();
        let text = String::from_utf8(help.stdout).unwrap();
        assert!(help.status.success() && text.contains("Exit codes") && text.contains("needs a person"), "{command}: {text}");
    }
}

#[test]
fn the_schema_of_agreements_in_the_tree_is_the_one_that_the_command_prints() {
    let printed = guildhall(std::env::temp_dir().as_path(), &["schema"]).output().unwrap();
    let kept = include_bytes!("../../../../libs/splits/agreement.schema.json");
    assert!(printed.stdout == kept, "run `make generate`");
}
