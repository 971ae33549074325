//! Batches: as many statements whatever their size, once and again, and against each other.

use ::catalogue::{Catalogue, CatalogueError, Change, Policy, SaveProduct, Which};
use kernel::{Actor, Permissions, ProductId};
use serde_json::json;
use uuid::Uuid;

use super::stage::{actor, audit_entries, catalogue, product, stock_up};
use crate::{graph::app::App, wire::Wire};

#[tokio::test]
async fn many_products_are_saved_with_as_many_statements_as_one() {
    let app = App::open().await;
    let mut url = app.db.url.clone();
    let wire = Wire::before(&mut url);
    let pools = db::app_pool(&url, 1).await.unwrap();
    let catalogue = Catalogue::new(pools.orm.clone(), app.clock.clone());
    let mut counts = Vec::new();
    for (name, count) in [("cup", 1), ("bowl", 200)] {
        wire.forget();
        let wishes = (0..count).map(|number| product(&app.harbour, name, number)).collect();
        catalogue.save_products(&actor(&app.harbour), wishes, Policy::AllOrNothing).await.unwrap();
        counts.push(wire.statements().len());
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] <= 20, "{counts:?}");
    pools.sqlx.close().await;
    app.api.stop().await;
}

#[tokio::test]
async fn the_same_batch_again_changes_nothing_and_the_audit_hears_nothing_of_it() {
    let app = App::open().await;
    let (catalogue, actor) = (catalogue(&app), actor(&app.harbour));
    let wishes: Vec<SaveProduct> = (0..5).map(|number| product(&app.harbour, "mug", number)).collect();
    let first = catalogue.save_products(&actor, wishes.clone(), Policy::AllOrNothing).await.unwrap();
    let (entries, before) = (audit_entries(&app).await, catalogue.product(&actor, wishes[0].which.id()).await.unwrap());
    app.clock.advance(chrono::TimeDelta::minutes(1));
    let second = catalogue.save_products(&actor, wishes.clone(), Policy::AllOrNothing).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(audit_entries(&app).await, entries);
    assert_eq!(catalogue.product(&actor, wishes[0].which.id()).await.unwrap(), before);
    // One that is different is written, and its neighbours are not
    let mut changed = wishes;
    changed[3].handle = Some("other".to_owned());
    catalogue.save_products(&actor, changed, Policy::AllOrNothing).await.unwrap();
    assert_eq!(audit_entries(&app).await, entries + 1);
    app.api.stop().await;
}

#[tokio::test]
async fn two_who_take_the_same_sku_at_once_are_told_apart_and_one_has_it() {
    let app = App::open().await;
    let (catalogue, actor) = (catalogue(&app), actor(&app.harbour));
    let wish = |number| product(&app.harbour, "mug", number);
    let racing = (0..6).map(|number| {
        let mut wish = wish(number);
        wish.variants[0].sku = Some("THE-ONE".to_owned());
        wish.variants[0].barcode = Change::Keep;
        let catalogue = catalogue.clone();
        async move { catalogue.save_products(&actor, vec![wish], Policy::AllOrNothing).await }
    });
    let done = futures_util::future::join_all(racing).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1, "{done:?}");
    for error in done.iter().filter_map(|one| one.as_ref().err()) {
        assert_eq!(error.refusal().map(|refusal| refusal.code), Some(kernel::Code::Conflict), "{error:?}");
    }
    app.api.stop().await;
}

#[tokio::test]
async fn a_batch_reaches_into_no_other_coop() {
    let app = App::open().await;
    let catalogue = catalogue(&app);
    let theirs = stock_up(&app, &app.quarry, "stone", 1).await;
    // Neither by a product's number, nor with another's maker; and a SKU of theirs is free here
    let known = SaveProduct::of(Which::Known(theirs[0]));
    let mut foreign_maker = product(&app.harbour, "mug", 1);
    foreign_maker.variants[0].offers[0].maker = app.quarry.makers[0];
    let outcomes = catalogue.save_products(&actor(&app.harbour), vec![known, foreign_maker], Policy::LeaveOutRows).await.unwrap();
    for (outcome, path) in outcomes.iter().zip(["id", "variants"]) {
        assert_eq!((outcome.saved, outcome.flaws[0].code), (None, kernel::Code::NotFound));
        assert_eq!(outcome.flaws[0].path[0], path);
    }
    let mut same_sku = product(&app.harbour, "mug", 2);
    same_sku.variants[0].sku = Some("stone-0-S".to_owned());
    catalogue.save_products(&actor(&app.harbour), vec![same_sku], Policy::AllOrNothing).await.unwrap();
    let stone = app.neighbour.ask("{ variant(by: {sku: \"stone-0-S\"}) { product { handle } } }", json!({})).await;
    assert_eq!(stone.at("/variant/product/handle"), "stone-0");
    app.api.stop().await;
}

#[tokio::test]
async fn a_batch_takes_the_permission_and_has_a_limit() {
    let app = App::open().await;
    let catalogue = catalogue(&app);
    let nobody = Actor { permissions: Permissions::default(), ..actor(&app.harbour) };
    let refused = catalogue.save_products(&nobody, Vec::new(), Policy::AllOrNothing).await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code, kernel::Code::Forbidden);
    let many = vec![SaveProduct::of(Which::New(ProductId(Uuid::nil()))); ::catalogue::MAX_BATCH + 1];
    let refused = catalogue.save_products(&actor(&app.harbour), many, Policy::LeaveOutRows).await.unwrap_err();
    assert!(matches!(refused, CatalogueError::TooMany), "{refused:?}");
    // Nothing to do is done
    assert_eq!(catalogue.save_products(&actor(&app.harbour), Vec::new(), Policy::AllOrNothing).await.unwrap(), []);
    app.api.stop().await;
}

#[tokio::test]
async fn every_table_of_the_catalogue_has_rows_and_shows_a_neighbour_none_of_them() {
    let app = App::open().await;
    stock_up(&app, &app.harbour, "mug", 2).await;
    stock_up(&app, &app.quarry, "stone", 2).await;
    for table in ["product", "product_text", "variant", "offer", "price", "product_attribute", "publication", "contributor"] {
        let mut tx = app.db.pools.sqlx.begin().await.unwrap();
        let (harbour, quarry) = (app.harbour.coop.id.0, app.quarry.coop.id.0);
        sqlx::query(sqlx::AssertSqlSafe(format!("set local guildhall.coops = '{quarry}'"))).execute(&mut *tx).await.unwrap();
        let count = sqlx::AssertSqlSafe(format!("select count(*) filter (where coop_id = {harbour}), count(*) from {table}"));
        let seen: (i64, i64) = sqlx::query_as(count).fetch_one(&mut *tx).await.unwrap();
        assert!(seen.0 == 0 && seen.1 > 0, "{table}: {seen:?}");
    }
    app.api.stop().await;
}
