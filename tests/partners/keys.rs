//! Making keys, showing them, ending them.

use chrono::TimeDelta;
use kernel::{Actor, ApiKeyId, Code, Permission, Permissions, Who};
use partners::{Form, KeyStatus, MAX_KEYS, MAX_LIFETIME_DAYS, NewKey, PartnersError, form};
use uuid::Uuid;

use super::{Stage, coop_with_ana, set};

fn code(error: &PartnersError) -> Code {
    error.refusal().expect("this is a refusal, no fault").code
}

#[tokio::test]
async fn j1_a_key_acts_in_its_co_op_with_its_permissions_until_it_expires() {
    let stage = Stage::new().await;
    let made = stage.key("Till at the Quay").await;
    let actor = stage.keys.authenticate(made.token.reveal()).await.unwrap().unwrap();
    let expected = Actor { coop: stage.coop.id, who: Who::Key(made.key.id), party: None, permissions: set(&[Permission::SalesRead]) };
    assert_eq!(actor, expected);
    actor.require(Permission::SalesRead).unwrap();
    assert_eq!(actor.require(Permission::PayoutsRead).unwrap_err().code, Code::Forbidden);

    stage.clock.advance(TimeDelta::days(90) - TimeDelta::milliseconds(1));
    assert!(stage.keys.authenticate(made.token.reveal()).await.unwrap().is_some(), "to the last moment");
    stage.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(stage.keys.authenticate(made.token.reveal()).await.unwrap(), None);
    let known = stage.keys.get(&stage.ana, made.key.id).await.unwrap();
    assert_eq!(known.status(stage.clock.now()), KeyStatus::Expired);
}

