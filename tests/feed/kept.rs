//! What a device keeps, and what it forgets.

use ::catalogue::{Channel, FeedThing, ProductStatus, Publication, SaveCategory, SaveVariant};
use ::stock::{Demand, LocationKind, NewLocation, NewLot, Stock, Wanted};
use chrono::TimeDelta;
use kernel::{Code, LocationId, LotId, MovementId, Permission, ReservationId, VariantId};
use serde_json::json;
use uuid::Uuid;

use super::stage::{Device, Stage, actor, change, euros, product, text};
use crate::world::{coop_with_makers, in_coop, november};

#[tokio::test]
async fn b15_what_is_archived_unpublished_or_no_longer_shown_at_the_till_is_told_as_gone() {
    let stage = Stage::open().await;
    let wishes = ["Mug", "Bowl", "Plate"].map(|title| product(title, stage.makers[0])).into();
    let [mug, bowl, plate] = stage.save_all(wishes).await[..] else { panic!("three products") };
    let (mut everywhere, mut till) = (Device::default(), Device::default());
    everywhere.keep(stage.changes(0, None).await);
    till.keep(stage.changes(0, Some(Channel::Till)).await);
    assert_eq!((everywhere.products.len(), till.products.len()), (3, 3));
    let mut archived = change(mug);
    archived.status = Some(ProductStatus::Archived);
    stage.save(archived).await;
    let mut unpublished = change(bowl);
    unpublished.publications = Some(Vec::new());
    stage.save(unpublished).await;
    let mut web_only = change(plate);
    web_only.publications = Some(vec![Publication { channel: Channel::Web, from: november(1), until: None }]);
    stage.save(web_only).await;
    let told = stage.changes(everywhere.since, None).await;
    assert_eq!(told.changes.iter().map(|entry| entry.body.is_none()).collect::<Vec<_>>(), [true, true, false]);
    everywhere.keep(told);
    till.keep(stage.changes(till.since, Some(Channel::Till)).await);
    assert_eq!(everywhere.products.keys().collect::<Vec<_>>(), [&plate.0]);
    assert_eq!(till.products.len(), 0);
}

#[tokio::test]
async fn b15_a_category_that_is_deleted_leaves_a_tombstone() {
    let stage = Stage::open().await;
    let wish = SaveCategory { name: Some("Ceramics".to_owned()), ..SaveCategory::default() };
    let category = stage.catalogue.create_category(&stage.ana, wish).await.unwrap();
    let told = stage.changes(0, None).await;
    assert_eq!(told.changes[0].thing, FeedThing::Category(category.id));
    assert!(told.changes[0].body.as_ref().unwrap().get().contains("Ceramics"));
    stage.catalogue.delete_category(&stage.ana, category.id).await.unwrap();
    let gone = stage.changes(told.until, None).await;
    assert_eq!((gone.changes.len(), gone.changes[0].thing), (1, FeedThing::Category(category.id)));
    assert!(gone.changes[0].body.is_none());
}

