//! Finding parties again.

use kernel::{CoopId, PartyId};
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr};

use super::Party;
use crate::entity::party;

/// Every party of a co-op, by number.
pub async fn parties(db: &impl ConnectionTrait, coop: CoopId) -> Result<Vec<Party>, DbErr> {
    let rows = party::Entity::in_coop(coop).order_by_asc(party::Column::PartyId).all(db).await?;
    Ok(rows.into_iter().map(Party::from).collect())
}

/// Those parties of a co-op that have these numbers, in no order.
pub async fn parties_of(db: &impl ConnectionTrait, coop: CoopId, parties: &[PartyId]) -> Result<Vec<Party>, DbErr> {
    let numbers: Vec<i64> = parties.iter().map(|party| party.0).collect();
    let rows = party::Entity::in_coop(coop).filter(Expr::cust_with_values("party_id = any($1)", [numbers])).all(db).await?;
    Ok(rows.into_iter().map(Party::from).collect())
}

/// A page of a co-op's parties: at most `limit`, by number, from behind `after`.
pub async fn parties_after(db: &impl ConnectionTrait, coop: CoopId, after: PartyId, limit: u64) -> Result<Vec<Party>, DbErr> {
    let page = party::Entity::in_coop(coop).filter(party::Column::PartyId.gt(after.0)).order_by_asc(party::Column::PartyId).limit(limit);
    Ok(page.all(db).await?.into_iter().map(Party::from).collect())
}