#[tokio::test]
async fn j1_a_token_is_kept_nowhere_in_the_database() {
    let stage = Stage::new().await;
    let made = stage.key("Till").await;
    let secret = &made.token.reveal()[13..];
    let tables: Vec<String> =
        sqlx::query_scalar("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
            .fetch_all(&stage.db.owner().await)
            .await
            .unwrap();
    assert!(tables.contains(&"public.api_key_secret".to_owned()));
    for table in tables {
        let sql = format!("select count(*) from {table} as row where strpos(row::text, $1) > 0");
        let hits: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(secret).fetch_one(&stage.db.owner().await).await.unwrap();
        assert_eq!(hits, 0, "{table}");
    }
    assert!(!format!("{made:?}").contains(secret));
}

#[tokio::test]
async fn j1_a_token_that_does_not_work_is_nobody_whatever_the_reason() {
    let stage = Stage::new().await;
    let (made, other) = (stage.key("Till").await, stage.key("Shop").await);
    let token = made.token.reveal();
    // The right prefix with another key's secret is no token of ours: the checksum is over both
    let mixed = format!("{}{}", &token[..13], &other.token.reveal()[13..]);
    assert_eq!(form(&mixed), Form::Mistyped);
    for wrong in ["", "ghk_", &mixed, &token[..token.len() - 1], &token.to_lowercase()] {
        assert_eq!(stage.keys.authenticate(wrong).await.unwrap(), None, "{wrong}");
    }
    // Well formed and unknown: made in another installation
    let stranger = Stage::new().await.key("Till").await;
    assert_eq!(form(stranger.token.reveal()), Form::Key);
    assert_eq!(stage.keys.authenticate(stranger.token.reveal()).await.unwrap(), None);
}

#[tokio::test]
async fn j1_a_revoked_key_is_dead_at_once_here_and_within_seconds_elsewhere() {
    let stage = Stage::new().await;
    let made = stage.key("Till").await;
    let elsewhere = stage.elsewhere();
    assert!(elsewhere.authenticate(made.token.reveal()).await.unwrap().is_some());

    let revoked = stage.keys.revoke(&stage.ana, made.key.id).await.unwrap();
    assert_eq!(revoked.status(stage.clock.now()), KeyStatus::Revoked);
    assert_eq!(stage.keys.authenticate(made.token.reveal()).await.unwrap(), None);
    stage.clock.advance(TimeDelta::seconds(partners::KNOWN_FOR_SECS) - TimeDelta::milliseconds(1));
    assert!(elsewhere.authenticate(made.token.reveal()).await.unwrap().is_some(), "what is known is believed for a while");
    stage.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(elsewhere.authenticate(made.token.reveal()).await.unwrap(), None);

    // Twice is the same answer: who revoked it first, and when
    assert_eq!(stage.keys.revoke(&stage.ana, made.key.id).await.unwrap(), revoked);
    assert_eq!(code(&stage.keys.rotate(&stage.ana, made.key.id, TimeDelta::zero(), None).await.unwrap_err()), Code::NotNow);
    // Its name is free again
    stage.key("Till").await;
}

#[tokio::test]
async fn j1_a_key_is_known_elsewhere_soon_after_it_was_looked_for_too_early() {
    let stage = Stage::new().await;
    let elsewhere = stage.elsewhere();
    let made = stage.key("Till").await;
    stage.keys.revoke(&stage.ana, made.key.id).await.unwrap();
    let again = stage.key("Till").await;
    assert_eq!(elsewhere.authenticate(made.token.reveal()).await.unwrap(), None);
    assert!(elsewhere.authenticate(again.token.reveal()).await.unwrap().is_some());
}

#[tokio::test]
async fn j1_a_key_never_does_more_than_its_maker_may() {
    let stage = Stage::new().await;
    let maker = Actor { permissions: set(&[Permission::KeysManage, Permission::SalesRead]), ..stage.ana };
    let error = stage.keys.create(&maker, stage.ask("Till", &[Permission::SalesRead, Permission::PayoutsApprove])).await.unwrap_err();
    assert_eq!(code(&error), Code::Forbidden);
    assert!(error.to_string().ends_with("payouts.approve"), "{error}");
    // Whoever rotates a key holds its token, too
    let strong = stage.keys.create(&stage.ana, stage.ask("Shop", &[Permission::PayoutsRead])).await.unwrap();
    assert_eq!(code(&stage.keys.rotate(&maker, strong.key.id, TimeDelta::zero(), None).await.unwrap_err()), Code::Forbidden);
    assert!(stage.keys.create(&maker, stage.ask("Till", &[Permission::SalesRead])).await.is_ok());
    // Ending one takes no more than the permission to manage keys
    assert!(stage.keys.revoke(&maker, strong.key.id).await.is_ok());
}

#[tokio::test]
async fn j1_keys_are_managed_by_people_with_the_permission_and_a_fresh_second_factor() {
    let stage = Stage::new().await;
    let made = stage.keys.create(&stage.ana, stage.ask("Till", &[Permission::KeysManage])).await.unwrap();
    let key = stage.keys.authenticate(made.token.reveal()).await.unwrap().unwrap();
    assert_eq!(code(&stage.keys.create(&key, stage.ask("Shop", &[Permission::KeysManage])).await.unwrap_err()), Code::Forbidden);
    assert_eq!(stage.keys.list(&key, None, 10).await.unwrap().keys.len(), 1, "it may look");

    let nobody = Actor { permissions: Permissions::default(), ..stage.ana };
    assert_eq!(code(&stage.keys.list(&nobody, None, 10).await.unwrap_err()), Code::Forbidden);
    assert_eq!(code(&stage.keys.get(&nobody, made.key.id).await.unwrap_err()), Code::Forbidden);
    assert_eq!(code(&stage.keys.revoke(&nobody, made.key.id).await.unwrap_err()), Code::Forbidden);

    stage.clock.advance(kernel::FACTOR_IS_FRESH_FOR + TimeDelta::seconds(1));
    assert_eq!(
        code(&stage.keys.create(&stage.ana, stage.ask("Shop", &[Permission::SalesRead])).await.unwrap_err()),
        Code::SecondFactorNeeded
    );
    assert_eq!(code(&stage.keys.revoke(&stage.ana, made.key.id).await.unwrap_err()), Code::SecondFactorNeeded);
    assert_eq!(code(&stage.keys.rotate(&stage.ana, made.key.id, TimeDelta::zero(), None).await.unwrap_err()), Code::SecondFactorNeeded);
}

#[tokio::test]
async fn j1_another_co_ops_key_is_not_found() {
    let stage = Stage::new().await;
    let made = stage.key("Till").await;
    let (_, eve) = coop_with_ana(&stage.db, "island").await;
    assert_eq!(code(&stage.keys.get(&eve, made.key.id).await.unwrap_err()), Code::NotFound);
    assert_eq!(code(&stage.keys.revoke(&eve, made.key.id).await.unwrap_err()), Code::NotFound);
    assert_eq!(code(&stage.keys.rotate(&eve, made.key.id, TimeDelta::zero(), None).await.unwrap_err()), Code::NotFound);
    assert_eq!(stage.keys.list(&eve, None, 10).await.unwrap().keys, []);
    assert_eq!(code(&stage.keys.get(&eve, ApiKeyId(Uuid::now_v7())).await.unwrap_err()), Code::NotFound);
    // The same name is free there
    let theirs = stage.keys.create(&eve, stage.ask("Till", &[Permission::SalesRead])).await.unwrap();
    assert_eq!(stage.keys.authenticate(theirs.token.reveal()).await.unwrap().unwrap().coop, eve.coop);
}

#[tokio::test]
async fn j1_what_no_key_can_be_is_refused_with_the_reason() {
    let stage = Stage::new().await;
    let good = stage.ask("Till", &[Permission::SalesRead]);
    let days = |days| stage.clock.now() + TimeDelta::days(days);
    let wrong = [
        (NewKey { name: "  ".to_owned(), ..good.clone() }, Code::InvalidInput),
        (NewKey { name: "x".repeat(61), ..good.clone() }, Code::InvalidInput),
        (NewKey { name: "Till\nof Ana".to_owned(), ..good.clone() }, Code::InvalidInput),
        (NewKey { permissions: Permissions::default(), ..good.clone() }, Code::InvalidInput),
        (NewKey { expires_at: days(0), ..good.clone() }, Code::InvalidInput),
        (NewKey { expires_at: days(MAX_LIFETIME_DAYS + 1), ..good.clone() }, Code::InvalidInput),
    ];
    for (new, expected) in wrong {
        assert_eq!(code(&stage.keys.create(&stage.ana, new.clone()).await.unwrap_err()), expected, "{new:?}");
    }
    // A second attempt is noticed, however the name is written
    stage.keys.create(&stage.ana, good.clone()).await.unwrap();
    let again = stage.keys.create(&stage.ana, NewKey { name: " TILL ".to_owned(), ..good }).await.unwrap_err();
    assert_eq!(code(&again), Code::Conflict);
    assert_eq!(stage.keys.list(&stage.ana, None, 10).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn j1_a_co_op_has_so_many_keys_at_once_and_lists_them_by_pages() {
    let stage = Stage::new().await;
    let mut made = Vec::new();
    for number in 0..MAX_KEYS {
        made.push(stage.key(&format!("Till {number}")).await.key.id);
    }
    let one_more = stage.keys.create(&stage.ana, stage.ask("Shop", &[Permission::SalesRead])).await.unwrap_err();
    assert_eq!(code(&one_more), Code::NotNow);
    stage.keys.revoke(&stage.ana, made[0]).await.unwrap();
    // Two who make the last one at once: one does
    let two = (stage.elsewhere(), stage.elsewhere());
    let (a, b) = tokio::join!(
        two.0.create(&stage.ana, stage.ask("Shop", &[Permission::SalesRead])),
        two.1.create(&stage.ana, stage.ask("Web", &[Permission::SalesRead]))
    );
    assert_ne!(a.is_ok(), b.is_ok());
    made.push(a.or(b).unwrap().key.id);

    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = stage.keys.list(&stage.ana, before, 20).await.unwrap();
        seen.extend(page.keys.iter().map(|key| key.id));
        before = seen.last().copied();
        if !page.has_more {
            break;
        }
    }
    made.reverse();
    assert_eq!(seen, made, "every key once, the revoked one too, the latest first");
}
