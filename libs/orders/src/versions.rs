//! Reading agreements and their versions.

use chrono::{DateTime, Utc};
use db::statement;
use kernel::{AgreementId, AgreementVersionId, CoopId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use splits::{Agreement, Layer};

/// An agreement through all of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementHead {
    /// Its number.
    pub id: AgreementId,
    /// Where it lies among the others.
    pub layer: Layer,
    /// Its name, unique in the layer.
    pub name: String,
}

/// A version of an agreement, as it was adopted.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// What sales pin.
    pub id: AgreementVersionId,
    /// The agreement.
    pub agreement: AgreementId,
    /// 1, 2, 3 …
    pub number: i32,
    /// Its steps.
    pub body: Agreement,
    /// The vote or the person that adopted it.
    pub adopted_by: Option<String>,
    /// From when sales are made under it.
    pub effective_from: DateTime<Utc>,
    /// When it was adopted.
    pub created_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct HeadRow {
    agreement_id: i64,
    layer: String,
    name: String,
}

#[derive(FromQueryResult)]
struct VersionRow {
    version_id: i64,
    agreement_id: i64,
    version: i32,
    body: String,
    adopted_by: Option<String>,
    effective_from: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

const HEADS: &str = "select agreement_id, layer::text as layer, name from agreement where coop_id = $1 and ";
const VERSIONS: &str = "
select version_id, agreement_id, version, body::text as body, adopted_by, effective_from, created_at
from agreement_version where coop_id = $1 and ";

/// The agreements after that one, in the order in which they came.
pub async fn agreements_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    limit: i64,
    after: Option<AgreementId>,
) -> Result<Vec<AgreementHead>, DbErr> {
    let after = after.map_or(0, |after| after.0);
    heads(db, "agreement_id > $2 order by agreement_id limit $3", [coop.0.into(), after.into(), limit.into()]).await
}

/// The agreements of these numbers; those that are not there are left out.
pub async fn agreements_of(db: &impl ConnectionTrait, coop: CoopId, ids: &[AgreementId]) -> Result<Vec<AgreementHead>, DbErr> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    heads(db, "agreement_id = any ($2)", [coop.0.into(), ids.into()]).await
}

/// The versions of these agreements, latest first.
pub async fn versions_of(db: &impl ConnectionTrait, coop: CoopId, agreements: &[AgreementId]) -> Result<Vec<Version>, DbErr> {
    let ids: Vec<i64> = agreements.iter().map(|id| id.0).collect();
    versions(db, "agreement_id = any ($2) order by agreement_id, version desc", [coop.0.into(), ids.into()]).await
}

/// The versions of these numbers; those that are not there are left out.
pub async fn versions_by_id(db: &impl ConnectionTrait, coop: CoopId, ids: &[AgreementVersionId]) -> Result<Vec<Version>, DbErr> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    versions(db, "version_id = any ($2)", [coop.0.into(), ids.into()]).await
}

async fn heads(db: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<AgreementHead>, DbErr> {
    let rows = HeadRow::find_by_statement(statement(&format!("{HEADS}{which}"), values)).all(db).await?;
    rows.into_iter()
        .map(|row| {
            let layer = serde_json::from_value(serde_json::Value::String(row.layer)).map_err(|error| DbErr::Json(error.to_string()))?;
            Ok(AgreementHead { id: AgreementId(row.agreement_id), layer, name: row.name })
        })
        .collect()
}

async fn versions(db: &impl ConnectionTrait, which: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<Version>, DbErr> {
    let rows = VersionRow::find_by_statement(statement(&format!("{VERSIONS}{which}"), values)).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Version {
                id: AgreementVersionId(row.version_id),
                agreement: AgreementId(row.agreement_id),
                number: row.version,
                body: serde_json::from_str(&row.body).map_err(|error| DbErr::Json(error.to_string()))?,
                adopted_by: row.adopted_by,
                effective_from: row.effective_from,
                created_at: row.created_at,
            })
        })
        .collect()
}
