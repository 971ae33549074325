//! Agreements in the database: versions that never change, the stacks of them that sales pin, and a cache of stacks that
//! are checked and ready to run.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, RwLock},
};

use chrono::{DateTime, Utc};
use db::{statement, word_of};
use kernel::{AgreementId, AgreementVersionId, CoopId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use splits::{Agreement, Layer, Stack};

use crate::OrdersError;

/// A stack of agreement versions, as a sale line pins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsId(pub i64);

/// A version to be adopted.
#[derive(Clone, Debug)]
pub struct NewVersion<'a> {
    /// Where it lies among the others.
    pub layer: Layer,
    /// The agreement's name; a name that exists in the layer gets its next version.
    pub name: &'a str,
    /// Its steps.
    pub body: &'a Agreement,
    /// The vote or the person that adopted it.
    pub adopted_by: Option<&'a str>,
    /// From when new sales are made under it.
    pub effective_from: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct AdoptedRow {
    agreement_id: i64,
    version_id: i64,
    version: i32,
}

/// An adopted version: its agreement, its number in the co-op and its place among the agreement's versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The agreement.
    pub agreement: AgreementId,
    /// What sales pin.
    pub version: AgreementVersionId,
    /// 1, 2, 3 …
    pub number: i32,
}

const NAME: &str =
    "insert into agreement (coop_id, layer, name) values ($1, $2::agreement_layer, $3) on conflict (coop_id, layer, name) do nothing";

const ADOPT: &str = "
insert into agreement_version (coop_id, agreement_id, version, body, adopted_by, effective_from)
select $1, named.agreement_id, 1 + coalesce((select max(version) from agreement_version before
        where before.coop_id = $1 and before.agreement_id = named.agreement_id), 0), $4::jsonb, $5, $6
from agreement named
where named.coop_id = $1 and named.layer = $2::agreement_layer and named.name = $3
returning agreement_id, version_id, version";

/// Adopts a new version of an agreement. It is checked first, alone; how it fits with others is checked by [`terms`].
pub async fn adopt(tx: &db::Tx, coop: CoopId, new: NewVersion<'_>) -> Result<Adopted, OrdersError> {
    new.body.validate(new.layer)?;
    let body = serde_json::to_string(new.body).map_err(|error| DbErr::Json(error.to_string()))?;
    let name: [Value; 3] = [coop.0.into(), word_of(new.layer)?.into(), new.name.into()];
    tx.execute_raw(statement(NAME, name.clone())).await?;
    let values = name.into_iter().chain([body.into(), new.adopted_by.into(), new.effective_from.into()]);
    let row = AdoptedRow::find_by_statement(statement(ADOPT, values)).one(tx).await?.ok_or(DbErr::RecordNotInserted)?;
    Ok(Adopted { agreement: AgreementId(row.agreement_id), version: AgreementVersionId(row.version_id), number: row.version })
}

#[derive(FromQueryResult)]
struct Version {
    coop_id: i32,
    terms_id: i64,
    layer: String,
    body: String,
}

const INTERN: &str = "insert into terms (coop_id, versions) values ($1, $2) on conflict (coop_id, versions) do nothing";
const TERMS: &str = "select terms_id from terms where coop_id = $1 and versions = $2";

const VERSIONS: &str = "
select terms.coop_id, terms.terms_id, agreement.layer::text as layer, version.body::text as body
from unnest($1::int4[], $2::int8[]) as asked (coop_id, terms_id)
join terms on terms.coop_id = asked.coop_id and terms.terms_id = asked.terms_id
cross join lateral unnest(terms.versions) with ordinality as pinned (version_id, ord)
join agreement_version version on version.coop_id = terms.coop_id and version.version_id = pinned.version_id
join agreement on agreement.coop_id = version.coop_id and agreement.agreement_id = version.agreement_id
order by terms.coop_id, terms.terms_id, pinned.ord";

/// The terms of these versions laid over each other; made when new, refused when they do not fit together.
pub async fn terms(tx: &db::Tx, agreements: &Agreements, coop: CoopId, versions: &[AgreementVersionId]) -> Result<TermsId, OrdersError> {
    let ids: Vec<i64> = versions.iter().map(|version| version.0).collect();
    let key: [Value; 2] = [coop.0.into(), ids.into()];
    tx.execute_raw(statement(INTERN, key.clone())).await?;
    let row = tx.query_one_raw(statement(TERMS, key)).await?.ok_or(DbErr::RecordNotInserted)?;
    let terms = TermsId(row.try_get("", "terms_id")?);
    agreements.stacks(tx, &BTreeSet::from([(coop, terms)])).await?;
    Ok(terms)
}

/// Stacks that are checked and ready to run. They never change, so a process keeps them; clones share what they know.
#[derive(Clone, Debug, Default)]
pub struct Agreements(Arc<RwLock<Stacks>>);

pub(crate) type Stacks = HashMap<(CoopId, TermsId), Arc<Stack>>;

/// Above this many stacks the cache starts afresh: far more than a busy installation uses in a day.
const MOST_STACKS: usize = 100_000;

impl Agreements {
    /// The stacks of all terms asked for; those that are not there are left out.
    pub(crate) async fn stacks(&self, db: &impl ConnectionTrait, wanted: &BTreeSet<(CoopId, TermsId)>) -> Result<Stacks, OrdersError> {
        let mut known: HashMap<_, _> = {
            let stacks = self.0.read().expect("no holder of the stacks panics");
            wanted.iter().filter_map(|key| stacks.get(key).map(|stack| (*key, Arc::clone(stack)))).collect()
        };
        let unknown: Vec<(CoopId, TermsId)> = wanted.iter().filter(|key| !known.contains_key(*key)).copied().collect();
        if unknown.is_empty() {
            return Ok(known);
        }
        let found = read(db, &unknown).await?;
        known.extend(found.iter().map(|(key, stack)| (*key, Arc::clone(stack))));
        let mut stacks = self.0.write().expect("no holder of the stacks panics");
        if stacks.len() > MOST_STACKS {
            stacks.clear();
        }
        stacks.extend(found);
        Ok(known)
    }
}

async fn read(db: &impl ConnectionTrait, wanted: &[(CoopId, TermsId)]) -> Result<Stacks, OrdersError> {
    let coops: Vec<i32> = wanted.iter().map(|(coop, _)| coop.0).collect();
    let ids: Vec<i64> = wanted.iter().map(|(_, terms)| terms.0).collect();
    let rows = Version::find_by_statement(statement(VERSIONS, [coops.into(), ids.into()])).all(db).await?;
    let mut layers: HashMap<(CoopId, TermsId), Vec<(Layer, Agreement)>> = HashMap::new();
    for row in rows {
        let layer = serde_json::from_value(serde_json::Value::String(row.layer)).map_err(|error| DbErr::Json(error.to_string()))?;
        let body = serde_json::from_str(&row.body).map_err(|error| DbErr::Json(error.to_string()))?;
        layers.entry((CoopId(row.coop_id), TermsId(row.terms_id))).or_default().push((layer, body));
    }
    layers.into_iter().map(|(key, layers)| Ok((key, Arc::new(Stack::of(layers)?)))).collect()
}
