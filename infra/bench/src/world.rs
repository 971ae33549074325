//! A server of its own, a co-op with makers, and sales.

use std::error::Error;

use chrono::{DateTime, TimeZone as _, Utc};
use db::Pools;
use identity::{Coop, NewCoop, NewParty, PartyKind};
use kernel::{PartyId, SaleId};
use local_postgres::{Durability, LocalPostgres};
use orders::{Agreements, Channel, NewLine, NewSale, NewVersion, Payment, TermsId};
use serde_json::json;
use splits::{Layer, Owner, Terms};
use uuid::Uuid;

/// Connections: two settlers, or eight clients of the api.
const CONNECTIONS: u32 = 16;

pub(crate) struct World {
    server: LocalPostgres,
    _root: tempfile::TempDir,
    pub(crate) url: String,
    pub(crate) pools: Pools,
    pub(crate) coop: Coop,
    pub(crate) makers: Vec<PartyId>,
    pub(crate) venue: PartyId,
    pub(crate) terms: TermsId,
}

/// When everything is sold.
pub(crate) fn sold_at() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 5, 12, 0, 0).single().expect("noon exists")
}

impl World {
    pub(crate) async fn make() -> Result<Self, Box<dyn Error>> {
        let root = tempfile::tempdir()?;
        let server = LocalPostgres::ensure(&root.path().join("postgres"), 0, Durability::Durable)?;
        let owner = db::owner_pool(&server.url("postgres")).await?;
        sqlx::query("create database bench").execute(&owner).await?;
        let url = server.url("bench");
        let owner = db::owner_pool(&url).await?;
        migrations::run(&owner).await?;
        let pools = db::app_pool(&url, CONNECTIONS).await?;
        let new = NewCoop { slug: "bench", name: "Bench", country: "NL", currency: "EUR".parse()?, time_zone: "Europe/Amsterdam" };
        let coop = identity::found(&pools.orm, new, sold_at()).await?;
        let party = |number: u32, kind| NewParty {
            kind,
            handle: format!("party-{number}"),
            name: format!("Party {number}"),
            email: None,
            stripe_account: None,
            minimum_payout: 0,
        };
        let tx = db::begin(&pools.orm, coop.id).await?;
        let mut makers = identity::add_parties(&tx, coop.id, (1..=31).map(|number| party(number, PartyKind::Member)).collect()).await?;
        let body = serde_json::from_value(json!({"name": "Default", "shortfall": "co_op", "steps": [
            {"step": "percent", "to": "venue", "of": "gross", "rate": "12 %"},
            {"step": "percent", "to": "co_op", "of": "gross", "rate": "5 %"},
            {"step": "owners", "share": "rest"}]}))?;
        let version = NewVersion { layer: Layer::CoOp, name: "Default", body: &body, adopted_by: None, effective_from: sold_at() };
        let version = orders::adopt(&tx, coop.id, version).await?.version;
        let terms = orders::terms(&tx, &Agreements::default(), coop.id, &[version]).await?;
        tx.commit().await?;
        let venue = makers.pop().ok_or("there are parties")?;
        Ok(Self { server, _root: root, url, pools, coop, makers, venue, terms })
    }

    pub(crate) fn stop(&self) -> Result<(), Box<dyn Error>> {
        Ok(self.server.stop()?)
    }

    pub(crate) async fn server_version(&self) -> Result<String, sqlx::Error> {
        let version: String = sqlx::query_scalar("select split_part(version(), ' on ', 1)").fetch_one(&self.pools.sqlx).await?;
        Ok(version)
    }

    /// A sale of 30.00 with one line of two makers: six legs when it is settled.
    pub(crate) fn sale(&self, number: usize) -> NewSale {
        let id = SaleId(Uuid::now_v7());
        let owner = |offset: usize| Owner { party: self.makers[(number + offset) % self.makers.len()], terms: Terms::Share, quantity: 1 };
        NewSale {
            id,
            channel: Channel::Web,
            payment: Payment::Stripe,
            reference: None,
            currency: self.coop.currency,
            sold_at: sold_at(),
            buyer: None,
            venue: Some(self.venue),
            affiliate: None,
            payment_intent: Some(format!("pi_{}", id.0.simple())),
            lines: vec![NewLine {
                sku: "mug".to_owned(),
                description: "A mug".to_owned(),
                quantity: 2,
                amount: 3000,
                tax: 0,
                discount: 0,
                terms: self.terms,
                owners: vec![owner(0), owner(1)],
            }],
        }
    }
}
