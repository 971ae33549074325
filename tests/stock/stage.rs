//! A co-op with makers, locations and variants.

use ::stock::{
    AllocationId, Demand, Level, LocationKind, NewAllocation, NewLocation, NewLot, Purpose, Reservation, Stock, StockError, Terms, TermsId,
    Wanted,
};
use chrono::TimeDelta;
use identity::Coop;
use kernel::{
    Actor, ApiKeyId, Clock, Code, CoopId, LocationId, LotId, MovementId, PartyId, Permission, Permissions, ProductId, ReservationId,
    VariantId, Who,
};
use sea_orm::ConnectionTrait as _;
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{coop_with_makers, in_coop, november};

pub(super) struct Stage {
    pub(super) db: TestDb,
    pub(super) clock: Clock,
    pub(super) stock: Stock,
    pub(super) coop: Coop,
    pub(super) makers: Vec<PartyId>,
    /// Who may read and write stock.
    pub(super) ana: Actor,
    pub(super) studio: LocationId,
    pub(super) stall: LocationId,
    pub(super) mug: VariantId,
    pub(super) scarf: VariantId,
}

pub(super) fn movement() -> MovementId {
    MovementId(Uuid::now_v7())
}

/// A key of the co-op that may do these things.
pub(super) fn actor(coop: CoopId, party: Option<PartyId>, may: &[Permission]) -> Actor {
    let permissions: Permissions = may.iter().copied().collect();
    Actor { coop, who: Who::Key(ApiKeyId(Uuid::from_u128(7))), party, permissions }
}

/// What the refusal is, and its sentence.
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, StockError>) -> (Code, String) {
    let refusal = result.unwrap_err().refusal().expect("it is no fault");
    (refusal.code, refusal.message)
}

/// A product of one variant.
pub(super) async fn variant(db: &TestDb, coop: CoopId, sku: &str) -> VariantId {
    let (product, variant) = (ProductId(Uuid::now_v7()), VariantId(Uuid::now_v7()));
    let statements = [
        format!("insert into product (coop_id, product_id, handle) values ({coop}, '{product}', '{sku}')"),
        format!("insert into product_text (coop_id, product_id, language, title) values ({coop}, '{product}', 'en', 'A {sku}')"),
        format!("insert into variant (coop_id, variant_id, product_id, sku) values ({coop}, '{variant}', '{product}', '{sku}')"),
    ];
    in_coop(db, coop, async |tx| {
        for sql in statements {
            tx.execute_unprepared(&sql).await.unwrap();
        }
    })
    .await;
    variant
}

impl Stage {
    /// Three makers, a studio and a stall, mugs and scarves, and not a single one of them. It is noon of 20 November.
    pub(super) async fn open() -> Self {
        let db = TestDb::new().await;
        let clock = Clock::stopped_at(november(20));
        let (coop, makers) = coop_with_makers(&db, "harbour", 3).await;
        let stock = Stock::new(db.pools.orm.clone(), clock.clone());
        let ana = actor(coop.id, None, &[Permission::StockRead, Permission::StockWrite]);
        let (studio, stall) = (LocationId(Uuid::now_v7()), LocationId(Uuid::now_v7()));
        for (id, kind, name) in [(studio, LocationKind::Studio, "Studio"), (stall, LocationKind::Stall, "Stall 7")] {
            stock.create_location(&ana, NewLocation { id, kind, name: name.to_owned(), spot: None }).await.unwrap();
        }
        let (mug, scarf) = (variant(&db, coop.id, "mug").await, variant(&db, coop.id, "scarf").await);
        Self { db, clock, stock, coop, makers, ana, studio, stall, mug, scarf }
    }

    /// The maker, who may see and recall what is her own and nothing else.
    pub(super) fn maker(&self, number: usize) -> Actor {
        actor(self.coop.id, Some(self.makers[number]), &[])
    }

    pub(super) fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    pub(super) fn new_lot(&self, maker: usize, variant: VariantId, quantity: i32) -> NewLot {
        NewLot {
            id: LotId(Uuid::now_v7()),
            movement: movement(),
            variant,
            owner: self.makers[maker],
            terms: None,
            quantity,
            location: self.studio,
        }
    }

