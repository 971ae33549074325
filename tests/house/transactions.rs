//! The transaction that every use case stands on.

use identity::PartyKind;
use kernel::CoopId;
use sea_orm::ConnectionTrait as _;
use test_support::TestDb;

use crate::world::{coop_with_makers, in_coop};

async fn rename(tx: &db::Tx, coop: CoopId, name: &str) {
    let sql = "update party set name = $2 where coop_id = $1 and kind = 'member'";
    let done = tx.execute_raw(db::statement(sql, [coop.0.into(), name.into()])).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

async fn name(tx: &db::Tx, coop: CoopId) -> String {
    let parties = identity::parties(tx, coop).await.unwrap();
    parties.into_iter().find(|party| party.kind == PartyKind::Member).unwrap().name
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing_and_its_connection_serves_the_next() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 1).await;
    // More often than there are connections
    for _ in 0..db.pools.sqlx.options().get_max_connections() * 2 {
        let tx = db::begin(&db.pools.orm, coop.id).await.unwrap();
        rename(&tx, coop.id, "Nobody").await;
        drop(tx);
    }
    assert_eq!(in_coop(&db, coop.id, async |tx| name(tx, coop.id).await).await, "Maker 1");
}

#[tokio::test]
async fn a_savepoint_is_taken_back_alone_by_rolling_back_and_by_dropping() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 1).await;
    let tx = db::begin(&db.pools.orm, coop.id).await.unwrap();
    rename(&tx, coop.id, "Kept").await;
    let inner = tx.savepoint().await.unwrap();
    rename(&inner, coop.id, "Rolled back").await;
    inner.rollback().await.unwrap();
    let inner = tx.savepoint().await.unwrap();
    rename(&inner, coop.id, "Dropped").await;
    drop(inner);
    assert_eq!(name(&tx, coop.id).await, "Kept");
    let inner = tx.savepoint().await.unwrap();
    rename(&inner, coop.id, "Kept as well").await;
    inner.commit().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(in_coop(&db, coop.id, async |tx| name(tx, coop.id).await).await, "Kept as well");
}

#[tokio::test]
async fn what_a_transaction_was_told_ends_with_it() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 1).await;
    for _ in 0..db.pools.sqlx.options().get_max_connections() {
        let tx = db::begin_brief(&db.pools.orm, coop.id).await.unwrap();
        assert_eq!(name(&tx, coop.id).await, "Maker 1");
        tx.commit().await.unwrap();
        let nobody = db::begin_global(&db.pools.orm).await.unwrap();
        assert_eq!(identity::parties(&nobody, coop.id).await.unwrap().len(), 0, "a co-op that nobody named is seen");
        let told = nobody.query_one_raw(db::statement("select current_setting('plan_cache_mode') as mode", [])).await.unwrap().unwrap();
        assert_eq!(told.try_get::<String>("", "mode").unwrap(), "auto");
    }
}

#[tokio::test]
async fn a_transaction_that_reads_writes_nothing_and_leaves_its_connection_free() {
    let db = TestDb::new().await;
    let (coop, _) = coop_with_makers(&db, "harbour", 1).await;
    for _ in 0..db.pools.sqlx.options().get_max_connections() * 2 {
        let tx = db::begin_reading(&db.pools.orm, coop.id).await.unwrap();
        assert_eq!(name(&tx, coop.id).await, "Maker 1");
        tx.commit().await.unwrap();
    }
    let tx = db::begin_reading(&db.pools.orm, coop.id).await.unwrap();
    tx.execute_unprepared("update party set name = 'Nobody'").await.unwrap_err();
    drop(tx);
    in_coop(&db, coop.id, async |tx| rename(tx, coop.id, "Somebody").await).await;
}
