//! A co-op that sells, and a device that follows it.

use std::collections::BTreeMap;

use ::catalogue::{
    Attribute, Catalogue, Change, Channel, Feed, FeedAsk, FeedThing, NewPrice, Policy, ProductStatus, Publication, SaveOffer, SaveProduct,
    SaveVariant, Text, Which,
};
use identity::Coop;
use kernel::{Actor, ApiKeyId, Clock, CoopId, PartyId, Permissions, ProductId, Who};
use serde_json::Value;
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{coop_with_makers, november};

pub(super) struct Stage {
    pub(super) db: TestDb,
    pub(super) clock: Clock,
    pub(super) catalogue: Catalogue,
    pub(super) coop: Coop,
    pub(super) makers: Vec<PartyId>,
    /// Who may do everything.
    pub(super) ana: Actor,
}

/// A key of the co-op that may do these things.
pub(super) fn actor(coop: CoopId, permissions: Permissions) -> Actor {
    Actor { coop, who: Who::Key(ApiKeyId(Uuid::from_u128(7))), party: None, permissions }
}

/// A price in euros, everywhere.
pub(super) fn euros(amount: i64) -> NewPrice {
    NewPrice { currency: "EUR".parse().unwrap(), channel: None, amount }
}

/// An active product of one variant, offered by one maker and shown at the till and on the web since the beginning of November.
pub(super) fn product(title: &str, maker: PartyId) -> SaveProduct {
    let shown = |channel| Publication { channel, from: november(1), until: None };
    let offer = SaveOffer { maker, sku: Change::Keep, withdrawn: None, prices: Some(vec![euros(1_800)]) };
    let sku = title.to_uppercase().replace(' ', "-");
    SaveProduct {
        status: Some(ProductStatus::Active),
        texts: Some(vec![text("en", title)]),
        variants: vec![SaveVariant { sku: Some(sku), offers: vec![offer], ..SaveVariant::default() }],
        publications: Some(vec![shown(Channel::Web), shown(Channel::Till)]),
        ..SaveProduct::of(Which::New(ProductId(Uuid::now_v7())))
    }
}

pub(super) fn text(language: &str, title: &str) -> Text {
    Text { language: language.to_owned(), title: title.to_owned(), description: String::new() }
}

pub(super) fn attribute(name: &str, value: &str) -> Attribute {
    Attribute { name: name.to_owned(), value: value.to_owned() }
}

/// A change of a product that is there.
pub(super) fn change(id: ProductId) -> SaveProduct {
    SaveProduct::of(Which::Known(id))
}

impl Stage {
    /// Three makers on 20 November, and nothing to sell.
    pub(super) async fn open() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::stopped_at(november(20));
        let (coop, makers) = coop_with_makers(&db, "harbour", 3).await;
        let catalogue = Catalogue::new(db.pools.orm.clone(), clock.clone());
        let ana = actor(coop.id, Permissions::all());
        Self { db, clock, catalogue, coop, makers, ana }
    }

    pub(super) async fn save(&self, wish: SaveProduct) -> ProductId {
        self.save_all(vec![wish]).await[0]
    }

    pub(super) async fn save_all(&self, wishes: Vec<SaveProduct>) -> Vec<ProductId> {
        let saved = self.catalogue.save_products(&self.ana, wishes, Policy::AllOrNothing).await.unwrap();
        saved.into_iter().map(|outcome| outcome.saved.unwrap()).collect()
    }

    pub(super) async fn changes(&self, since: i64, channel: Option<Channel>) -> Feed {
        self.catalogue.changes(&self.ana, FeedAsk { since, first: 100, channel }).await.unwrap()
    }

    pub(super) async fn version(&self) -> i64 {
        self.catalogue.feed_version(&self.ana).await.unwrap().version
    }
}

/// What a device keeps.
#[derive(Debug, Default)]
pub(super) struct Device {
    pub(super) since: i64,
    /// Every number that it was ever told.
    pub(super) told: Vec<i64>,
    pub(super) products: BTreeMap<Uuid, Value>,
}

impl Device {
    /// Keeps a page: the numbers grow from page to page, and none comes twice.
    pub(super) fn keep(&mut self, feed: Feed) {
        for entry in feed.changes {
            assert!(
                entry.version > self.told.last().copied().unwrap_or(self.since),
                "{} comes after {:?}",
                entry.version,
                self.told.last()
            );
            self.told.push(entry.version);
            let FeedThing::Product(id) = entry.thing else { continue };
            match entry.body {
                Some(body) => {
                    self.products.insert(id.0, serde_json::from_str(body.get()).unwrap());
                }
                None => {
                    self.products.remove(&id.0);
                }
            }
        }
        assert!(feed.until >= self.since && feed.until <= feed.version);
        self.since = feed.until;
    }
}
