//! What strangers find near a place.

use ::catalogue::{Around, Channel, ListedPlace, Listing, ProductStatus, Publication};
use chrono::TimeDelta;
use kernel::{LocationId, PartyId};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::stage::{Stage, actor, change, product};
use crate::world::{coop_with_makers, in_coop, november};

/// The square before Amsterdam's station, and what is about 2 and 30 kilometres away.
const HERE: (f64, f64) = (52.378, 4.900);
const NEAR: (f64, f64) = (52.396, 4.900);
const FAR: (f64, f64) = (52.648, 4.900);

fn around(spot: (f64, f64), metres: f64) -> Around {
    Around::try_new(spot.0, spot.1, metres).unwrap()
}

/// A location of a co-op.
async fn location(stage: &Stage, coop: kernel::CoopId, name: &str, (latitude, longitude): (f64, f64)) -> LocationId {
    let id = Uuid::now_v7();
    let sql = format!(
        "insert into location (coop_id, location_id, kind, name, latitude, longitude) values ({coop}, '{id}', 'stall', '{name}', {latitude}, {longitude})"
    );
    in_coop(&stage.db, coop, async |tx| tx.execute_unprepared(&sql).await.unwrap()).await;
    LocationId(id)
}

fn listing(places: &[(LocationId, Option<PartyId>)]) -> Listing {
    let places = places.iter().map(|(location, maker)| ListedPlace { location: *location, maker: *maker }).collect();
    Listing { listed: true, about: "By the water".to_owned(), places }
}

impl Stage {
    async fn makers_near(&self, around: Around) -> Vec<(String, String)> {
        let found = self.catalogue.nearby_makers(around, None, 100).await.unwrap();
        found.into_iter().map(|maker| (maker.name, maker.place.name)).collect()
    }

    async fn products_near(&self, around: Around) -> Vec<(String, String)> {
        let found = self.catalogue.nearby_products(around, None, 100).await.unwrap();
        found.into_iter().map(|product| (product.title, product.place.name)).collect()
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(left, right)| ((*left).to_owned(), (*right).to_owned())).collect()
}

