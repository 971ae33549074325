//! Mistakes are answered with a sentence that names the culprit and the cure.

use tempfile::TempDir;

use super::{Ended, House, guildhall};

#[test]
fn without_a_database_a_command_says_how_to_get_one() {
    let home = TempDir::new().unwrap();
    let ended = Ended::from(guildhall(home.path(), &["verify"]).output().unwrap());
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("guildhall up") && ended.err.contains("DATABASE_URL"), "{ended:?}");
    assert!(ended.out.is_empty(), "{ended:?}");
}

#[test]
fn a_database_that_does_not_answer_is_a_fault() {
    let home = TempDir::new().unwrap();
    let ended = Ended::from(
        guildhall(home.path(), &["verify", "--json"]).env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none").output().unwrap(),
    );
    assert_eq!((ended.code, &ended.json()["error"]["kind"]), (1, &"fault".into()), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn g4_the_author_of_a_run_cannot_approve_it_at_the_terminal_either() {
    let house = House::with_coop().await;
    let draft = house.run(&["payout", "draft", "--by", "ana", "--json"]).await;
    assert_eq!((draft.code, &draft.json()["run"]["status"]), (0, &"draft".into()), "{draft:?}");
    let run = draft.json()["run"]["id"].as_str().unwrap().to_owned();
    let own = house.run(&["payout", "approve", &run, "--by", "Ana"]).await;
    assert_eq!(own.code, 3, "{own:?}");
    assert!(own.err.contains("second person"), "{own:?}");
    let held = house.run(&["payout", "hold", &run[..30], "--reason", "a question", "--json"]).await;
    assert_eq!((held.code, &held.json()["held_reason"]), (0, &"a question".into()), "{held:?}");
    assert_eq!(house.run(&["payout", "release"]).await.code, 0);
    let approved = house.run(&["payout", "approve", &run, "--by", "Ben", "--json"]).await;
    assert_eq!((approved.code, &approved.json()["run"]["status"]), (0, &"finished".into()), "nobody is owed anything: {approved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named_with_what_is() {
    let house = House::with_coop().await;
    for (arguments, culprit, cure) in [
        (&["payout", "list", "--co-op", "nowhere"][..], "nowhere", "guildhall demo"),
        (&["payout", "draft", "--by", "zoe"], "zoe", "Ana"),
        (&["explain", "R-7"], "R-7", "2026-11-0007/3"),
        (&["explain", "2026-11-0001/4"], "2026-11-0001", "statement"),
        (&["statement", "preview", "--month", "2026-11", "--party", "tom"], "tom", "mara"),
        (&["statement", "close", "--month", "9999-01"], "9999-01", "not over"),
        (&["payout", "hold", "abcdef", "--reason", "why"], "abcdef", "payout list"),
    ] {
        let ended = house.run(arguments).await;
        assert_eq!(ended.code, 3, "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(culprit) && ended.err.contains(cure), "{arguments:?}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_is_none_is_wrong_usage() {
    let house = House::with_coop().await;
    let ended = house.run(&["statement", "list", "--month", "2026-13"]).await;
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains("2026-11"), "it says how a month is written: {ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_takes_trusted_documents_alone_is_to_be_told_which() {
    let house = House::with_coop().await;
    let ended = house.run(&["api", "--trusted-only"]).await;
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("GUILDHALL_TRUSTED_DOCUMENTS"), "{ended:?}");
}
