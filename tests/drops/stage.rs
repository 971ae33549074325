//! A co-op with makers' lots at two places, and people who want them. The clock stands at noon of the tenth of November.

use ::stock::{
    LocationKind, NewLocation, NewLot, Stock,
    promises::{Buyer, PromiseError, Promises},
};
use chrono::{DateTime, TimeDelta, Utc};
use identity::Coop;
use kernel::{
    Actor, Clock, Code, CoopId, LocationId, LotId, MovementId, PartyId, Permission, Permissions, PersonId, ReservationId, SessionId,
    VariantId, Who,
};
use sqlx::Row as _;
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{coop_with_makers, november};

pub(super) struct Stage {
    pub(super) db: TestDb,
    pub(super) clock: Clock,
    pub(super) promises: Promises,
    pub(super) stock: Stock,
    pub(super) coop: Coop,
    pub(super) makers: Vec<PartyId>,
    /// Keeps the stock.
    pub(super) ana: Actor,
    pub(super) studio: LocationId,
    pub(super) stall: LocationId,
}

/// Somebody of a co-op who may do these things.
pub(super) fn somebody(coop: &Coop, permissions: &[Permission]) -> Actor {
    let who = Who::Person { person: PersonId(Uuid::now_v7()), session: SessionId(Uuid::nil()), factor_at: None };
    Actor { coop: coop.id, who, party: None, permissions: permissions.iter().copied().collect::<Permissions>() }
}

pub(super) fn reservation() -> ReservationId {
    ReservationId(Uuid::now_v7())
}

/// The code that a refusal has for the one who asked.
pub(super) fn code<T: std::fmt::Debug>(result: Result<T, PromiseError>) -> Code {
    result.unwrap_err().refusal().expect("a refusal, not a fault").code
}

impl Stage {
    pub(super) async fn open() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::stopped_at(november(10));
        let (coop, makers) = coop_with_makers(&db, "harbour", 3).await;
        let ana = somebody(&coop, &[Permission::StockRead, Permission::StockWrite]);
        let stock = Stock::new(db.pools.orm.clone(), clock.clone());
        let promises = Promises::new(db.pools.orm.clone(), clock.clone());
        let (studio, stall) = (LocationId(Uuid::now_v7()), LocationId(Uuid::now_v7()));
        for (id, kind, name) in [(studio, LocationKind::Studio, "Studio"), (stall, LocationKind::Stall, "Stall 7")] {
            stock.create_location(&ana, NewLocation { id, kind, name: name.to_owned(), spot: None }).await.unwrap();
        }
        Self { db, clock, promises, stock, coop, makers, ana, studio, stall }
    }

    /// The same keeper of another co-op, who may do everything there and nothing here.
    pub(super) async fn neighbour(&self) -> Actor {
        let (other, _) = coop_with_makers(&self.db, "quarry", 0).await;
        somebody(&other, &[Permission::StockRead, Permission::StockWrite])
    }

    /// A member who wants to buy.
    pub(super) fn buyer(&self) -> (Actor, Buyer) {
        let actor = somebody(&self.coop, &[]);
        (actor, Buyer::person(actor.person().unwrap()))
    }

    /// A product of one variant, with an offer of the first maker at a price in euros where one is given.
    pub(super) async fn variant(&self, sku: &str, price: Option<i64>) -> VariantId {
        variant(&self.db, (self.coop.id, self.makers[0]), sku, price).await
    }

    /// A lot of a maker comes in.
    pub(super) async fn lot(&self, variant: VariantId, maker: usize, quantity: i32, location: LocationId) -> LotId {
        let (id, movement) = (LotId(Uuid::now_v7()), MovementId(Uuid::now_v7()));
        let new = NewLot { id, movement, variant, owner: self.makers[maker], terms: None, quantity, location };
        self.stock.receive(&self.ana, &[new]).await.unwrap();
        id
    }

    /// What could be sold of a variant now, from one place or from all.
    pub(super) async fn free(&self, variant: VariantId, location: Option<LocationId>) -> i64 {
        let tx = db::begin(&self.db.pools.orm, self.coop.id).await.unwrap();
        let free = ::stock::available(&tx, self.coop.id, &[variant], (location, self.clock.now())).await.unwrap();
        tx.commit().await.unwrap();
        free.get(&variant).copied().unwrap_or(0)
    }

    /// Time passes, and what has run out is freed.
    pub(super) async fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
        let tx = db::begin(&self.db.pools.orm, self.coop.id).await.unwrap();
        ::stock::expire(&tx, &[self.coop.id], self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Sells what is held.
    pub(super) async fn sell(&self, id: ReservationId) {
        let tx = db::begin(&self.db.pools.orm, self.coop.id).await.unwrap();
        ::stock::confirm(&tx, self.coop.id, id, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A number that the database knows.
    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        let owner = self.db.owner().await;
        let number = sqlx::query(sql).fetch_one(&owner).await.unwrap().get(0);
        owner.close().await;
        number
    }
}

/// So many hours after noon of the tenth of November.
pub(super) fn hours(number: i64) -> DateTime<Utc> {
    november(10) + TimeDelta::hours(number)
}

/// A product of one variant in a co-op, with an offer of a maker at a price in euros where one is given.
pub(super) async fn variant(db: &TestDb, (coop, maker): (CoopId, PartyId), sku: &str, price: Option<i64>) -> VariantId {
    let owner = db.owner().await;
    let (product, variant, offer) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let mut tx = owner.begin().await.unwrap();
    sqlx::query("select set_config('guildhall.coops', $1::text, true)").bind(coop.0.to_string()).execute(&mut *tx).await.unwrap();
    let product_sql = "insert into product (coop_id, product_id, handle, status) values ($1, $2, $3, 'active')";
    sqlx::query(product_sql).bind(coop.0).bind(product).bind(sku).execute(&mut *tx).await.unwrap();
    let text = "insert into product_text (coop_id, product_id, language, title) values ($1, $2, 'en', $3)";
    sqlx::query(text).bind(coop.0).bind(product).bind(format!("A {sku}")).execute(&mut *tx).await.unwrap();
    let variant_sql = "insert into variant (coop_id, variant_id, product_id, sku) values ($1, $2, $3, $4)";
    sqlx::query(variant_sql).bind(coop.0).bind(variant).bind(product).bind(sku).execute(&mut *tx).await.unwrap();
    if let Some(price) = price {
        let offer_sql = "insert into offer (coop_id, offer_id, variant_id, party_id) values ($1, $2, $3, $4)";
        sqlx::query(offer_sql).bind(coop.0).bind(offer).bind(variant).bind(maker.0).execute(&mut *tx).await.unwrap();
        let price_sql = "insert into price (coop_id, offer_id, currency, amount) values ($1, $2, 'EUR', $3)";
        sqlx::query(price_sql).bind(coop.0).bind(offer).bind(price).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    owner.close().await;
    VariantId(variant)
}
