//! Who shares a cost, and by what.

use std::collections::BTreeSet;

use db::{column, statement};
use kernel::{Actor, Clock, CoopId, Currency, PartyId, Permission};
use ledger::Accounts;
use sea_orm::{ActiveEnum as _, ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{CostsError, Rule};

/// Parties that share one cost.
pub const MAX_SHARERS: usize = 500;
const MAX_NAME_CHARS: usize = 120;
const MAX_MEASURE: i64 = 1_000_000_000;

/// A pool. Made by the one who opens it, so that opening it twice is one pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolId(pub Uuid);

impl std::fmt::Display for PoolId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One who shares a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Sharer {
    /// Who.
    pub party: PartyId,
    /// Their measure; 0 where none counts.
    pub measure: i64,
}

/// A pool to be opened.
#[derive(Clone, Debug)]
pub struct NewPool {
    /// Its number.
    pub id: PoolId,
    /// What it is for.
    pub name: String,
    /// What is paid in.
    pub currency: Currency,
    /// By what it is shared.
    pub rule: Rule,
    /// By whom.
    pub sharers: Vec<Sharer>,
}

/// A cost that is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its number.
    pub id: PoolId,
    /// What it is for.
    pub name: String,
    /// What is paid in.
    pub currency: Currency,
    /// By what it is shared.
    pub rule: Rule,
    /// By whom, by party.
    pub sharers: Vec<Sharer>,
}

/// The use cases of shared costs.
#[derive(Clone, Debug)]
pub struct Costs {
    pub(crate) db: DatabaseConnection,
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
}

#[derive(FromQueryResult)]
struct Row {
    pool_id: Uuid,
    name: String,
    currency: String,
    rule: Rule,
    parties: Vec<i64>,
    measures: Vec<i64>,
}

const READ: &str = "
select pool_id, name, currency, rule,
       array(select party_id from cost_sharer sharer where sharer.coop_id = $1 and sharer.pool_id = cost_pool.pool_id order by party_id) as parties,
       array(select measure from cost_sharer sharer where sharer.coop_id = $1 and sharer.pool_id = cost_pool.pool_id order by party_id) as measures
from cost_pool";

impl TryFrom<Row> for Pool {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let sharers = row.parties.into_iter().zip(row.measures).map(|(party, measure)| Sharer { party: PartyId(party), measure }).collect();
        let currency = row.currency.parse().map_err(|_| DbErr::Type(format!("{} is no currency", row.currency)))?;
        Ok(Self { id: PoolId(row.pool_id), name: row.name, currency, rule: row.rule, sharers })
    }
}

impl NewPool {
    fn checked(self) -> Result<Pool, CostsError> {
        let Self { id, name, currency, rule, mut sharers } = self;
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            return Err(CostsError::Name);
        }
        sharers.sort_unstable();
        let parties: BTreeSet<PartyId> = sharers.iter().map(|sharer| sharer.party).collect();
        let measured = sharers.iter().all(|sharer| (0..=MAX_MEASURE).contains(&sharer.measure));
        let weighs = match rule {
            Rule::Measure => sharers.iter().any(|sharer| sharer.measure > 0),
            Rule::Equal | Rule::Sales => sharers.iter().all(|sharer| sharer.measure == 0),
        };
        if sharers.is_empty() || sharers.len() > MAX_SHARERS || parties.len() < sharers.len() || !measured || !weighs {
            return Err(CostsError::Sharers);
        }
        Ok(Pool { id, name, currency, rule, sharers })
    }
}

impl Costs {
    /// Over a pool of the application's role; `accounts` is what the process knows of the books'.
    pub const fn new(db: DatabaseConnection, accounts: Accounts, clock: Clock) -> Self {
        Self { db, accounts, clock }
    }

    /// Opens a pool, for good: where sharers or the rule change, another pool goes on. Again with the same number: the same.
    #[tracing::instrument(name = "costs.open", skip_all, fields(coop.id = %actor.coop, pool.id = %new.id))]
    pub async fn open(&self, actor: &Actor, new: NewPool) -> Result<Pool, CostsError> {
        const INSERT: &str = "
            insert into cost_pool (coop_id, pool_id, name, currency, rule, opened_at) values ($1, $2, $3, $4, $5::cost_rule, $6)
            on conflict do nothing";
        const SHARERS: &str = "
            insert into cost_sharer (coop_id, pool_id, party_id, measure)
            select $1, $2, party_id, measure from unnest($3::int8[], $4::int8[]) as sharer (party_id, measure)";
        actor.require(Permission::StatementsClose)?;
        let wanted = new.checked()?;
        let key = || -> [sea_orm::Value; 2] { [actor.coop.0.into(), wanted.id.0.into()] };
        let tx = db::begin(&self.db, actor.coop).await?;
        self.known_parties(&tx, actor.coop, &wanted.sharers).await?;
        let rest = [wanted.name.as_str().into(), wanted.currency.code().into(), wanted.rule.to_value().into(), self.clock.now().into()];
        if tx.execute_raw(statement(INSERT, key().into_iter().chain(rest))).await?.rows_affected() > 0 {
            let sharers = [column(&wanted.sharers, |sharer| sharer.party.0), column(&wanted.sharers, |sharer| sharer.measure)];
            tx.execute_raw(statement(SHARERS, key().into_iter().chain(sharers))).await?;
        }
        let made = get(&tx, actor.coop, wanted.id).await?;
        tx.commit().await?;
        if made == wanted { Ok(made) } else { Err(CostsError::Taken(wanted.id)) }
    }

    async fn known_parties(&self, tx: &db::Tx, coop: CoopId, sharers: &[Sharer]) -> Result<(), CostsError> {
        const UNKNOWN: &str = "
            select asked.party_id from unnest($2::int8[]) as asked (party_id)
            where not exists (select from party where party.coop_id = $1 and party.party_id = asked.party_id) limit 1";
        let values = [coop.0.into(), column(sharers, |sharer| sharer.party.0)];
        match tx.query_one_raw(statement(UNKNOWN, values)).await? {
            Some(row) => Err(CostsError::NoParty(PartyId(row.try_get("", "party_id")?))),
            None => Ok(()),
        }
    }

    /// A pool.
    pub async fn pool(&self, coop: CoopId, id: PoolId) -> Result<Pool, CostsError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = get(&tx, coop, id).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The pools after that one, by number.
    pub async fn pools_page(&self, coop: CoopId, limit: i64, after: Option<PoolId>) -> Result<Vec<Pool>, CostsError> {
        let sql = format!("{READ} where coop_id = $1 and ($3::uuid is null or pool_id > $3) order by pool_id limit $2");
        let tx = db::begin(&self.db, coop).await?;
        let values = [coop.0.into(), limit.into(), after.map(|id| id.0).into()];
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Pool::try_from).collect::<Result<_, _>>()?)
    }
}

/// The pool.
pub(crate) async fn get(db: &impl ConnectionTrait, coop: CoopId, id: PoolId) -> Result<Pool, CostsError> {
    let sql = format!("{READ} where coop_id = $1 and pool_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    Ok(row.ok_or(CostsError::NoPool(id))?.try_into()?)
}
