//! Products by words, filters and facets.

use std::collections::BTreeSet;

use ::catalogue::{
    CategoryId, Change, Channel, Facet, PriceRange, ProductStatus, Publication, SaveCategory, SaveProduct, SearchAsk, SearchKey, Text,
};
use ::stock::{LocationKind, NewLocation, NewLot, Stock};
use kernel::{Actor, Code, LocationId, LotId, MovementId, Permission, ProductId, VariantId};
use serde_json::json;
use uuid::Uuid;

use super::stage::{Stage, actor, attribute, change, euros, product, text};
use crate::{
    graph::app::App,
    world::{coop_with_makers, november},
};

fn words(text: &str) -> SearchAsk {
    SearchAsk { text: Some(text.to_owned()), ..SearchAsk::default() }
}

impl Stage {
    async fn titles(&self, ask: &SearchAsk) -> Vec<String> {
        self.titles_for(&self.ana, ask).await
    }

    async fn titles_for(&self, actor: &Actor, ask: &SearchAsk) -> Vec<String> {
        let found = self.catalogue.search(actor, ask, None, 50).await.unwrap();
        found.products.into_iter().map(|(_, product)| product.title).collect()
    }

    /// The titles in the order of the alphabet.
    async fn sorted(&self, ask: &SearchAsk) -> Vec<String> {
        let mut titles = self.titles(ask).await;
        titles.sort_unstable();
        titles
    }

    /// A product in another language, with a description.
    fn in_language(&self, language: &str, title: &str, description: &str) -> SaveProduct {
        let text = Text { language: language.to_owned(), title: title.to_owned(), description: description.to_owned() };
        SaveProduct { texts: Some(vec![text]), ..product(title, self.makers[1]) }
    }
}

#[tokio::test]
async fn words_are_found_in_every_language_by_its_rules_and_by_their_beginning() {
    let stage = Stage::open().await;
    stage
        .save_all(vec![
            stage.in_language("en", "Blue mug", "Thrown and glazed by the harbour."),
            stage.in_language("nl", "Houten lepels", "Gesneden uit kersenhout."),
            stage.in_language("de", "Gläserne Vasen", "Mundgeblasen."),
            stage.in_language("sw", "Kikapu", "Language without rules of its own."),
        ])
        .await;
    for (typed, title) in [
        ("mugs", "Blue mug"),
        ("glazing", "Blue mug"),
        ("lepel", "Houten lepels"),
        ("vase", "Gläserne Vasen"),
        ("kikapu", "Kikapu"),
        ("BLU", "Blue mug"),
        ("mug maker 2", "Blue mug"),
        ("\"blue mug\"", "Blue mug"),
        ("blue-mug", "Blue mug"),
    ] {
        assert_eq!(stage.titles(&words(typed)).await, [title], "{typed}");
    }
    assert_eq!(stage.titles(&words("maker -blue -houten -kikapu")).await, ["Gläserne Vasen"]);
    let dutch = SearchAsk { language: Some("nl".to_owned()), ..words("lepel") };
    assert_eq!(stage.titles(&dutch).await, ["Houten lepels"]);
}

#[tokio::test]
async fn what_is_mistyped_is_found_by_its_spelling_and_said_to_be() {
    let stage = Stage::open().await;
    stage.save_all(["Ceramic bowl", "Pottery lamp", "Linen scarf"].map(|title| product(title, stage.makers[0])).into()).await;
    for (typed, title) in [("cermic", "Ceramic bowl"), ("pottry lamp", "Pottery lamp"), ("linnen skarf", "Linen scarf")] {
        let found = stage.catalogue.search(&stage.ana, &words(typed), None, 1).await.unwrap();
        assert!(found.almost, "{typed}");
        assert_eq!(found.products[0].1.title, title, "{typed}");
    }
    assert!(!stage.catalogue.search(&stage.ana, &words("ceramic"), None, 1).await.unwrap().almost);
    assert_eq!(stage.titles(&words("xylophone")).await, Vec::<String>::new());
    for odd in ["'", "&|!:*()<->", "\\", "%", "-", "\"", "🏺", "a:*b"] {
        stage.titles(&words(odd)).await;
    }
    let long = stage.catalogue.search(&stage.ana, &words(&"x".repeat(201)), None, 1).await.unwrap_err();
    assert_eq!(long.refusal().unwrap().code, Code::InvalidInput);
}