    /// Hands units of a maker in, at the studio.
    pub(super) async fn lot(&self, maker: usize, variant: VariantId, quantity: i32) -> LotId {
        self.receive(self.new_lot(maker, variant, quantity)).await
    }

    pub(super) async fn receive(&self, new: NewLot) -> LotId {
        self.stock.receive(&self.ana, &[new]).await.unwrap()[0].id
    }

    pub(super) async fn terms(&self, name: &str, terms: Terms) -> TermsId {
        self.stock.adopt_terms(&self.ana, name, terms).await.unwrap().id
    }

    /// A demand for units of variants, for a quarter of an hour.
    pub(super) fn demand(&self, lines: &[(VariantId, i32)]) -> Demand {
        Demand {
            id: ReservationId(Uuid::now_v7()),
            source: "checkout".to_owned(),
            wanted: lines.iter().map(|(variant, quantity)| Wanted { variant: *variant, lot: None, quantity: *quantity }).collect(),
            location: None,
            through: None,
            until: self.clock.now() + TimeDelta::minutes(15),
        }
    }

    /// Holds in a transaction, as a checkout does.
    pub(super) async fn reserve(&self, demand: &Demand) -> Result<Reservation, StockError> {
        let tx = db::begin(&self.db.pools.orm, self.coop.id).await?;
        let held = ::stock::reserve(&tx, self.coop.id, demand, self.clock.now()).await?;
        tx.commit().await?;
        Ok(held)
    }

    pub(super) async fn confirm(&self, id: ReservationId) -> Result<Reservation, StockError> {
        let tx = db::begin(&self.db.pools.orm, self.coop.id).await?;
        let sold = ::stock::confirm(&tx, self.coop.id, id, self.clock.now()).await?;
        tx.commit().await?;
        Ok(sold)
    }

    /// Holds and sells.
    pub(super) async fn sell(&self, lines: &[(VariantId, i32)]) -> Reservation {
        let held = self.reserve(&self.demand(lines)).await.unwrap();
        self.confirm(held.id).await.unwrap()
    }

    pub(super) async fn expire(&self) -> usize {
        in_coop(&self.db, self.coop.id, async |tx| ::stock::expire(tx, &[self.coop.id], self.clock.now()).await.unwrap().len()).await
    }

    pub(super) async fn end_lots(&self) -> i64 {
        ::stock::end_lots(&self.db.pools.orm, &[self.coop.id], &self.clock).await.unwrap()
    }

    /// On hand, reserved, allocated of a lot, everywhere.
    pub(super) async fn level(&self, lot: LotId) -> (i64, i64, i64) {
        let coop = self.coop.id;
        let levels = in_coop(&self.db, coop, async |tx| ::stock::levels_of_lots(tx, coop, &[lot]).await.unwrap()).await;
        let level = levels.first().map_or(Level::default(), |(_, level)| *level);
        (level.on_hand, level.reserved, level.allocated)
    }

    /// Units of a lot at a location.
    pub(super) async fn at(&self, lot: LotId, location: LocationId) -> i64 {
        let coop = self.coop.id;
        let places = in_coop(&self.db, coop, async |tx| ::stock::places_of_lots(tx, coop, &[lot]).await.unwrap()).await;
        places.iter().find(|place| place.location == location).map_or(0, |place| place.level.on_hand)
    }

    pub(super) async fn allocate(&self, lot: LotId, purpose: Purpose, name: &str, quantity: i32) -> AllocationId {
        let id = AllocationId(Uuid::now_v7());
        let new = NewAllocation { id, movement: movement(), lot, location: self.studio, purpose, name: name.to_owned(), quantity };
        self.stock.allocate(&self.ana, &new).await.unwrap().id
    }
}

/// Whose units are held or were sold, and how many.
pub(super) fn owners(reservation: &Reservation) -> Vec<(PartyId, i32)> {
    let mut sums = std::collections::BTreeMap::new();
    for line in &reservation.lines {
        *sums.entry(line.owner).or_default() += line.quantity;
    }
    sums.into_iter().collect()
}
