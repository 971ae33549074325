//! A co-op with makers and two locations, and files for it.

use identity::Coop;
use imports::{
    ImportsError,
    products::{Options, ProductFile, ProductImports, Report},
};
use kernel::{Clock, LocationId, PartyId};
use sea_orm::ConnectionTrait as _;
use test_support::TestDb;
use uuid::Uuid;

use crate::world::{coop_with_makers, in_coop, november};

pub(super) const SHOPIFY: &str = include_str!("../samples/shopify.csv");
pub(super) const SQUARE: &str = include_str!("../samples/square.csv");
pub(super) const OFN: &str = include_str!("../samples/open_food_network.csv");

pub(super) struct Stage {
    pub(super) db: TestDb,
    pub(super) coop: Coop,
    pub(super) makers: Vec<PartyId>,
    pub(super) clock: Clock,
    pub(super) studio: LocationId,
}

/// What lies at the studio where a file does not say.
pub(super) fn at_studio() -> Options {
    Options { location: Some("studio".to_owned()), ..Options::default() }
}

/// What came of the rows: created, changed, unchanged, rejected.
pub(super) fn rows(report: &Report) -> (usize, usize, usize, usize) {
    assert!(report.rows.adds_up(), "{:?}", report.rows);
    (report.rows.created, report.rows.changed, report.rows.unchanged, report.rows.rejected)
}

impl Stage {
    pub(super) async fn open() -> Self {
        let db = TestDb::new().await;
        let (coop, makers) = coop_with_makers(&db, "harbour", 3).await;
        let studio = LocationId(Uuid::now_v7());
        let stage = Self { db, coop, makers, clock: Clock::stopped_at(november(20)), studio };
        for (id, kind, name) in [(studio.0, "studio", "Studio"), (Uuid::now_v7(), "stall", "Stall 7")] {
            stage
                .run(&format!(
                    "insert into location (coop_id, location_id, kind, name) values ({}, '{id}', '{kind}', '{name}')",
                    stage.coop.id
                ))
                .await;
        }
        stage
    }

    pub(super) fn imports(&self) -> ProductImports {
        ProductImports::new(self.db.pools.orm.clone(), self.coop.clone(), self.clock.clone())
    }

    pub(super) async fn try_import(&self, text: &str, options: &Options) -> Result<Report, ImportsError> {
        let file = ProductFile { name: "shop/products.csv", bytes: text.as_bytes() };
        self.imports().import(file, options, None, &mut |_| {}).await
    }

    pub(super) async fn import(&self, text: &str, options: &Options) -> Report {
        self.try_import(text, options).await.unwrap()
    }

    /// Does something to the co-op's rows.
    pub(super) async fn run(&self, sql: &str) {
        in_coop(&self.db, self.coop.id, async |tx| tx.execute_unprepared(sql).await.unwrap()).await;
    }

    /// A column of texts.
    pub(super) async fn texts(&self, sql: &str) -> Vec<String> {
        in_coop(&self.db, self.coop.id, async |tx| {
            let rows = tx.query_all_raw(db::statement(sql, [])).await.unwrap();
            rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
        })
        .await
    }

    pub(super) async fn number(&self, sql: &str) -> i64 {
        self.texts(&format!("select ({sql})::text")).await[0].parse().unwrap()
    }

    /// Everything an import writes, as text, but not what is remembered of imports.
    pub(super) async fn everything(&self) -> Vec<String> {
        self.texts(
            "select product_image(coop_id, product_id)::text from product
             union all select to_jsonb(category)::text from category
             union all select to_jsonb(stock)::text from stock
             union all select to_jsonb(movement)::text from movement order by 1",
        )
        .await
    }

    /// What is free of a SKU, by location.
    pub(super) async fn free(&self, sku: &str) -> Vec<String> {
        self.texts(&format!(
            "select location.name || ' ' || sum(on_hand - reserved - allocated)
             from stock join location using (coop_id, location_id) join variant using (coop_id, variant_id)
             where sku = '{sku}' group by location.name order by 1"
        ))
        .await
    }

    /// Sells units of a SKU as the till does: held, confirmed, moved.
    pub(super) async fn hold(&self, sku: &str, units: i32) -> Uuid {
        let reservation = Uuid::now_v7();
        let held = self
            .texts(&format!(
                "select hold_stock({coop}, '{reservation}', 'checkout', '[]', now(), now() + interval '1 hour', array[variant_id], array[lot_id],
                        array[location_id], array['00000000-0000-0000-0000-000000000000'::uuid], array[{units}])
                 from (select variant_id, lot_id, location_id from stock join variant using (coop_id, variant_id)
                       where sku = '{sku}' and on_hand - reserved - allocated >= {units} order by lot_id limit 1) found",
                coop = self.coop.id
            ))
            .await;
        assert_eq!(held, ["held"]);
        reservation
    }

    /// Sells units of a SKU.
    pub(super) async fn sell(&self, sku: &str, units: i32) {
        self.run(&format!(
            "insert into movement (coop_id, movement_id, kind, lot_id, location_id, quantity, at)
             select {}, gen_random_uuid(), 'sold', lot_id, location_id, -{units}, now() from stock join variant using (coop_id, variant_id)
             where sku = '{sku}' and on_hand - reserved - allocated >= {units} order by lot_id limit 1",
            self.coop.id
        ))
        .await;
    }
}
