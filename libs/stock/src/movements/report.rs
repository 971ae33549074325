//! What people report by hand.

use kernel::{Actor, LocationId, LotId, MovementId, Permission};

use super::{Movement, MovementKind, record};
use crate::{Stock, StockError, locations, lots, words};

/// Something that happened to a lot outside of sales, transfers and counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its number, by whoever reports it: the same one twice is one.
    pub id: MovementId,
    /// What happened: [`MovementKind::TakenBack`], [`MovementKind::Returned`], [`MovementKind::Lost`] or [`MovementKind::Donated`].
    pub kind: MovementKind,
    /// To which lot.
    pub lot: LotId,
    /// Where.
    pub location: LocationId,
    /// To how many units.
    pub quantity: i32,
    /// Why.
    pub reason: Option<String>,
}

impl Stock {
    /// Writes down what somebody reports. The same report twice is one.
    #[tracing::instrument(name = "stock.report", skip_all, fields(coop.id = %actor.coop, lot.id = %report.lot))]
    pub async fn report(&self, actor: &Actor, report: &Report) -> Result<(), StockError> {
        actor.require(Permission::StockWrite)?;
        let quantity = words::units(report.quantity)?;
        let reason = words::reason(report.reason.as_deref())?;
        let signed = match report.kind {
            MovementKind::TakenBack => quantity,
            MovementKind::Returned | MovementKind::Lost | MovementKind::Donated => -quantity,
            MovementKind::Received
            | MovementKind::Allocated
            | MovementKind::Sold
            | MovementKind::Transferred
            | MovementKind::Counted
            | MovementKind::Pooled => {
                let sentence = "what is reported by hand is taken back, returned, lost or donated; everything else has a way of its own";
                return Err(StockError::Invalid(sentence.to_owned()));
            }
        };
        let tx = db::begin(&self.db, actor.coop).await?;
        lots::known(&tx, actor.coop, &[report.lot]).await?;
        if signed > 0 {
            locations::open(&tx, actor.coop, &[report.location]).await?;
            lots::reopen(&tx, actor.coop, &[report.lot]).await?;
        }
        let movement = Movement::new(report.kind, (report.lot, report.location), signed, self.clock.now());
        record(&tx, actor.coop, &[Movement { id: report.id, reason, ..movement }]).await?;
        tx.commit().await?;
        Ok(())
    }
}
