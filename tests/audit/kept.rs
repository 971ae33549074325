//! Entries stay as they were written, and hold no secret.

use ::audit::Filter;
use chrono::TimeDelta;
use db::{Sqlstate, sqlstate};
use sea_orm::ConnectionTrait as _;

use super::Stage;
use crate::world::{coop_with_makers, in_coop};

#[tokio::test]
async fn k2_nobody_adds_changes_or_removes_entries() {
    let stage = Stage::new().await;
    let forgeries = [
        "insert into audit_entry (coop_id, actor, table_name, row_key, action) values (COOP, 'system', 'party', '1', 'update')",
        "update audit_entry set via = 'nothing'",
        "delete from audit_entry",
        "truncate audit_entry",
        "select write_audit(COOP, 'party', '1', 'update', null, null)",
        "alter table party disable trigger audited",
        "drop trigger audited on party",
    ];
    for sql in forgeries {
        let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
        let error = tx.execute_unprepared(&sql.replace("COOP", &stage.coop.id.to_string())).await.unwrap_err();
        assert_eq!(sqlstate(&error), Some(Sqlstate::InsufficientPrivilege), "{sql}");
    }
    // Not even the owner of the schema does it by mistake
    for sql in ["update audit_entry set via = 'nothing'", "delete from audit_entry", "truncate audit_entry"] {
        let error = sqlx::query(sql).execute(&stage.db.owner().await).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("GH001"), "{sql}");
    }
    assert!(!stage.entries(&Filter::default()).await.is_empty());
}

#[tokio::test]
async fn k2_a_note_is_written_for_no_other_co_op() {
    let stage = Stage::new().await;
    let (island, _) = coop_with_makers(&stage.db, "island", 0).await;
    let tx = db::begin(&stage.db.pools.orm, stage.coop.id).await.unwrap();
    let error = ::audit::note(&tx, island.id, "stripe_event", "evt_1", serde_json::json!({})).await.unwrap_err();
    assert_eq!(sqlstate(&error), Some(Sqlstate::InsufficientPrivilege));
}

#[tokio::test]
async fn k2_a_secret_never_appears() {
    let stage = Stage::new().await;
    let made = stage.keys.create(&stage.ana, stage.new_key("Till")).await.unwrap();
    let again = stage.keys.rotate(&stage.ana, made.key.id, TimeDelta::zero(), None).await.unwrap();
    let owner = stage.db.owner().await;
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar("select hash from api_key_secret").fetch_all(&owner).await.unwrap();
    let all: Vec<String> = sqlx::query_scalar("select entry::text from audit_entry entry").fetch_all(&owner).await.unwrap();
    let all = all.join("\n");
    assert_eq!(hashes.len(), 2);
    for hash in hashes {
        assert!(!all.contains(&hex::encode(hash)), "the hash of a secret");
    }
    for token in [made.token, again.token] {
        assert!(!all.contains(&token.reveal()[13..40]), "a secret");
    }
    assert!(all.contains(&made.key.prefix), "the prefix is none");
    let secrets = stage.entries(&Filter { table: Some("api_key_secret".to_owned()), ..Filter::default() }).await;
    let hashes: Vec<_> = secrets.iter().filter_map(|entry| entry.after.get("hash")).collect();
    assert_eq!(hashes, ["***", "***"]);
    assert!(secrets[0].to_string().contains("hash a secret"), "{}", secrets[0]);
}

#[tokio::test]
async fn k2_what_is_rolled_back_leaves_no_entry() {
    let stage = Stage::new().await;
    let coop = stage.coop.id;
    let before = stage.entries(&Filter::default()).await.len();
    let tx = db::begin(&stage.db.pools.orm, coop).await.unwrap();
    tx.execute_unprepared("update party set name = 'Somebody else'").await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(stage.entries(&Filter::default()).await.len(), before);
}

#[tokio::test]
async fn k2_the_audit_is_written_when_the_owner_of_the_schema_is_no_superuser() {
    let stage = Stage::new().await;
    let owner = stage.db.owner().await;
    let role = format!("owner_{}", uuid::Uuid::now_v7().simple());
    let mut hand_over = vec![format!("create role {role}"), format!("grant all on schema public to {role}")];
    hand_over.extend(
        ["table coop", "table audit_entry", "table party", "function audit_row", "function write_audit"]
            .map(|what| format!("alter {what} owner to {role}")),
    );
    // Its policy was made for whoever migrated
    hand_over.push(format!("alter policy written_with_the_row on audit_entry to {role}"));
    for sql in &hand_over {
        sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(&owner).await.unwrap();
    }
    let before = stage.entries(&Filter::default()).await.len();
    in_coop(&stage.db, stage.coop.id, async |tx| {
        tx.execute_unprepared("update party set name = 'Maker One' where name = 'Maker 1'").await.unwrap()
    })
    .await;
    assert_eq!(stage.entries(&Filter::default()).await.len(), before + 1);
    // Founding writes before any co-op is named
    coop_with_makers(&stage.db, "island", 0).await;
    for sql in [format!("reassign owned by {role} to current_user"), format!("drop owned by {role}"), format!("drop role {role}")] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&owner).await.unwrap();
    }
}
