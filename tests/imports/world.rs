//! A co-op that imports: three makers, 10 % to the co-op, the rest to the makers.

use std::{fs, path::PathBuf};

use chrono::{DateTime, Utc};
use identity::Coop;
use imports::{Imports, Options, Report};
use kernel::{Clock, CoopId, PartyId};
use ledger::Accounts;
use orders::NewVersion;
use sea_orm::ConnectionTrait as _;
use splits::{Agreement, Base, Layer, Owners, Payee, Percent, Share, Step};
use test_support::TestDb;

use crate::world::{coop_with_makers, in_coop, november};

pub(super) const HEADER: &str = "sale_id,sold_at,channel,sku,description,quantity,unit_price,currency,buyer,maker";

/// A co-op with a database of its own, and a folder for its files.
pub(super) struct Importing {
    pub(super) db: TestDb,
    pub(super) coop: Coop,
    pub(super) makers: Vec<PartyId>,
    pub(super) clock: Clock,
    folder: PathBuf,
}

impl Importing {
    pub(super) async fn new() -> Self {
        let db = TestDb::new().await;
        let (coop, makers) = coop_with_makers(&db, "harbour", 3).await;
        let folder = std::env::temp_dir().join(format!("guildhall-imports-{}", uuid::Uuid::now_v7().simple()));
        fs::create_dir(&folder).unwrap();
        let world = Self { db, coop, makers, clock: Clock::stopped_at(november(30)), folder };
        world.adopt("10 %", november(1)).await;
        world
    }

    /// Adopts a version of the default agreement that gives this much to the co-op.
    pub(super) async fn adopt(&self, rate: &str, from: DateTime<Utc>) {
        adopt(&self.db, self.coop.id, rate, from).await;
    }

    /// Writes a file of the usual columns and these rows.
    pub(super) fn file(&self, rows: &str) -> PathBuf {
        self.raw_file(format!("{HEADER}\n{rows}").as_bytes())
    }

    pub(super) fn raw_file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(format!("{}.csv", uuid::Uuid::now_v7().simple()));
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) async fn imports(&self) -> Imports {
        Imports::of(&self.db.pools.orm, self.coop.clone(), Accounts::default(), &self.clock).await.unwrap()
    }

    /// Imports these rows.
    pub(super) async fn import(&self, rows: &str) -> Report {
        self.import_file(&self.file(rows)).await
    }

    pub(super) async fn import_file(&self, path: &std::path::Path) -> Report {
        self.imports().await.sales(path, Options::default(), &mut |_| {}).await.unwrap()
    }

    /// Imports these rows and returns the rejects file as well.
    pub(super) async fn import_with_rejects(&self, rows: &str) -> (Report, String) {
        let mut rejects = Vec::new();
        let options = Options { dry_run: false, rejects: Some(&mut rejects) };
        let report = self.imports().await.sales(&self.file(rows), options, &mut |_| {}).await.unwrap();
        (report, String::from_utf8(rejects).unwrap())
    }

    /// One number out of the database.
    pub(super) async fn number(&self, sql: &str) -> i64 {
        number(&self.db, self.coop.id, sql).await
    }

    /// What the co-op owes a maker.
    pub(super) async fn owed(&self, maker: usize) -> i64 {
        let party = self.makers[maker];
        self.number(&format!(
            "select coalesce(sum(-entry.amount), 0)::int8 from entry join account using (coop_id, account_id)
             where account.kind = 'member_payable' and account.party_id = {party}"
        ))
        .await
    }

    /// How many rows there are of everything that an import writes.
    pub(super) async fn written(&self) -> Vec<i64> {
        let mut counts = Vec::new();
        for table in ["sale", "sale_line", "allocation", "refund", "posting", "entry", "import_parked", "terms", "account", "balance"] {
            counts.push(self.number(&format!("select count(*) from {table}")).await);
        }
        counts
    }
}

impl Drop for Importing {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub(super) async fn adopt(db: &TestDb, coop: CoopId, rate: &str, from: DateTime<Utc>) {
    let body = Agreement::new(
        "Default",
        vec![
            Step::Percent(Percent { to: Payee::CoOp, of: Base::Gross, rate: rate.parse().unwrap(), floor: None, cap: None }),
            Step::Owners(Owners { share: Share::Rest }),
        ],
    );
    let new = NewVersion { layer: Layer::CoOp, name: "default", body: &body, adopted_by: None, effective_from: from };
    in_coop(db, coop, async |tx| orders::adopt(tx, coop, new).await.unwrap()).await;
}

pub(super) async fn number(db: &TestDb, coop: CoopId, sql: &str) -> i64 {
    let tx = db::begin_global(&db.pools.orm).await.unwrap();
    db::name_coops(&tx, &[coop]).await.unwrap();
    let row = tx.query_one_raw(db::statement(sql, [])).await.unwrap().unwrap();
    tx.rollback().await.unwrap();
    row.try_get_by_index(0).unwrap()
}
