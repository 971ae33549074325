//! Edges to one: gathered while a page is resolved, read with one statement each, in the actor's co-op alone.

mod catalogue;
mod promises;
mod stock;

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    dataloader::{DataLoader, Loader},
    futures_util::future::BoxFuture,
};
use db::statement;
use identity::Party;
use kernel::{AgreementId, CoopId, PartyId, PersonId, SaleId};
use orders::SaleHead;
use payouts::{PayoutId, Payouts, RunId};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use statements::StatementId;
use uuid::Uuid;

use super::{
    House,
    base::{Answer, Failure},
};

pub(crate) use self::catalogue::{AttributesOf, ContributorsOf, MediaOf, PublicationsOf, TextsOf, VariantsOf};
pub(crate) use self::stock::{LevelOf, PlacesOf, SumsOf};

/// The loaders of one request.
pub(crate) struct Loaders {
    loader: DataLoader<Reader>,
    /// How many keys were asked for so far.
    asked: Arc<AtomicUsize>,
}

/// Turns of the executor in which nobody asked for a further key, before those that were asked for are read: a page that is still
/// being resolved asks in each.
const CALM_TURNS: usize = 3;

/// Reads the rows of one co-op.
pub(crate) struct Reader {
    db: DatabaseConnection,
    payouts: Payouts,
    coop: CoopId,
}

impl Loaders {
    pub(crate) fn new(house: &House, coop: CoopId) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let reader = Reader { db: house.db.clone(), payouts: house.payouts.clone(), coop };
        let counted = Arc::clone(&asked);
        let spawn = move |load: BoxFuture<'static, ()>| tokio::spawn(when_calm(Arc::clone(&counted), load));
        // No span of time fits all: too short a one cuts a page into pieces, too long a one is waited for in vain
        Self { loader: DataLoader::new(reader, spawn).delay(Duration::ZERO), asked }
    }

    /// The row of that key, if the actor's co-op has one.
    pub(crate) async fn load<K>(&self, key: K) -> Answer<Option<<Reader as Loader<K>>::Value>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Reader: Loader<K, Error = Failure>,
    {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.loader.load_one(key).await
    }
}

/// Loads once nobody asks for further keys: then all that a page wants of a kind is read by one statement, however slowly the
/// page is resolved.
async fn when_calm(asked: Arc<AtomicUsize>, load: BoxFuture<'static, ()>) {
    let (mut seen, mut calm) = (asked.load(Ordering::Relaxed), 0);
    while calm < CALM_TURNS {
        tokio::task::yield_now().await;
        let now = asked.load(Ordering::Relaxed);
        calm = if now == seen { calm + 1 } else { 0 };
        seen = now;
    }
    load.await;
}

impl Reader {
    async fn reading(&self) -> Result<db::Tx, DbErr> {
        db::begin_reading(&self.db, self.coop).await
    }
}

impl Loader<PartyId> for Reader {
    type Value = Party;
    type Error = Failure;

    async fn load(&self, keys: &[PartyId]) -> Result<HashMap<PartyId, Party>, Failure> {
        let tx = self.reading().await?;
        let found = identity::parties_of(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(found.into_iter().map(|party| (party.id, party)).collect())
    }
}

/// The names of people who belong, or belonged, to the co-op.
impl Loader<PersonId> for Reader {
    type Value = String;
    type Error = Failure;

    async fn load(&self, keys: &[PersonId]) -> Result<HashMap<PersonId, String>, Failure> {
        const NAMES: &str = "
            select person.person_id, person.name from membership join person on person.person_id = membership.person_id
            where membership.coop_id = $1 and membership.person_id = any ($2)";
        let ids: Vec<Uuid> = keys.iter().map(|person| person.0).collect();
        let tx = self.reading().await?;
        let rows = tx.query_all_raw(statement(NAMES, [self.coop.0.into(), ids.into()])).await?;
        tx.commit().await?;
        rows.iter().map(|row| Ok((PersonId(row.try_get("", "person_id")?), row.try_get("", "name")?))).collect()
    }
}

impl Loader<RunId> for Reader {
    type Value = payouts::Run;
    type Error = Failure;

    async fn load(&self, keys: &[RunId]) -> Result<HashMap<RunId, payouts::Run>, Failure> {
        Ok(self.payouts.runs_of(self.coop, keys).await?.into_iter().map(|run| (run.id, run)).collect())
    }
}

impl Loader<PayoutId> for Reader {
    type Value = payouts::Payout;
    type Error = Failure;

    async fn load(&self, keys: &[PayoutId]) -> Result<HashMap<PayoutId, payouts::Payout>, Failure> {
        Ok(self.payouts.payouts_of(self.coop, keys).await?.into_iter().map(|payout| (payout.id, payout)).collect())
    }
}

impl Loader<SaleId> for Reader {
    type Value = SaleHead;
    type Error = Failure;

    async fn load(&self, keys: &[SaleId]) -> Result<HashMap<SaleId, SaleHead>, Failure> {
        let tx = self.reading().await?;
        let sales = orders::sales_of(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(sales.into_iter().map(|sale| (sale.id, sale)).collect())
    }
}

/// The versions of each agreement, latest first.
impl Loader<AgreementId> for Reader {
    type Value = Vec<orders::Version>;
    type Error = Failure;

    async fn load(&self, keys: &[AgreementId]) -> Result<HashMap<AgreementId, Vec<orders::Version>>, Failure> {
        let tx = self.reading().await?;
        let versions = orders::versions_of(&tx, self.coop, keys).await?;
        tx.commit().await?;
        let mut found: HashMap<AgreementId, Vec<orders::Version>> = HashMap::new();
        for version in versions {
            found.entry(version.agreement).or_default().push(version);
        }
        Ok(found)
    }
}

/// The documents of statements, as they were hashed.
impl Loader<StatementId> for Reader {
    type Value = String;
    type Error = Failure;

    async fn load(&self, keys: &[StatementId]) -> Result<HashMap<StatementId, String>, Failure> {
        let tx = self.reading().await?;
        let documents = statements::documents_of(&tx, self.coop, keys).await?;
        tx.commit().await?;
        Ok(documents.into_iter().collect())
    }
}