#[tokio::test]
async fn filters_keep_what_fits_all_of_them() {
    let stage = Stage::open().await;
    let category = async |name: &str, parent: Change<CategoryId>| {
        let wish = SaveCategory { name: Some(name.to_owned()), parent, ..SaveCategory::default() };
        stage.catalogue.create_category(&stage.ana, wish).await.unwrap().id
    };
    let home = category("Home", Change::Keep).await;
    let kitchen = category("Kitchen", Change::To(home)).await;
    let mut mug = product("Mug", stage.makers[0]);
    (mug.category, mug.attributes) = (Change::To(kitchen), Some(vec![attribute("material", "clay"), attribute("colour", "blue")]));
    let mut stool = product("Stool", stage.makers[1]);
    (stool.category, stool.attributes) = (Change::To(home), Some(vec![attribute("material", "oak"), attribute("colour", "blue")]));
    stool.variants[0].offers[0].prices = Some(vec![euros(9_000)]);
    let mut ticket = product("Workshop", stage.makers[2]);
    ticket.publications = Some(vec![Publication { channel: Channel::Stream, from: november(1), until: Some(november(10)) }]);
    stage.save_all(vec![mug, stool, ticket]).await;
    let all = SearchAsk::default();
    assert_eq!(stage.sorted(&all).await, ["Mug", "Stool", "Workshop"]);
    assert_eq!(stage.sorted(&SearchAsk { category: Some(home), ..all.clone() }).await, ["Mug", "Stool"], "with what lies below");
    assert_eq!(stage.sorted(&SearchAsk { category: Some(kitchen), ..all.clone() }).await, ["Mug"]);
    assert_eq!(stage.sorted(&SearchAsk { makers: vec![stage.makers[1], stage.makers[2]], ..all.clone() }).await, ["Stool", "Workshop"]);
    let attributes = |list: &[(&str, &str)]| SearchAsk {
        attributes: list.iter().map(|(name, value)| attribute(name, value)).collect(),
        ..SearchAsk::default()
    };
    assert_eq!(stage.sorted(&attributes(&[("material", "clay"), ("material", "oak")])).await, ["Mug", "Stool"], "either");
    assert_eq!(stage.sorted(&attributes(&[("material", "clay"), ("colour", "blue")])).await, ["Mug"], "both");
    assert_eq!(stage.sorted(&attributes(&[("material", "clay"), ("colour", "red")])).await, Vec::<String>::new());
    assert_eq!(stage.sorted(&SearchAsk { channel: Some(Channel::Web), ..all.clone() }).await, ["Mug", "Stool"]);
    assert_eq!(stage.sorted(&SearchAsk { channel: Some(Channel::Stream), ..all.clone() }).await, Vec::<String>::new(), "it is over");
    let price = |currency: &str, least, most| Some(PriceRange { currency: currency.parse().unwrap(), least, most });
    assert_eq!(stage.sorted(&SearchAsk { price: price("EUR", Some(1_801), None), ..all.clone() }).await, ["Stool"]);
    assert_eq!(stage.sorted(&SearchAsk { price: price("EUR", None, Some(1_800)), ..all.clone() }).await, ["Mug", "Workshop"]);
    assert_eq!(stage.sorted(&SearchAsk { price: price("USD", None, None), ..all.clone() }).await, Vec::<String>::new());
    assert_eq!(stage.sorted(&SearchAsk { in_stock: true, ..all }).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_in_stock_is_what_somebody_could_take_home_now() {
    let stage = Stage::open().await;
    let ids = stage.save_all(["Mug", "Bowl"].map(|title| product(title, stage.makers[0])).into()).await;
    let stock = Stock::new(stage.db.pools.orm.clone(), stage.clock.clone());
    let studio = LocationId(Uuid::now_v7());
    let place = NewLocation { id: studio, kind: LocationKind::Studio, name: "Studio".to_owned(), spot: None };
    stock.create_location(&stage.ana, place).await.unwrap();
    let owner = stage.db.owner().await;
    let variant: Uuid =
        sqlx::query_scalar("select variant_id from variant where product_id = $1").bind(ids[0].0).fetch_one(&owner).await.unwrap();
    owner.close().await;
    let lot = LotId(Uuid::now_v7());
    let new = NewLot {
        id: lot,
        movement: MovementId(Uuid::now_v7()),
        variant: VariantId(variant),
        owner: stage.makers[0],
        terms: None,
        quantity: 1,
        location: studio,
    };
    stock.receive(&stage.ana, &[new]).await.unwrap();
    let ask = SearchAsk { in_stock: true, ..SearchAsk::default() };
    assert_eq!(stage.titles(&ask).await, ["Mug"]);
    stock.recall(&stage.ana, lot, Some("broken")).await.unwrap();
    assert_eq!(stage.titles(&ask).await, Vec::<String>::new());
}

#[tokio::test]
async fn codes_find_their_product_whatever_else_is_called_so() {
    let stage = Stage::open().await;
    let mut mug = product("Mug", stage.makers[0]);
    (mug.variants[0].sku, mug.variants[0].barcode) = (Some("HM-0042".to_owned()), Change::To("4006381333931".to_owned()));
    stage.save_all(vec![mug, product("Book about HM 0042", stage.makers[0])]).await;
    assert_eq!(stage.titles(&words("4006381333931")).await, ["Mug"]);
    assert_eq!(stage.titles(&words("hm-0042")).await[0], "Mug", "the code itself comes first");
}

#[tokio::test]
async fn facets_count_what_else_could_be_chosen() {
    let stage = Stage::open().await;
    let wish = SaveCategory { name: Some("Home".to_owned()), ..SaveCategory::default() };
    let home = stage.catalogue.create_category(&stage.ana, wish).await.unwrap().id;
    let wishes = (0..5).map(|number| {
        let mut wish = product(&format!("Mug {number}"), stage.makers[number % 2]);
        wish.attributes = Some(vec![attribute("material", if number < 3 { "clay" } else { "glass" })]);
        wish.category = if number < 2 { Change::To(home) } else { Change::Keep };
        wish
    });
    stage.save_all(wishes.collect()).await;
    let count = |value, products| Facet { value, products };
    let made = |value, products| Facet { value, products };
    let all = stage.catalogue.facets(&stage.ana, &words("mug"), false).await.unwrap();
    assert_eq!((all.total, all.categories), (5, vec![count(home, 2)]));
    assert_eq!(all.makers, [made(stage.makers[0], 3), made(stage.makers[1], 2)]);
    let one = SearchAsk { makers: vec![stage.makers[0]], ..words("mug") };
    let one = stage.catalogue.facets(&stage.ana, &one, false).await.unwrap();
    assert_eq!((one.total, one.makers.len()), (3, 2), "the other maker could be chosen as well");
    let values: Vec<_> = one.attributes.iter().map(|facet| (facet.value.value.as_str(), facet.products)).collect();
    assert_eq!(values, [("clay", 2), ("glass", 1)]);
    let within = SearchAsk { category: Some(home), ..SearchAsk::default() };
    let within = stage.catalogue.facets(&stage.ana, &within, false).await.unwrap();
    assert_eq!((within.total, within.makers), (2, vec![made(stage.makers[0], 1), made(stage.makers[1], 1)]));
}

#[tokio::test]
async fn pages_of_what_was_found_hold_each_product_once() {
    let stage = Stage::open().await;
    stage.save_all((0..30).map(|number| product(&format!("Ceramic mug {number}"), stage.makers[0])).collect()).await;
    for typed in [Some("mug"), Some("cermic"), None] {
        let ask = SearchAsk { text: typed.map(str::to_owned), ..SearchAsk::default() };
        let (mut seen, mut after): (Vec<ProductId>, Option<SearchKey>) = (Vec::new(), None);
        loop {
            let page = stage.catalogue.search(&stage.ana, &ask, after, 7).await.unwrap().products;
            after = page.last().map(|(key, _)| *key);
            seen.extend(page.iter().map(|(_, product)| product.id));
            if page.len() < 7 {
                break;
            }
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (30, 30), "{typed:?}");
    }
}

#[tokio::test]
async fn the_search_knows_at_once_what_changed() {
    let stage = Stage::open().await;
    let mug = stage.save(product("Blue mug", stage.makers[0])).await;
    let mut renamed = change(mug);
    renamed.texts = Some(vec![text("en", "Green beaker")]);
    stage.save(renamed).await;
    assert_eq!(stage.titles(&words("blue")).await, Vec::<String>::new());
    assert_eq!(stage.titles(&words("beakers")).await, ["Green beaker"]);
}

#[tokio::test]
async fn those_who_do_not_read_the_catalogue_find_what_is_for_sale_and_nobody_another_co_op_s() {
    let stage = Stage::open().await;
    let mut draft = product("Draft mug", stage.makers[0]);
    draft.status = Some(ProductStatus::Draft);
    let mut hidden = product("Hidden mug", stage.makers[0]);
    hidden.publications = Some(Vec::new());
    stage.save_all(vec![product("Mug", stage.makers[0]), draft, hidden]).await;
    let member = actor(stage.coop.id, [Permission::AgreementsRead].into_iter().collect());
    assert_eq!(stage.sorted(&words("mug")).await, ["Draft mug", "Hidden mug", "Mug"]);
    let drafts = SearchAsk { status: Some(ProductStatus::Draft), ..words("mug") };
    assert_eq!(stage.sorted(&drafts).await, ["Draft mug"]);
    for ask in [words("mug"), drafts] {
        assert_eq!(stage.titles_for(&member, &ask).await, ["Mug"]);
        assert_eq!(stage.catalogue.facets(&member, &ask, false).await.unwrap().total, 1);
    }
    let (other, _) = coop_with_makers(&stage.db, "quarry", 1).await;
    let neighbour = actor(other.id, [Permission::CatalogueRead].into_iter().collect());
    assert_eq!(stage.titles_for(&neighbour, &words("mug")).await, Vec::<String>::new());
    assert_eq!(stage.catalogue.facets(&neighbour, &words("mug"), false).await.unwrap().total, 0);
}

#[tokio::test]
async fn the_graph_pages_what_was_found_and_shows_facets_of_the_same_question() {
    let app = App::open().await;
    let catalogue = ::catalogue::Catalogue::new(app.db.pools.orm.clone(), app.clock.clone());
    let all = actor(app.harbour.coop.id, kernel::Permissions::all());
    let wishes = (0..3).map(|number| product(&format!("Mug {number}"), app.harbour.makers[0])).collect();
    catalogue.save_products(&all, wishes, ::catalogue::Policy::AllOrNothing).await.unwrap();
    let ask = "query ($after: String) { searchProducts(input: {text: \"mugs\", channel: WEB}, first: 2, after: $after) { almost
        products { nodes { title } pageInfo { endCursor hasNextPage } }
        facets { total makers { maker { name } products } categories { products } attributes { name } } } }";
    let first = app.member.ask(ask, json!({})).await.at("/searchProducts");
    assert_eq!(first["facets"]["makers"], json!([{"maker": {"name": "Maker 1"}, "products": "3"}]));
    assert_eq!((&first["almost"], &first["products"]["pageInfo"]["hasNextPage"]), (&json!(false), &json!(true)));
    let second = app.member.ask(ask, json!({"after": first["products"]["pageInfo"]["endCursor"]})).await.at("/searchProducts");
    let titles: BTreeSet<&str> = [&first, &second]
        .iter()
        .flat_map(|page| page["products"]["nodes"].as_array().unwrap())
        .filter_map(|node| node["title"].as_str())
        .collect();
    assert_eq!(titles, BTreeSet::from(["Mug 0", "Mug 1", "Mug 2"]));
    assert_eq!(app.member.ask(ask, json!({"after": "bogus"})).await.codes(), ["INVALID_INPUT"]);
    assert_eq!(app.neighbour.ask(ask, json!({})).await.at("/searchProducts/facets/total"), "0");
    app.api.stop().await;
}
