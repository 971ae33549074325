//! Many write at once, in whatever order they end: a device that follows is told everything.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ::catalogue::FeedAsk;
use kernel::CoopId;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use sqlx::Row as _;
use uuid::Uuid;

use super::stage::{Device, Stage, product};

const WRITERS: usize = 8;
const TRANSACTIONS: usize = 25;
/// Products that all writers change.
const SHARED: usize = 5;

/// A product as one statement makes it.
async fn add(tx: &db::Tx, coop: CoopId, id: Uuid, title: &str) {
    let sql = format!(
        "insert into product (coop_id, product_id, handle, status) values ({coop}, '{id}', 'p-{}', 'active');
         insert into product_text (coop_id, product_id, language, title) values ({coop}, '{id}', 'en', '{title}');
         insert into publication (coop_id, product_id, channel) values ({coop}, '{id}', 'till')",
        id.simple()
    );
    tx.execute_unprepared(&sql).await.unwrap();
}

async fn rename(tx: &db::Tx, coop: CoopId, id: Uuid, title: &str) {
    let sql = format!("update product_text set title = '{title}' where coop_id = {coop} and product_id = '{id}'");
    tx.execute_unprepared(&sql).await.unwrap();
}

#[tokio::test]
async fn b15_a_change_that_began_before_one_that_was_told_and_ends_after_it_is_told_too() {
    let stage = Stage::open().await;
    let (db, coop) = (&stage.db.pools.orm, stage.coop.id);
    let (early, late, given_up) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let slow = db::begin(db, coop).await.unwrap();
    add(&slow, coop, early, "Began first").await;
    let undone = db::begin(db, coop).await.unwrap();
    add(&undone, coop, given_up, "Never was").await;
    let quick = db::begin(db, coop).await.unwrap();
    add(&quick, coop, late, "Ended first").await;
    quick.commit().await.unwrap();
    let mut device = Device::default();
    device.keep(stage.changes(0, None).await);
    assert_eq!(device.products.keys().collect::<Vec<_>>(), [&late]);
    drop(undone);
    slow.commit().await.unwrap();
    device.keep(stage.changes(device.since, None).await);
    assert_eq!(device.products.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from([early, late]));
    assert_eq!(device.told, [1, 2], "what was given up took no number");
    assert_eq!(stage.changes(device.since, None).await.changes.len(), 0);
}

/// Adds a product of its own in each transaction, renames one or two that all share, and dawdles.
async fn write(db: DatabaseConnection, coop: CoopId, writer: usize, shared: Arc<Vec<Uuid>>) -> Vec<Uuid> {
    let mut mine = Vec::with_capacity(TRANSACTIONS);
    for turn in 0..TRANSACTIONS {
        let tx = db::begin(&db, coop).await.unwrap();
        let own = Uuid::now_v7();
        add(&tx, coop, own, &format!("Of {writer} in {turn}")).await;
        let mut touched = [shared[(writer + turn) % SHARED], shared[(writer * turn) % SHARED]];
        touched.sort_unstable(); // in one order, as everybody does, so that nobody waits in a ring
        for id in &touched[usize::from(touched[0] == touched[1])..] {
            rename(&tx, coop, *id, &format!("By {writer} in {turn}")).await;
        }
        for _ in 0..(writer * 7 + turn * 3) % 11 {
            tokio::task::yield_now().await;
        }
        if turn % 9 == 8 {
            drop(tx); // thought better of it
        } else {
            tx.commit().await.unwrap();
            mine.push(own);
        }
    }
    mine
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b15_a_device_that_follows_many_writers_misses_nothing_and_is_told_each_number_once() {
    let stage = Stage::open().await;
    let wishes = (0..SHARED).map(|number| product(&format!("Shared {number}"), stage.makers[0])).collect();
    let shared: Arc<Vec<Uuid>> = Arc::new(stage.save_all(wishes).await.into_iter().map(|id| id.0).collect());
    let at_work = Arc::new(AtomicUsize::new(WRITERS));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (db, coop, shared, at_work) = (stage.db.pools.orm.clone(), stage.coop.id, Arc::clone(&shared), Arc::clone(&at_work));
            tokio::spawn(async move {
                let mine = write(db, coop, writer, shared).await;
                at_work.fetch_sub(1, Ordering::SeqCst);
                mine
            })
        })
        .collect();
    let mut device = Device::default();
    let mut pages = 0;
    loop {
        // Looked at before the question: what was written until then is in the answer
        let is_over = at_work.load(Ordering::SeqCst) == 0;
        let feed = stage.catalogue.changes(&stage.ana, FeedAsk { since: device.since, first: 7, channel: None }).await.unwrap();
        let (is_last, is_some) = (!feed.more, !feed.changes.is_empty());
        device.keep(feed);
        pages += usize::from(is_some);
        if is_over && is_last {
            break;
        }
    }
    let mut expected: BTreeSet<Uuid> = shared.iter().copied().collect();
    for writer in writers {
        expected.extend(writer.await.unwrap());
    }
    assert_eq!(
        device.products.keys().copied().collect::<BTreeSet<_>>(),
        expected,
        "nothing is missing, and nothing that was given up came"
    );
    assert!(pages > 5, "the device followed while they wrote: {pages} pages");
    let owner = stage.db.owner().await;
    let rows = sqlx::query("select product_id, title from product_text").fetch_all(&owner).await.unwrap();
    for row in rows {
        let (id, title): (Uuid, String) = (row.get(0), row.get(1));
        assert_eq!(device.products[&id]["titles"]["en"], title.as_str(), "the device has the newest state");
    }
    owner.close().await;
    let again = stage.changes(0, None).await;
    assert_eq!(again.version, device.since);
}