#[tokio::test]
async fn i17_a_co_op_is_found_once_it_is_listed_and_no_longer_than_that() {
    let stage = Stage::open().await;
    stage.save(product("Mug", stage.makers[0])).await;
    let stall = location(&stage, stage.coop.id, "Stall 7", NEAR).await;
    let look = around(HERE, 5_000.0);
    assert_eq!((stage.makers_near(look).await, stage.products_near(look).await), (Vec::new(), Vec::new()), "off by default");
    stage.catalogue.list(&stage.ana, &listing(&[(stall, None)])).await.unwrap();
    assert_eq!(stage.makers_near(look).await, pairs(&[("Maker 1", "Stall 7")]), "who has nothing for sale is not shown");
    assert_eq!(stage.products_near(look).await, pairs(&[("Mug", "Stall 7")]));
    let found = stage.catalogue.nearby_products(look, None, 1).await.unwrap().remove(0);
    assert_eq!(
        (found.from.map(|from| from.minor), found.coop.slug.as_str(), found.coop.about.as_str()),
        (Some(1_800), "harbour", "By the water")
    );
    assert!((1_990.0..2_010.0).contains(&found.place.metres), "{} metres", found.place.metres);
    assert_eq!(stage.makers_near(around(HERE, 1_000.0)).await, Vec::new(), "out of the way");
    let owner = stage.db.owner().await;
    for status in ["suspended', status_reason = 'a vote', status_at = now() -- ", "open', status_reason = null, status_at = null -- "] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("update coop set status = '{status}"))).execute(&owner).await.unwrap();
        assert_eq!(stage.makers_near(look).await.len(), usize::from(status.starts_with("open")));
    }
    owner.close().await;
    stage.catalogue.list(&stage.ana, &Listing { listed: false, ..listing(&[(stall, None)]) }).await.unwrap();
    assert_eq!((stage.makers_near(look).await, stage.products_near(look).await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn i17_only_what_is_published_on_the_web_now_is_found() {
    let stage = Stage::open().await;
    let stall = location(&stage, stage.coop.id, "Stall 7", NEAR).await;
    stage.catalogue.list(&stage.ana, &listing(&[(stall, None)])).await.unwrap();
    let mut draft = product("Draft", stage.makers[0]);
    draft.status = Some(ProductStatus::Draft);
    let shown = |channel, from, until| Some(vec![Publication { channel, from, until }]);
    let mut till = product("Till only", stage.makers[0]);
    till.publications = shown(Channel::Till, november(1), None);
    let mut past = product("Was shown", stage.makers[0]);
    past.publications = shown(Channel::Web, november(1), Some(november(20)));
    let mut soon = product("Will be shown", stage.makers[1]);
    soon.publications = shown(Channel::Web, november(25), None);
    let mug = stage.save_all(vec![draft, till, past, soon, product("Mug", stage.makers[0])]).await[4];
    let look = around(HERE, 5_000.0);
    assert_eq!(stage.products_near(look).await, pairs(&[("Mug", "Stall 7")]));
    assert_eq!(stage.makers_near(look).await, pairs(&[("Maker 1", "Stall 7")]));
    stage.clock.advance(TimeDelta::days(6));
    assert_eq!(stage.products_near(look).await.len(), 2);
    let mut archived = change(mug);
    archived.status = Some(ProductStatus::Archived);
    stage.save(archived).await;
    assert_eq!(stage.products_near(look).await, pairs(&[("Will be shown", "Stall 7")]));
}

#[tokio::test]
async fn i17_the_nearest_place_counts_and_a_maker_s_own_shows_theirs_alone() {
    let stage = Stage::open().await;
    stage.save_all(["Mug", "Bowl"].map(|title| product(title, stage.makers[0])).into()).await;
    stage.save(product("Scarf", stage.makers[1])).await;
    let studio = location(&stage, stage.coop.id, "Studio", NEAR).await;
    let market = location(&stage, stage.coop.id, "Market", FAR).await;
    location(&stage, stage.coop.id, "A quiet corner", HERE).await;
    stage.catalogue.list(&stage.ana, &listing(&[(studio, Some(stage.makers[0])), (market, None)])).await.unwrap();
    let near = around(HERE, 5_000.0);
    assert_eq!(stage.products_near(near).await, pairs(&[("Mug", "Studio"), ("Bowl", "Studio")]));
    let far = around(HERE, 50_000.0);
    assert_eq!(stage.products_near(far).await, pairs(&[("Mug", "Studio"), ("Bowl", "Studio"), ("Scarf", "Market")]));
    assert_eq!(stage.makers_near(far).await, pairs(&[("Maker 1", "Studio"), ("Maker 2", "Market")]));
}

#[tokio::test]
async fn i17_pages_over_several_co_ops_hold_everything_once_nearest_first() {
    let stage = Stage::open().await;
    let (quarry, stones) = coop_with_makers(&stage.db, "quarry", 2).await;
    let ana = actor(quarry.id, kernel::Permissions::all());
    let wishes =
        |makers: &[PartyId], name: &str| (0..6).map(|number| product(&format!("{name} {number}"), makers[number % 2])).collect::<Vec<_>>();
    stage.save_all(wishes(&stage.makers, "Mug")).await;
    stage.catalogue.save_products(&ana, wishes(&stones, "Stone"), ::catalogue::Policy::AllOrNothing).await.unwrap();
    let stall = location(&stage, stage.coop.id, "Stall", FAR).await;
    let pit = location(&stage, quarry.id, "Pit", NEAR).await;
    stage.catalogue.list(&stage.ana, &listing(&[(stall, None)])).await.unwrap();
    stage.catalogue.list(&ana, &listing(&[(pit, None)])).await.unwrap();
    let look = around(HERE, 100_000.0);
    let (mut titles, mut after) = (Vec::new(), None);
    loop {
        let page = stage.catalogue.nearby_products(look, after, 5).await.unwrap();
        titles.extend(page.iter().map(|product| product.title.clone()));
        after = page.last().map(|product| product.key);
        if page.len() < 5 {
            break;
        }
    }
    let expected: Vec<String> = ["Stone", "Mug"].iter().flat_map(|name| (0..6).map(move |number| format!("{name} {number}"))).collect();
    assert_eq!(titles, expected);
    let first = stage.catalogue.nearby_makers(look, None, 3).await.unwrap();
    let rest = stage.catalogue.nearby_makers(look, Some(first[2].key), 3).await.unwrap();
    assert_eq!(
        first.iter().chain(&rest).map(|maker| maker.coop.slug.as_str()).collect::<Vec<_>>(),
        ["quarry", "quarry", "harbour", "harbour"]
    );
}

#[tokio::test]
async fn i17_the_date_line_and_the_poles_are_places_like_others() {
    let stage = Stage::open().await;
    stage.save(product("Mug", stage.makers[0])).await;
    let taveuni = location(&stage, stage.coop.id, "Taveuni", (-16.8, 179.99)).await;
    let north = location(&stage, stage.coop.id, "North", (89.99, -90.0)).await;
    stage.catalogue.list(&stage.ana, &listing(&[(taveuni, None), (north, None)])).await.unwrap();
    assert_eq!(stage.products_near(around((-16.8, -179.99), 5_000.0)).await, pairs(&[("Mug", "Taveuni")]));
    assert_eq!(stage.products_near(around((89.99, 90.0), 5_000.0)).await, pairs(&[("Mug", "North")]));
}
