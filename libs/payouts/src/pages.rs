//! Reading runs and payouts page by page, and many at once by their ids.

use chrono::{DateTime, Utc};
use kernel::{CoopId, PartyId};
use sea_orm::{ColumnTrait as _, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr};
use uuid::Uuid;

use crate::{
    Payout, PayoutId, Payouts, PayoutsError, Run, RunId,
    entity::{payout, run},
    service::bank_notes,
};

/// What of a run's payouts a page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those of one run.
    Run(RunId),
    /// Those of one party, through all runs.
    Party(PartyId),
}

impl Payouts {
    /// The runs after that one, newest first.
    pub async fn runs_page(&self, coop: CoopId, limit: u64, after: Option<(DateTime<Utc>, RunId)>) -> Result<Vec<Run>, PayoutsError> {
        let mut newest = run::Entity::in_coop(coop).order_by_desc(run::Column::DraftedAt).order_by_desc(run::Column::RunId).limit(limit);
        if let Some((at, id)) = after {
            newest = newest.filter(Expr::cust_with_values("(drafted_at, run_id) < ($1, $2)", [sea_orm::Value::from(at), id.0.into()]));
        }
        let tx = db::begin_reading(&self.db, coop).await?;
        let rows = newest.all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Run::try_from).collect::<Result<_, _>>()?)
    }

    /// The runs of these ids; those that are not there are left out.
    pub async fn runs_of(&self, coop: CoopId, ids: &[RunId]) -> Result<Vec<Run>, PayoutsError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let tx = db::begin_reading(&self.db, coop).await?;
        let rows = run::Entity::in_coop(coop).filter(Expr::cust_with_values("run_id = any($1)", [ids])).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Run::try_from).collect::<Result<_, _>>()?)
    }

    /// The payouts of a run by party, or those of a party by id, after that one.
    pub async fn payouts_page(&self, coop: CoopId, of: Of, limit: u64, after: Option<PayoutId>) -> Result<Vec<Payout>, PayoutsError> {
        let those = match of {
            Of::Run(run) => payout::Entity::in_coop(coop).filter(payout::Column::RunId.eq(run.0)),
            Of::Party(party) => payout::Entity::in_coop(coop).filter(payout::Column::PartyId.eq(party.0)),
        };
        let mut page = those.order_by_asc(payout::Column::PayoutId).limit(limit);
        if let Some(after) = after {
            page = page.filter(payout::Column::PayoutId.gt(after.0));
        }
        let tx = db::begin_reading(&self.db, coop).await?;
        let rows = page.all(&tx).await?;
        let payouts = told(&tx, coop, rows).await?;
        tx.commit().await?;
        Ok(payouts)
    }

    /// The payouts of these ids; those that are not there are left out.
    pub async fn payouts_of(&self, coop: CoopId, ids: &[PayoutId]) -> Result<Vec<Payout>, PayoutsError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let tx = db::begin_reading(&self.db, coop).await?;
        let rows = payout::Entity::in_coop(coop).filter(Expr::cust_with_values("payout_id = any($1)", [ids])).all(&tx).await?;
        let payouts = told(&tx, coop, rows).await?;
        tx.commit().await?;
        Ok(payouts)
    }
}

async fn told(tx: &db::Tx, coop: CoopId, rows: Vec<payout::Model>) -> Result<Vec<Payout>, DbErr> {
    let bank = bank_notes(tx, coop, &rows).await?;
    rows.into_iter().map(|row| Payout::read(row, &bank)).collect()
}