#[tokio::test]
async fn b15_a_thing_that_changed_often_is_told_once_as_it_is_now_with_everything_about_it() {
    let stage = Stage::open().await;
    let mug = stage.save(product("Mug", stage.makers[0])).await;
    let since = stage.version().await;
    for price in [1_900, 2_000, 2_100] {
        let mut dearer = change(mug);
        let mut offer = product("Mug", stage.makers[0]).variants[0].offers[0].clone();
        offer.prices = Some(vec![euros(price)]);
        dearer.variants = vec![SaveVariant { sku: Some("MUG".to_owned()), offers: vec![offer], ..SaveVariant::default() }];
        stage.save(dearer).await;
    }
    let mut named = change(mug);
    named.texts = Some(vec![text("en", "Blue mug"), text("nl", "Blauwe mok")]);
    stage.save(named).await;
    let told = stage.changes(since, None).await;
    assert_eq!((told.changes.len(), told.changes[0].version, told.version), (1, since + 4, since + 4));
    let body: serde_json::Value = serde_json::from_str(told.changes[0].body.as_ref().unwrap().get()).unwrap();
    assert_eq!(body["titles"], json!({"en": "Blue mug", "nl": "Blauwe mok"}));
    let offer = &body["variants"][0]["offers"][0];
    assert_eq!(offer["prices"], json!([{"currency": "EUR", "channel": "all", "minor": 2_100}]));
    assert_eq!(offer["maker"]["name"], "Maker 1");
    assert_eq!(body["shown"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn b15_the_same_again_is_no_change_and_a_maker_who_is_called_otherwise_is_one() {
    let stage = Stage::open().await;
    let wish = product("Mug", stage.makers[0]);
    stage.save(wish.clone()).await;
    stage.save(product("Bowl", stage.makers[1])).await;
    let since = stage.version().await;
    stage.save(wish).await;
    let by_hand = format!(
        "update variant set position = position where coop_id = {0}; update party set email = 'x@example.org' where coop_id = {0}",
        stage.coop.id
    );
    let rename = format!("update party set name = 'Marie' where coop_id = {} and party_id = {}", stage.coop.id, stage.makers[0]);
    in_coop(&stage.db, stage.coop.id, async |tx| sea_orm::ConnectionTrait::execute_unprepared(tx, &by_hand).await.unwrap()).await;
    assert_eq!(stage.version().await, since, "nothing is different");
    in_coop(&stage.db, stage.coop.id, async |tx| sea_orm::ConnectionTrait::execute_unprepared(tx, &rename).await.unwrap()).await;
    let told = stage.changes(since, None).await;
    assert_eq!(told.changes.len(), 1);
    assert!(told.changes[0].body.as_ref().unwrap().get().contains("Marie"));
}

#[tokio::test]
async fn b15_a_reservation_is_no_change_of_the_catalogue() {
    let stage = Stage::open().await;
    let mug = stage.save(product("Mug", stage.makers[0])).await;
    let variant: Uuid = {
        let owner = stage.db.owner().await;
        let found = sqlx::query_scalar("select variant_id from variant where product_id = $1").bind(mug.0).fetch_one(&owner).await.unwrap();
        owner.close().await;
        found
    };
    let since = stage.version().await;
    let stock = Stock::new(stage.db.pools.orm.clone(), stage.clock.clone());
    let studio = LocationId(Uuid::now_v7());
    let place = NewLocation { id: studio, kind: LocationKind::Studio, name: "Studio".to_owned(), spot: None };
    stock.create_location(&stage.ana, place).await.unwrap();
    let lot = NewLot {
        id: LotId(Uuid::now_v7()),
        movement: MovementId(Uuid::now_v7()),
        variant: VariantId(variant),
        owner: stage.makers[0],
        terms: None,
        quantity: 3,
        location: studio,
    };
    stock.receive(&stage.ana, &[lot]).await.unwrap();
    let demand = Demand {
        id: ReservationId(Uuid::now_v7()),
        source: "checkout".to_owned(),
        wanted: vec![Wanted { variant: VariantId(variant), lot: None, quantity: 1 }],
        location: None,
        through: None,
        until: stage.clock.now() + TimeDelta::minutes(15),
    };
    in_coop(&stage.db, stage.coop.id, async |tx| ::stock::reserve(tx, stage.coop.id, &demand, stage.clock.now()).await.unwrap()).await;
    assert_eq!(stage.version().await, since);
}

#[tokio::test]
async fn b15_a_device_of_a_catalogue_that_began_anew_is_told_to_begin_anew() {
    let stage = Stage::open().await;
    stage.save(product("Mug", stage.makers[0])).await;
    let mut device = Device::default();
    device.keep(stage.changes(0, None).await);
    let refused = async |since: i64| {
        let ask = ::catalogue::FeedAsk { since, first: 10, channel: None };
        stage.catalogue.changes(&stage.ana, ask).await.err().and_then(|error| error.refusal()).map(|refusal| refusal.code)
    };
    assert_eq!(refused(device.since + 1).await, Some(Code::NotNow), "from a later life of this database");
    let owner = stage.db.owner().await;
    sqlx::raw_sql("call renew_catalogue_feeds()").execute(&owner).await.unwrap();
    owner.close().await;
    assert_eq!(refused(device.since).await, Some(Code::NotNow));
    assert_eq!((refused(0).await, refused(stage.version().await).await), (None, None));
    assert_eq!(refused(-1).await, Some(Code::InvalidInput));
}

#[tokio::test]
async fn b15_the_feed_takes_the_permission_and_tells_nothing_of_another_co_op() {
    let stage = Stage::open().await;
    stage.save(product("Mug", stage.makers[0])).await;
    let (other, _) = coop_with_makers(&stage.db, "quarry", 1).await;
    let ask = ::catalogue::FeedAsk { since: 0, first: 10, channel: None };
    let neighbour = stage.catalogue.changes(&actor(other.id, [Permission::CatalogueRead].into_iter().collect()), ask).await.unwrap();
    assert_eq!((neighbour.version, neighbour.changes.len()), (0, 0));
    let nobody = actor(stage.coop.id, [Permission::SalesRead].into_iter().collect());
    for error in [stage.catalogue.changes(&nobody, ask).await.err(), stage.catalogue.snapshot(&nobody, None).await.err()] {
        assert_eq!(error.unwrap().refusal().unwrap().code, Code::Forbidden);
    }
}
